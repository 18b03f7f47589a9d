"""What the first steps of a training run do: whether gradients arrive, are used and are cleared."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from linreg.watch.parts import (
    held_tensors,
    learning_rate,
    listed,
    name,
    named_tensors,
    say,
    trained_tensors,
)

__all__: list[str] = []

SMALL = 100_000  # as many numbers are copied to be compared; of larger tensors two sums are kept


class Steps:
    """The first backward, the first step and the backward after it, and what the epoch changed.

    Each problem is said once, and at most one of them: the others follow from it.

    Attributes:
        cause: what was found to be wrong, for the message of a loss that explodes because of it.
    """

    def __init__(self, trainer: Any) -> None:
        self.trainer = trainer
        self.cause: str | None = None
        self.waiting: str | None = None  # a warning to be said when the epoch is over
        self.losses = 0  # how many we saw
        self.value: Tensor | None = None  # the first of them
        self.arrived: dict[int, bool] = {}  # by a tensor's id, whether its gradient was not zero
        self.before: dict[str, tuple[Tensor, Kept]] = {}
        self.suspicion: str | None = None  # what to say unless something changes after all
        self.stepped = self.zeroed = self.looked = False
        self.first: dict[int, Gradient] = {}  # by a tensor's id, its gradient in the first step
        self.left: dict[int, float] = {}  # by a tensor's id, the norm of its gradient after it
        self.hooks: list[Any] = []
        self.over = False  # nothing more to see before the end of the epoch

    # what is called while it happens

    def loss(self, loss: object) -> None:
        """Look at a loss before `backward`: at all it depends on, or for gradients that stayed."""
        self.over = self.over or self.looked
        if self.over:
            self.take_hooks_away()
        if self.over or not isinstance(loss, Tensor) or not loss.requires_grad:
            return
        self.losses += 1
        if not self.before:
            self.remember()
        if self.losses == 1:
            self.value = loss.detach()
            self.hooks = [n.register_prehook(self.arrival(n.variable)) for n in leaf_nodes(loss)]
        if self.stepped:
            self.looked = True
            self.hooks = [
                n.register_prehook(self.second_arrival(n.variable)) for n in leaf_nodes(loss)
            ]

    def take_hooks_away(self) -> None:
        """Hear no more of gradients; the nodes of a graph may live on in that of the next loss."""
        for hook in self.hooks:
            hook.remove()
        self.hooks = []

    def remember(self) -> None:
        """Keep the values of all tensors before the first step."""
        tensors = named_tensors(self.trainer.model)
        known = {id(tensor) for tensor in tensors.values()}
        for tensor in held_tensors(self.trainer.optim) or []:
            if id(tensor) not in known and tensor.requires_grad and not is_lazy(tensor):
                tensors[f"a tensor of shape {tuple(tensor.shape)}"] = tensor
        self.before = {key: (tensor, Kept(tensor)) for key, tensor in tensors.items()}

    def names_of(self, tensors: list[Tensor]) -> list[str]:
        """Name tensors as the model does."""
        ids = {id(tensor) for tensor in tensors}
        return [key for key, (tensor, _) in self.before.items() if id(tensor) in ids]

    def arrival(self, tensor: Tensor) -> Callable[..., None]:
        """Make the hook that is called with the gradient of a tensor in the first backward."""

        def arrive(gradients: tuple[Tensor | None, ...]) -> None:
            some = any(gradient is not None and bool(gradient.any()) for gradient in gradients)
            self.arrived[id(tensor)] = self.arrived.get(id(tensor), False) or some

        return arrive

    def step(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Take the first step of the optimizer, and say what is wrong with it."""
        self.stepped = True
        self.take_hooks_away()
        if not self.before:
            self.remember()
        if any(map(callable, [*args, *kwargs.values()])):  # LBFGS: backward comes within it
            self.over = True
            return step(*args, **kwargs)
        trained = trained_tensors(self.trainer.model, self.trainer.optim)
        gradients = [Gradient(tensor) for tensor in trained]
        try:
            result = step(*args, **kwargs)
        except (TypeError, AttributeError) as error:
            missing = [gradient.tensor for gradient in gradients if gradient.missing]
            if "NoneType" not in str(error) or not missing:
                raise
            if len(missing) < len(trained):
                raise RuntimeError(unreached(self.names_of(missing))) from error
            raise RuntimeError(self.without_gradients(trained)) from error
        self.cause = self.fault_of(trained, gradients)
        self.over = self.cause is not None or self.suspicion is not None
        if self.cause is not None:
            say(self.cause)
        self.first = {id(gradient.tensor): gradient for gradient in gradients}
        norms = {id(tensor): norm_of(tensor) for tensor in trained}
        self.left = {key: norm for key, norm in norms.items() if norm > 0}
        return result

    def zero_grad(self, zero_grad: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Let an optimizer clear the gradients."""
        self.zeroed = self.stepped
        return zero_grad(*args, **kwargs)

    def second_arrival(self, tensor: Tensor) -> Callable[..., None]:
        """Make the hook that finds out whether the gradient of the first step is still there."""

        def arrive(_: Any) -> None:
            if not self.over and norm_of(tensor) == self.left.get(id(tensor)):
                self.over = True
                self.cause = self.waiting = self.leftovers()

        return arrive

    def leftovers(self) -> str:
        """Say that gradients are never cleared, and where they should be."""
        if self.zeroed:
            return (
                f"{name(self.trainer.optim)}.zero_grad leaves gradients that are not zero, so that "
                "those of all minibatches add up. It should clear each one: param.grad.zero_()"
            )
        return (
            "the gradients of the first step are still there when the next ones come, so that "
            f"those of all minibatches add up: {loop_of(self.trainer)} never clears them. "
            "It should call self.optim.zero_grad() before each loss.backward()"
        )

    # what the first step did

    def fault_of(self, trained: list[Tensor], gradients: "list[Gradient]") -> str | None:
        """Say what is wrong with the first step, once it is taken."""
        optim, model = self.trainer.optim, self.trainer.model
        if not trained:
            if held_tensors(optim) is None:
                return None
            return (
                f"the first step changed nothing: the optimizer of {name(model)} holds no tensor. "
                "It should hold the tensors to train, as [self.w, self.b]"
            )
        missing, zero = all(g.missing for g in gradients), all(g.zero for g in gradients)
        if zero and not missing and any(self.arrived.get(id(tensor)) for tensor in trained):
            return (
                "the gradients are zero when the first step is taken, though loss.backward() gave "
                f"others: {loop_of(self.trainer)} clears them too early. They should be cleared "
                "after the step or before loss.backward(), not between the two"
            )
        if not self.any_change(trained):
            return self.why_unchanged(trained, gradients)
        if not self.went_uphill(gradients):
            return None
        lr = learning_rate(self.trainer)
        if lr is not None and lr < 0:
            return (
                f"the first step went uphill, which makes the loss larger: the learning rate of "
                f"{name(optim)} is {lr:g}. It should be positive"
            )
        return (
            f"the first step went uphill, which makes the loss larger: {name(optim)}.step adds "
            "lr * grad to the parameters. It should subtract: param -= lr * param.grad"
        )

    def went_uphill(self, gradients: "list[Gradient]") -> bool:
        """Tell whether a step added a multiple of the gradient, and the loss is to become small."""
        groups = getattr(self.trainer.optim, "param_groups", None) or []
        if any(group.get("maximize") for group in groups):
            return False
        kept = [
            (g.tensor.detach() - g.before, g.grad, g.before)
            for g in gradients
            if g.grad is not None and g.before is not None
        ]
        if len(kept) < len([g for g in gradients if not g.missing]):
            return False  # some are too large to look at
        if sum(float((change * grad).sum()) for change, grad, _ in kept) <= 0:
            return False
        if self.value is not None and float(self.value.sum()) < 0:
            return False  # perhaps the logarithm of a likelihood
        change = torch.cat([change.double().flatten() for change, _, _ in kept])
        grad = torch.cat([grad.double().flatten() for _, grad, _ in kept])
        rate = float(change @ grad / (grad @ grad))
        size, off = float(change.norm()), float((change - rate * grad).norm())
        if len(grad) == 1:  # any change is a multiple then
            lr = learning_rate(self.trainer)
            return lr is not None and math.isclose(rate, abs(lr), rel_tol=0.05)
        largest = max(float(before.abs().max()) for _, _, before in kept)
        rounding = torch.finfo(kept[0][0].dtype).eps * largest * math.sqrt(len(grad))
        return rate > 0 and off <= 0.01 * size + rounding < 0.1 * size

    def any_change(self, trained: list[Tensor]) -> bool:
        """Tell whether any tensor changed, or new ones took the place of the old."""
        if any(kept.changed(tensor) for tensor, kept in self.before.values()):
            return True
        held = {id(tensor) for tensor, _ in self.before.values()} | {id(t) for t in trained}
        return any(id(t) not in held for t in named_tensors(self.trainer.model).values())

    def why_unchanged(self, trained: list[Tensor], gradients: "list[Gradient]") -> str | None:
        """Say why a step changed nothing; None when it could not."""
        optim = self.trainer.optim
        if all(g.missing for g in gradients):
            return self.without_gradients(trained)
        if not any(gradient.shows(learning_rate(self.trainer)) for gradient in gradients):
            return None
        if isinstance(getattr(optim, "params", None), Iterator):
            return (
                f"the first step changed nothing: params of {name(optim)} is a generator, which "
                "can be read only once. Keep a list: self.params = list(params)"
            )
        self.suspicion = (  # an optimizer may also wait for the gradients of several minibatches
            "the first step changed no parameter, though the gradients are not zero. The update in "
            f"{name(optim)}.step probably binds a name to a new tensor, as param = param - ... "
            "does. Change the tensor itself, under torch.no_grad(): param -= lr * param.grad"
        )
        return None

    def without_gradients(self, trained: list[Tensor]) -> str:
        """Say why no tensor that the optimizer trains has a gradient when it takes a step."""
        said = "the first step changed nothing: no tensor that the optimizer of "
        said += f"{name(self.trainer.model)} holds has a gradient"
        if any(id(tensor) in self.arrived for tensor in trained):
            return said + (
                f", though loss.backward() gave some: {loop_of(self.trainer)} drops them between "
                "backward and the step. zero_grad() should come after the step or before "
                "loss.backward()"
            )
        if self.losses and not self.arrived:
            return said + ". loss.backward() should come before the step"
        return said + (
            ". It should hold the tensors from which the loss is computed, and loss.backward() "
            "should come before the step"
        )

    # what the first epoch did

    def end_of_epoch(self) -> None:
        """Say what is wrong once an epoch is over; most of it after the first."""
        if self.trainer.epoch == 0 and self.cause is None:
            self.cause = self.waiting = self.fault_of_epoch()
        if self.waiting is not None:
            say(self.waiting)
            self.waiting = None

    def fault_of_epoch(self) -> str | None:
        """Say what the first epoch left undone."""
        if not self.before or not (self.losses or self.stepped):
            return None  # a loop of which we saw nothing
        now = named_tensors(self.trainer.model)
        same = {  # the tensors that are as they were
            key: tensor
            for key, (tensor, kept) in self.before.items()
            if not kept.changed(tensor) and now.get(key, tensor) is tensor
        }
        if not self.stepped and len(same) == len(self.before):
            if not hasattr(self.trainer.optim, "__dict__"):
                return None  # we could not see a step
            loop, optim = loop_of(self.trainer), name(self.trainer.optim)
            calls = "calls loss.backward(), but never" if self.arrived else "never calls"
            also = "" if self.arrived else " after loss.backward()"
            return (
                f"no step was taken in the first epoch, so that nothing was learned: {loop} {calls}"
                f" the step of {optim}. It should call self.optim.step(){also} for each minibatch"
            )
        if len(same) == len(self.before):
            return self.suspicion  # if there is none: a learning rate of zero, or a minimum
        return self.fault_of_some(same)

    def fault_of_some(self, same: dict[str, Tensor]) -> str | None:
        """Say which tensors are not trained, while others are."""
        held = held_tensors(self.trainer.optim)
        ids = None if held is None else {id(tensor) for tensor in held}
        still = {id(t) for t in tensors_without_rate(self.trainer.optim)}
        left_out, stuck, without = [], [], []
        for key, tensor in same.items():
            if id(tensor) in still or not tensor.requires_grad:
                continue
            if self.arrived.get(id(tensor)) and ids is not None and id(tensor) not in ids:
                left_out.append(key)
            elif self.arrived.get(id(tensor)):
                first = self.first.get(id(tensor))
                if first is not None and first.shows(learning_rate(self.trainer)):
                    stuck.append(key)
            elif (
                id(tensor) not in self.arrived
                and ids is not None
                and id(tensor) in ids
                and tensor.grad is None
            ):
                without.append(key)
        if left_out:
            names = listed(left_out)
            return (
                f"{names} {s(left_out, 'gets a gradient', 'get gradients')}, but the optimizer of "
                f"{name(self.trainer.model)} does not hold {s(left_out, 'it', 'them')}, so that "
                f"{s(left_out, 'it stays', 'they stay')} as in the beginning. self.parameters() "
                "finds what is an nn.Parameter; plain tensors have to be named, as in "
                f"[self.w, self.b]. If {s(left_out, 'it is', 'they are')} meant to stay, "
                "requires_grad_(False) says so"
            )
        if stuck:
            return (
                f"{listed(stuck)} did not change in the first epoch, though there "
                f"{s(stuck, 'is a gradient', 'are gradients')}: the step of "
                f"{name(self.trainer.optim)} leaves {s(stuck, 'it', 'them')} out, or binds a name "
                "to a new tensor. It should change each tensor itself: param -= lr * param.grad"
            )
        if without:
            return unreached(without)
        return None


class Kept:
    """What a tensor was, so that it can be told whether it changed."""

    def __init__(self, tensor: Tensor) -> None:
        self.value = self.of(tensor)

    @staticmethod
    def of(tensor: Tensor) -> Any:
        """Copy a tensor, or take two sums of a large one, which would take much memory."""
        value = tensor.detach()
        if value.numel() <= SMALL:
            return value.clone()
        return [
            float(value.sum(dtype=torch.float64)),
            float(torch.linalg.vector_norm(value, dtype=torch.float64)),
        ]

    def changed(self, tensor: Tensor) -> bool:
        """Tell whether a tensor differs from what it was."""
        if isinstance(self.value, Tensor):
            value = tensor.detach()
            return value.device != self.value.device or not value.equal(self.value)
        return bool(self.of(tensor) != self.value)


class Gradient:
    """A tensor and its gradient, as they were before a step."""

    def __init__(self, tensor: Tensor) -> None:
        grad = tensor.grad
        self.tensor = tensor
        self.missing = grad is None
        self.zero = grad is None or not grad.any()
        small = grad is not None and not grad.is_sparse and grad.numel() <= SMALL
        self.grad = grad.detach().clone() if grad is not None and small else None
        self.before = tensor.detach().clone() if small else None

    def shows(self, lr: float | None) -> bool:
        """Tell whether a step of gradient descent would change the tensor by more than rounding."""
        grad = self.tensor.grad if self.grad is None else self.grad
        before = self.tensor.detach() if self.before is None else self.before
        if grad is None:
            return False
        return bool((before - (1e-3 if lr is None else lr) * grad != before).any())


def unreached(names: list[str]) -> str:
    """Say that tensors have no gradient, though others have."""
    it = s(names, "it", "them")
    return (
        f"{listed(names)} got no gradient, so that the step cannot change {it}: the loss does not "
        f"depend on {it}. Either forward does not use {it}, or it cuts off the graph with "
        "detach(), .data, .item() or torch.no_grad()"
    )


def norm_of(tensor: Tensor) -> float:
    """Return the norm of a tensor's gradient; 0 if it has none."""
    grad = tensor.grad
    return 0.0 if grad is None else float(torch.linalg.vector_norm(grad.detach()))


def leaf_nodes(loss: Tensor) -> Iterator[Any]:
    """Find where the graph of a loss ends: the nodes that add gradients to the tensors it uses."""
    seen, todo = set(), [loss.grad_fn]
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            yield node
        todo += [before for before, _ in node.next_functions]


def tensors_without_rate(optim: Any) -> Iterator[Tensor]:
    """Find the tensors that an optimizer holds with a learning rate of zero."""
    for group in getattr(optim, "param_groups", None) or []:
        if group.get("lr") == 0:
            yield from group["params"]


def loop_of(trainer: Any) -> str:
    """Name the loop over the minibatches."""
    return f"fit_epoch of {name(trainer)}"


def s(words: list[str], one: str, more: str) -> str:
    """Choose between singular and plural."""
    return one if len(words) == 1 else more
