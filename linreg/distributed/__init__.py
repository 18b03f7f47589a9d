"""Training in several processes, as torchrun starts them: one order of the data, one training.

Each rank trains on its part of every minibatch. At the end of each backward the gradients are
averaged, each rank's weighted by its examples, so that all ranks take the step that one process
would take. `DistributedDataParallel` takes the plain mean of the ranks, and needs a module whose
`forward` is called; here batches need not divide, and a model may hold plain tensors.
"""

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch import distributed as dist
from torch.nn.parameter import is_lazy

from linreg.board import ProgressBoard
from linreg.distributed.group import Group, join, several
from linreg.distributed.parts import Minibatch, Parts, fingerprint
from linreg.watch.calls import Calls
from linreg.watch.parts import data_tensors, muted, name, named_tensors, say, trained_tensors

__all__: list[str] = []

Point = tuple[float, float, int]  # of a curve: x, y, and of how many examples y is the mean
FEW = 32  # examples that show whether a loss is a mean


@contextmanager
def joined(trainer: Any) -> Iterator["Ranks | None"]:
    """Train together with the other processes, if there are any; give None if there are not.

    Args:
        trainer: the trainer, before it looks at its data and its model.
    """
    if not several():
        yield None
        return
    ours = not dist.is_initialized()
    if ours:
        join(gpus=bool(trainer.gpus))
    if dist.get_world_size() == 1:
        yield None
        return
    ranks = Ranks(trainer, ours)
    try:
        with ranks.stack:
            yield ranks
    except Exception as error:
        if ranks.group.lost:
            raise RuntimeError(ranks.group.who_is_gone()) from error
        ranks.group.tell(error)
        raise


class Ranks:
    """One training in several processes, in one of them.

    Args:
        trainer: the trainer of this process.
        ours: whether we made the process group.
    """

    def __init__(self, trainer: Any, ours: bool) -> None:
        self.trainer = trainer
        device = torch.device("cpu")
        if trainer.gpus:
            device = torch.device("cuda", torch.cuda.current_device())
            trainer.gpus = [device]
        self.group = Group(device, ours)
        self.stack = ExitStack()  # what is to be undone
        self.buckets: list[Bucket] = []  # of the tensors whose gradients are averaged
        self.queued = False  # whether this backward ends with an average
        self.batch: Minibatch | None = None  # the minibatch, of which this rank has a part:
        self.size = 1  # its examples
        self.shares: list[float] = []  # their share of all; several where a loop reads ahead
        self.used = False  # whether a gradient was computed since the last was read
        self.points: dict[str, list[Point]] = {}  # that wait for their curve
        self.ready: dict[str, tuple[Callable[..., Any], int]] = {}  # the curves that grow next
        self.looked = False  # whether the loss was seen to be a mean
        if self.group.rank != 0:
            self.stack.callback(muted.reset, muted.set(True))

    # before training

    def begin(self) -> None:
        """Make sure that all ranks train the same model on the same data, from rank 0's state."""
        trainer, rank = self.trainer, self.group.rank
        if isinstance(trainer.optim, torch.optim.LBFGS):
            raise ValueError(
                "LBFGS compares losses within a step, and each rank sees its own examples; train "
                "with another optimizer, or in one process"
            )
        counts = ("max_epochs", "num_train_batches", "num_val_batches")
        self.group.alike(
            "epochs or minibatches",
            {key: str(getattr(trainer, key)) for key in counts},
            "They should be the same in every process",
        )
        self.group.alike(
            "training data",
            {f"tensor {i}": fingerprint(t) for i, t in enumerate(data_tensors(trainer))},
            "Each process should make the same data: call torch.manual_seed before they are drawn",
        )
        seed = self.group.of_first(torch.initial_seed()) + 1 + rank
        self.random_state = torch.Generator().manual_seed(seed % 2**63).get_state()
        if trainer.gpus:
            torch.cuda.manual_seed(seed % 2**63)
        for loader in ("train_dataloader", "val_dataloader"):
            whole = getattr(trainer, loader)
            if whole is not None:
                setattr(trainer, loader, Parts(whole, self, train=loader == "train_dataloader"))
                self.stack.callback(setattr, trainer, loader, whole)
        board = getattr(trainer.model, "board", None)
        if isinstance(board, ProgressBoard):
            self.stack.callback(Calls(board, "draw", self.draw).stop)
            if rank != 0:
                self.stack.callback(setattr, board, "display", vars(board)["display"])
                vars(board)["display"] = False
        self.stack.callback(Calls(trainer.model, "training_step", self.training_step).stop)
        self.stack.callback(Calls(trainer.model, "loss", self.loss).stop)
        if not any(is_lazy(tensor) for tensor in registered(trainer.model, "parameters")):
            self.begin_with_parameters()

    def begin_lazily(self, part: list[Any]) -> None:
        """Let lazy layers learn their shapes, with the random numbers that one process draws."""
        if self.buckets:
            return
        model = self.trainer.model
        model.eval()
        with torch.no_grad():
            model(*self.trainer.prepare_batch(part)[:-1])
        model.train()
        self.begin_with_parameters()

    def begin_with_parameters(self) -> None:
        """Give all ranks the parameters and the optimizer's state of rank 0; average from now."""
        model, optim, group = self.trainer.model, self.trainer.optim, self.group
        named = named_tensors(model)
        known = {id(tensor) for tensor in named.values()}
        for i, tensor in enumerate(trained_tensors(model, optim)):
            if id(tensor) not in known:
                named[f"tensor {i} of the optimizer"] = tensor
        tensors = dict(sorted(named.items()))
        group.alike(
            "parameters",
            {key: f"{tuple(t.shape)} of {t.dtype}" for key, t in tensors.items()},
            "Each process should make the same model",
        )
        for key, tensor in tensors.items():
            if tensor.device.type != group.device.type:
                raise ValueError(
                    f"{key} is on {tensor.device}, and rank {group.rank} trains on {group.device}; "
                    "the trainer moves the model itself: Trainer(..., num_gpus=1) for a GPU, and "
                    "no .to(...) or .cuda() in the model"
                )
        with torch.no_grad():
            for tensor in [*tensors.values(), *registered(model, "buffers")]:
                group.copy_of_first(tensor)
        if isinstance(optim, torch.optim.Optimizer):
            state = group.of_first(optim.state_dict())
            if group.rank != 0:
                optim.load_state_dict(state)
        dtypes: dict[torch.dtype, list[Tensor]] = {}
        for tensor in tensors.values():
            if tensor.requires_grad:
                dtypes.setdefault(tensor.dtype, []).append(tensor)
                hook: Any = tensor.register_post_accumulate_grad_hook(self.arrived)  # type: ignore[no-untyped-call]
                self.stack.callback(hook.remove)
        self.buckets = [Bucket(each) for each in dtypes.values()]

    # while it trains

    def take(self, batch: Minibatch, size: int, train: bool) -> None:
        """Note how many examples of a minibatch this rank has."""
        self.size = size
        if train:
            self.batch = batch
            self.shares = [*([] if self.used else self.shares), size / len(batch)]
            self.used = False

    def arrived(self, _: Tensor) -> None:
        """Average the gradients once this backward is over."""
        if not self.queued:
            self.queued = True
            # the end of a backward is what DistributedDataParallel waits for in this way too
            torch.autograd.Variable._execution_engine.queue_callback(self.average)

    def average(self) -> None:
        """Average the gradients over the examples of all ranks."""
        self.queued, self.used = False, True
        if len(set(self.shares)) != 1:
            raise ValueError(
                f"fit_epoch of {name(self.trainer)} computes gradients from other minibatches than "
                "the last one of self.train_dataloader: from its own, or from several of which it "
                "has unlike shares. In several processes, each minibatch should be read there, and "
                "loss.backward() called before the next is read"
            )
        with torch.no_grad():
            for bucket in self.buckets:
                bucket.fill(self.shares[-1])
                self.group.sum(bucket.flat)
                bucket.empty()

    def training_step(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute the loss of this rank's part; at the first, look whether it is a mean."""
        if self.looked or self.batch is None:
            return step(*args, **kwargs)
        self.looked, model = True, copied(self.trainer.model)
        loss = step(*args, **kwargs)
        few = self.trainer.prepare_batch(self.batch.examples(0, FEW))
        self.look(few, lambda part: model.training_step(part))
        return loss

    def loss(self, loss: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Compute a loss in a loop that calls no training_step; look at the first."""
        pair = len(args) == 2 and all(isinstance(t, Tensor) and t.dim() for t in args)
        if self.looked or not pair or not len(args[0]) == len(args[1]) > 1:
            return loss(*args, **kwargs)
        self.looked, model = True, copied(self.trainer.model)
        value = loss(*args, **kwargs)
        self.look([tensor[:FEW].detach() for tensor in args], lambda part: model.loss(*part))
        return value

    def look(self, few: Any, compute: Callable[[Any], Any]) -> None:
        """Raise if a loss is a sum over the examples; warn if it is another, but no mean.

        Args:
            few: tensors that have a row for each of some examples.
            compute: computes the loss of such tensors.
        """
        n = len(few[0])
        half = n // 2
        parts = [few, few, [t[:half] for t in few], [t[half:] for t in few]]
        try:
            with torch.random.fork_rng(self.trainer.gpus):
                losses = [compute(part) for part in parts]
        except Exception:  # the model cannot be copied, or its loss needs more than it is given
            return
        if not all(isinstance(loss, Tensor) and loss.numel() == 1 for loss in losses):
            return
        value, again, first, second = (float(loss.detach()) for loss in losses)
        mean = (half * first + (n - half) * second) / n
        random = not near(value, again, 1e-5)  # the last digits may depend on where numbers lie
        if random or near(value, mean) or not np.isfinite([value, first, second]).all():
            return
        model_name = name(self.trainer.model)
        if near(value, first + second):
            raise ValueError(
                f"the loss of {model_name} is a sum over the examples, and the ranks' gradients "
                "are averaged, so that the steps would be shorter the more ranks there are. Take "
                "the mean: loss.mean()"
            )
        say(
            f"the loss of {model_name} is no mean over the examples: that of a minibatch is not "
            "the mean of those of its parts. In several processes it trains towards the mean of "
            "the ranks' losses, which is something else"
        )

    def draw(self, draw: Callable[..., Any], x: Any, y: Any, label: str, every_n: Any = 1) -> None:
        """Keep a point until its curve grows; it does between two minibatches.

        There the ranks have just met. To meet within a step as well would let each wait twice.
        """
        one = isinstance(y, float | int) or (isinstance(y, Tensor) and y.numel() == 1)
        if not one or not isinstance(every_n, float | int) or not 0 <= every_n < math.inf:
            draw(x, y, label, every_n)  # which says what is wrong with it
            return
        points = self.points.setdefault(label, [])
        points.append((x, float(y.detach() if isinstance(y, Tensor) else y), self.size))
        if len(points) >= every_n:
            self.ready[label] = draw, max(1, math.ceil(every_n))

    def draw_ready(self) -> None:
        """Let the curves grow that have enough points."""
        ready, self.ready = self.ready, {}
        for label, (draw, every_n) in ready.items():
            points = self.points[label]
            enough = len(points) // every_n * every_n
            self.points[label] = points[enough:]
            self.draw_all(draw, points[:enough], label, every_n)

    def draw_all(
        self, draw: Callable[..., Any], points: list[Point], label: str, every_n: int
    ) -> None:
        """Draw the means over the ranks of some points."""
        sums = [[y * size if size else 0.0, float(size)] for _, y, size in points]
        total = torch.tensor(sums, dtype=torch.float64, device=self.group.device)
        self.group.sum(total)
        for (x, _, _), (y, size) in zip(points, total.tolist(), strict=True):
            draw(x, y / size, label, every_n)

    def end(self) -> None:
        """Keep the points for which no curve waited; raise when a rank has other parameters."""
        self.draw_ready()
        board = getattr(self.trainer.model, "board", None)
        for label, points in self.points.items():
            if points:
                self.draw_all(ProgressBoard.draw.__get__(board), points, label, len(points) + 1)
        tensors = [tensor.detach() for bucket in self.buckets for tensor in bucket.tensors]
        norms = [float(torch.linalg.vector_norm(tensor)) for tensor in tensors]
        first, *others = self.group.of_each(norms)
        for rank, theirs in enumerate(others, 1):
            if not np.allclose(theirs, first, rtol=1e-3, atol=1e-6, equal_nan=True):
                raise RuntimeError(
                    f"the parameters of rank {rank} differ from those of rank 0 in the end. Each "
                    "rank should take the same steps: compute gradients with loss.backward(), and "
                    "let no step depend on the rank, its own losses or random numbers"
                )


def copied(model: Any) -> Any:
    """Return a copy of a model, to compute what is to leave no trace; None if it has none."""
    try:
        twin = copy.deepcopy(model)
    except Exception:  # it holds a tensor with a graph, an open file, ...
        return None
    twin.trainer = model.trainer
    if isinstance(getattr(twin, "board", None), ProgressBoard):
        vars(twin.board)["display"] = False
    return twin


def registered(model: Any, what: str) -> list[Tensor]:
    """Return a model's parameters, or its buffers; none of what is no nn.Module."""
    return list(getattr(model, what)()) if isinstance(model, torch.nn.Module) else []


class Bucket:
    """The gradients of some tensors in one, to be added up over the ranks.

    Behind them it counts for each tensor how many ranks have a gradient.

    Args:
        tensors: the tensors, of one dtype.
    """

    def __init__(self, tensors: list[Tensor]) -> None:
        self.tensors = tensors
        sizes = [tensor.numel() for tensor in tensors]
        self.flat = tensors[0].new_empty(sum(sizes) + len(sizes))
        *parts, self.counts = torch.split(self.flat, [*sizes, len(sizes)])
        self.parts = [part.view(t.shape) for part, t in zip(parts, tensors, strict=True)]

    def fill(self, share: float) -> None:
        """Write down this rank's gradients, times its share of the examples."""
        here = [float(tensor.grad is not None) for tensor in self.tensors]
        pieces = [dense(tensor).reshape(-1) for tensor in self.tensors]
        torch.cat([*pieces, self.flat.new_tensor(here)], out=self.flat)
        if share == 0:
            self.flat.zero_()  # also what is not finite
        else:
            self.flat *= share

    def empty(self) -> None:
        """Give the tensors the sums as their gradients."""
        for i, (tensor, part) in enumerate(zip(self.tensors, self.parts, strict=True)):
            if tensor.grad is not None and not tensor.grad.is_sparse:
                tensor.grad.copy_(part)
            elif self.counts[i] > 0:  # another rank has one
                tensor.grad = part.clone()


def dense(tensor: Tensor) -> Tensor:
    """Return a tensor's gradient, zeros if it has none."""
    if tensor.grad is None:
        return torch.zeros_like(tensor)
    return tensor.grad.to_dense() if tensor.grad.is_sparse else tensor.grad


def near(a: float, b: float, tolerance: float = 1e-3) -> bool:
    """Tell whether two losses are the same but for rounding."""
    return abs(a - b) <= tolerance * max(abs(a), abs(b))
