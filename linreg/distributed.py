"""Training in many processes that torchrun started: one process group, one order of the data.

Each rank trains on its part of every minibatch. After `backward` the gradients are averaged, each
rank's weighted by its examples, so that all ranks take the step that one process would take.
"""

import atexit
import os
import random
import time
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from linreg._arguments import describe
from linreg.board import ProgressBoard
from linreg.watch.calls import Calls
from linreg.watch.parts import data_tensors, muted, name, named_tensors, say, trained_tensors

__all__: list[str] = []

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
TIMEOUT = "LINREG_TIMEOUT"  # after how many seconds a rank that others wait for is given up
SECONDS = 60.0


@contextmanager
def joined(trainer: Any) -> Iterator["Ranks | None"]:
    """Train together with the other processes, if torchrun started this one; None if alone.

    Args:
        trainer: the trainer, before it looks at its data and its model.
    """
    dist = torch.distributed
    there = dist.is_available() and dist.is_initialized()
    if not there and sum(variable in os.environ for variable in VARIABLES) < 2:
        yield None
        return
    ranks = Ranks(trainer, None if there else join(trainer))
    try:
        with ranks.stack:
            yield ranks
    except Exception as error:
        if ranks.lost is not None:
            raise RuntimeError(ranks.who_is_gone()) from error
        ranks.tell(error)
        raise


stores: list[Any] = []  # what all ranks can write to and read: one, once this process joined
groups: list[Any] = []  # its parts: one for each group joined, a new one after all ranks failed


def join(trainer: Any) -> Any:
    """Join the process group that torchrun describes; the store through which ranks find it."""
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    dist = torch.distributed
    rank, world = whole_number("RANK"), whole_number("WORLD_SIZE")
    whole_number("MASTER_PORT")
    address = variable("MASTER_ADDR")
    if not 0 <= rank < world:
        raise ValueError(
            f"RANK is {rank} and WORLD_SIZE is {world} in the environment; RANK should be from 0 "
            "to WORLD_SIZE - 1. torchrun sets both: torchrun --nproc-per-node 2 script.py"
        )
    timeout, local = timedelta(seconds=patience()), int(os.environ.get("LOCAL_RANK", rank))
    if trainer.gpus:
        if local >= torch.cuda.device_count():
            raise ValueError(
                f"rank {rank} is number {local} on its machine, which has "
                f"{torch.cuda.device_count()} CUDA devices, counted from 0; each process needs "
                "one of its own: start as many with --nproc-per-node, or set num_gpus=0"
            )
        torch.cuda.set_device(local)
    try:
        if not stores:
            stores.append(next(rendezvous("env://", timeout=timeout))[0])
        groups.append(PrefixStore(f"linreg-{len(groups)}", stores[0]))
        dist.init_process_group(
            "nccl" if trainer.gpus else "gloo",
            store=groups[-1],
            rank=rank,
            world_size=world,
            timeout=timeout,
        )
    except RuntimeError as error:
        place = f"{address}:{os.environ['MASTER_PORT']}"
        if "EADDRINUSE" in str(error) or "address already in use" in str(error):
            raise RuntimeError(
                f"rank {rank} cannot listen at {place} (MASTER_ADDR:MASTER_PORT): the port is in "
                "use. End what uses it, or take another: torchrun --standalone finds a free one"
            ) from error
        raise RuntimeError(
            f"rank {rank} of {world} did not meet the others at {place} within "
            f"{timeout.total_seconds():g} seconds. Look for a process that ended or was not "
            f"started; where one may be late, set {TIMEOUT} to more seconds"
        ) from error
    atexit.register(leave)
    return groups[-1]


def leave() -> None:
    """Leave the process group, if there still is one."""
    if torch.distributed.is_initialized():
        with suppress(RuntimeError):
            torch.distributed.destroy_process_group()


def variable(name: str) -> str:
    """Read a variable of the environment that torchrun sets."""
    if not os.environ.get(name):
        given = ", ".join(key for key in VARIABLES if os.environ.get(key))
        raise ValueError(
            f"{name} is missing in the environment, and {given} are set; torchrun sets all of "
            f"{', '.join(VARIABLES)}. Start with it, or unset them to train in one process"
        )
    return os.environ[name]


def whole_number(name: str) -> int:
    """Read such a variable that is a whole number."""
    text = variable(name)
    if not text.isdecimal():
        raise ValueError(
            f"{name} is {text!r} in the environment; it should be a whole number, as torchrun sets"
        )
    return int(text)


def patience() -> float:
    """Return how many seconds a rank waits for the others."""
    text = os.environ.get(TIMEOUT, SECONDS)
    with suppress(ValueError):
        if 0 < float(text) < 1e9:
            return float(text)
    raise ValueError(
        f"{TIMEOUT} is {text!r} in the environment; it should be a positive number of seconds"
    )


class Ranks:
    """The processes that train together, as one of them sees them.

    Args:
        trainer: the trainer of this process.
        store: what all ranks can write to and read; None for a group that the learner made.
    """

    def __init__(self, trainer: Any, store: Any) -> None:
        dist = torch.distributed
        self.dist, self.trainer = dist, trainer
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        self.store = store or (groups[-1] if groups else None)
        self.device = torch.device("cpu")
        if trainer.gpus:
            self.device = torch.device("cuda", torch.cuda.current_device())
            trainer.gpus = [self.device]
        self.stack = ExitStack()
        self.lost: Exception | None = None  # why the others cannot be reached
        self.share = 1 / self.world  # of the current minibatch, what this rank has
        self.size = 1  # examples of that part; 0 if it only borrowed one
        self.groups: list[list[Tensor]] = []  # what is averaged, by dtype
        self.queued = self.first_step = False
        self.points: dict[str, list[tuple[float, float, int]]] = {}
        if self.rank != 0:
            token = muted.set(True)
            self.stack.callback(muted.reset, token)

    # what the ranks say to each other, in PyTorch's words

    def sum(self, tensor: Tensor) -> None:
        """Add up the tensors of all ranks, in place."""
        try:
            self.dist.all_reduce(tensor)
        except RuntimeError as error:
            self.lost = error
            raise

    def gathered(self, thing: object) -> list[Any]:
        """Give what each rank has."""
        things: list[Any] = [None] * self.world
        try:
            self.dist.all_gather_object(things, thing)
        except RuntimeError as error:
            self.lost = error
            raise
        return things

    def of_first(self, thing: object) -> Any:
        """Give what rank 0 has."""
        things = [thing]
        try:
            self.dist.broadcast_object_list(things, device=self.device)
        except RuntimeError as error:
            self.lost = error
            raise
        return things[0]

    def alike(self, what: str, mine: Any, advice: str) -> None:
        """Raise, on all ranks, unless all have the same."""
        all_of_them = self.gathered(mine)
        for rank, theirs in enumerate(all_of_them):
            if theirs != all_of_them[0]:
                raise ValueError(
                    f"{what} differ between the ranks: rank 0 has {all_of_them[0]}, rank {rank} "
                    f"has {theirs}. {advice}"
                )

    # when one of them is gone

    def tell(self, error: Exception) -> None:
        """Let the others know why this rank ends, and close its connections."""
        if self.store is not None:
            with suppress(RuntimeError):
                line = str(error).partition("\n")[0]
                self.store.set(f"ended-{self.rank}", f"{name(error)}: {line}")
            leave()

    def who_is_gone(self) -> str:
        """Say which rank does not answer, once all that still run have said that they do."""
        if self.store is None:
            return f"rank {self.rank} lost another rank. Look at what that one printed"
        with suppress(RuntimeError):
            self.store.set(f"ended-{self.rank}", "")
        leave()
        others = [rank for rank in range(self.world) if rank != self.rank]
        end = time.monotonic() + 1
        silent = others
        while time.monotonic() < end:
            try:
                silent = [rank for rank in others if not self.store.check([f"ended-{rank}"])]
                for rank in set(others) - set(silent):
                    said = self.store.get(f"ended-{rank}").decode()
                    if said:
                        return f"rank {self.rank} ends because rank {rank} failed: {said}"
            except RuntimeError:
                break  # the process that kept the store is gone
            if len(silent) <= 1 and len(others) > 1:
                break
            time.sleep(0.02)
        who = f"rank {silent[0]}" if len(silent) == 1 else f"one of the ranks {silent}"
        if "imed out" in str(self.lost):
            return (
                f"rank {self.rank} ends because {who} did not answer for {patience():g} seconds: "
                "it hangs, or takes other steps than the rest. See where it waits; where a step "
                f"may take longer, set {TIMEOUT} to more seconds"
            )
        return (
            f"rank {self.rank} ends because {who} is gone: it ended or was killed, perhaps for "
            "want of memory. Look at what it printed"
        )

    # before training

    def begin(self) -> None:
        """Make sure that all ranks train the same model on the same data, from rank 0's state."""
        trainer = self.trainer
        if isinstance(trainer.optim, torch.optim.LBFGS):
            raise ValueError(
                "LBFGS compares losses within a step, and each rank sees its own examples; train "
                "with another optimizer, or in one process"
            )
        self.alike(
            "the epochs and the minibatches in each (to train, to validate)",
            (trainer.max_epochs, trainer.num_train_batches, trainer.num_val_batches),
            "They should be the same in every process",
        )
        self.alike(
            "the training data (shapes, dtypes and checksums)",
            [fingerprint(tensor) for tensor in data_tensors(trainer)],
            "Each process should make the same data: call torch.manual_seed before they are drawn",
        )
        trainer.train_dataloader = Parts(trainer.train_dataloader, self, train=True)
        if trainer.val_dataloader is not None:
            trainer.val_dataloader = Parts(trainer.val_dataloader, self, train=False)
        board = getattr(trainer.model, "board", None)
        if isinstance(board, ProgressBoard):
            call = Calls(board, "draw", self.draw)
            self.stack.callback(call.stop)
            if self.rank != 0:
                self.stack.callback(setattr, board, "display", vars(board)["display"])
                vars(board)["display"] = False
        if self.world > 1:
            call = Calls(trainer.model, "loss", self.loss)
            self.stack.callback(call.stop)
            self.loss_call = call
        if not any(is_lazy(tensor) for tensor in self.parameters()):
            self.begin_with_parameters()

    def parameters(self) -> list[Tensor]:
        """Find what may be lazy: the parameters that are registered."""
        model = self.trainer.model
        return list(model.parameters()) if isinstance(model, torch.nn.Module) else []

    def begin_with_parameters(self) -> None:
        """Give all ranks the parameters and the optimizer's state of rank 0; average from now."""
        model, optim = self.trainer.model, self.trainer.optim
        tensors = named_tensors(model)
        known = {id(tensor) for tensor in tensors.values()}
        for i, tensor in enumerate(trained_tensors(model, optim)):
            if id(tensor) not in known:
                tensors[f"tensor {i} of the optimizer"] = tensor
        self.alike(
            "the parameters (shapes, dtypes)",
            {key: (tuple(t.shape), str(t.dtype)) for key, t in tensors.items()},
            "Each process should make the same model",
        )
        for key, tensor in tensors.items():
            if tensor.device.type != self.device.type:
                raise ValueError(
                    f"{key} is on {tensor.device}, and rank {self.rank} trains on {self.device}; "
                    "the trainer moves the model itself: Trainer(..., num_gpus=1) for a GPU, and "
                    "no .to(...) or .cuda() in the model"
                )
        buffers = list(model.buffers()) if isinstance(model, torch.nn.Module) else []
        with torch.no_grad():
            for tensor in [*tensors.values(), *buffers]:
                self.broadcast(tensor)
        if isinstance(optim, torch.optim.Optimizer):
            state = self.of_first(optim.state_dict() if optim.state else None)
            if state is not None and self.rank != 0:
                optim.load_state_dict(state)
        dtypes: dict[torch.dtype, list[Tensor]] = {}
        for tensor in tensors.values():
            if tensor.requires_grad:
                dtypes.setdefault(tensor.dtype, []).append(tensor)
                hook: Any = tensor.register_post_accumulate_grad_hook(self.arrived)  # type: ignore[no-untyped-call]
                self.stack.callback(hook.remove)
        self.groups = list(dtypes.values())

    def broadcast(self, tensor: Tensor) -> None:
        """Copy rank 0's tensor into that of the others."""
        value = tensor.detach().contiguous()
        try:
            self.dist.broadcast(value, src=0)
        except RuntimeError as error:
            self.lost = error
            raise
        tensor.detach().copy_(value)

    def begin_lazily(self, batch: list[Any]) -> None:
        """Let lazy layers learn their shapes, with the random numbers that one process draws."""
        if self.groups:
            return
        model = self.trainer.model
        model.eval()
        with torch.no_grad():
            model(*self.trainer.prepare_batch(batch)[:-1])
        model.train()
        self.begin_with_parameters()

    # while it trains

    def arrived(self, _: Tensor) -> None:
        """Average the gradients once this backward is over."""
        if not self.queued:
            self.queued = True
            # the end of a backward is what DistributedDataParallel waits for in this way too
            torch.autograd.Variable._execution_engine.queue_callback(self.average)

    def average(self) -> None:
        """Average the gradients over the examples of all ranks."""
        self.queued = False
        if not self.first_step:
            self.first_step = True
            self.check_sum()
        with torch.no_grad():
            for tensors in self.groups:
                here = [tensor.grad is not None for tensor in tensors]
                pieces = [dense(tensor).reshape(-1) for tensor in tensors]
                flat = torch.cat([*pieces, pieces[0].new_tensor(here)])
                if self.share == 0:
                    flat.zero_()  # also what is not finite
                elif self.world > 1:
                    flat *= self.share
                self.sum(flat)
                *parts, somewhere = torch.split(flat, [*map(len, pieces), len(here)])
                some = somewhere.tolist()
                for i, (tensor, part) in enumerate(zip(tensors, parts, strict=True)):
                    if tensor.grad is not None and not tensor.grad.is_sparse:
                        tensor.grad.copy_(part.view_as(tensor))
                    elif some[i] > 0:
                        tensor.grad = part.view_as(tensor).clone()

    def loss(self, loss: Any, *args: Any, **kwargs: Any) -> Any:
        """Look at the first loss of several examples: the mean of the ranks' must be that of all.

        The same is asked of the two halves of this rank's examples.
        """
        value = loss(*args, **kwargs)
        if len(args) != 2 or kwargs or not all(isinstance(t, Tensor) and t.dim() for t in args):
            return value
        y_hat, y = args
        n = len(y)
        if len(y_hat) != n or n < 2 or not isinstance(value, Tensor) or value.numel() != 1:
            return value
        self.loss_call.stop()
        half = n // 2
        with torch.no_grad():
            first, second = loss(y_hat[:half], y[:half]), loss(y_hat[half:], y[half:])
            whole, first, second = float(value), float(first), float(second)
        mean = (half * first + (n - half) * second) / n
        if near(whole, mean) or not np.isfinite([whole, first, second]).all():
            return value
        if near(whole, first + second):
            raise ValueError(sum_not_mean(self.trainer))
        say(
            f"the loss of {name(self.trainer.model)} is no mean over the examples: that of a "
            "minibatch is not the mean of those of its parts. In several processes it trains "
            "towards the mean of the ranks' losses, which is something else"
        )
        return value

    def check_sum(self) -> None:
        """Raise when the first loss was seen to be a sum."""
        watch = self.trainer._watch
        if self.world > 1 and watch is not None and watch.losses.summed():
            raise ValueError(sum_not_mean(self.trainer))

    def draw(self, draw: Any, x: Any, y: Any, label: str, every_n: float = 1) -> None:
        """Keep a point until its curve grows, then draw those of all ranks."""
        if not isinstance(y, Tensor | float | int) or (isinstance(y, Tensor) and y.numel() != 1):
            draw(x, y, label, every_n)  # which says what is wrong with it
            return
        points = self.points.setdefault(label, [])
        points.append((x, float(y.detach() if isinstance(y, Tensor) else y), self.size))
        if len(points) >= every_n:
            self.draw_all(draw, label, every_n)

    def draw_all(self, draw: Any, label: str, every_n: float) -> None:
        """Draw the means over the ranks of the points that are kept."""
        points = self.points.pop(label)
        sums = [[y * size if size else 0.0, float(size)] for _, y, size in points]
        total = torch.tensor(sums, dtype=torch.float64, device=self.device)
        self.sum(total)
        for (x, _, _), (y, size) in zip(points, total.tolist(), strict=True):
            draw(x, y / size, label, every_n)

    def end(self) -> None:
        """Keep the points for which no curve waited, and let all ranks come to the end."""
        board = getattr(self.trainer.model, "board", None)
        for label in list(self.points):
            self.draw_all(
                ProgressBoard.draw.__get__(board), label, float(len(self.points[label]) + 1)
            )
        self.same_parameters("in the end")
        self.stack.close()
        self.trainer.train_dataloader = self.trainer.train_dataloader.loader
        if self.trainer.val_dataloader is not None:
            self.trainer.val_dataloader = self.trainer.val_dataloader.loader

    def same_parameters(self, when: str) -> None:
        """Raise when a rank trained other parameters than rank 0."""
        tensors = [tensor.detach() for group in self.groups for tensor in group]
        sizes = self.gathered([float(torch.linalg.vector_norm(tensor)) for tensor in tensors])
        for rank, theirs in enumerate(sizes):
            if not np.allclose(theirs, sizes[0], rtol=1e-3, atol=1e-6, equal_nan=True):
                raise RuntimeError(
                    f"the parameters of rank {rank} differ from those of rank 0 {when}. Each rank "
                    "should take the same steps: compute gradients with loss.backward(), and let "
                    "no step depend on the rank, its own losses or random numbers"
                )


class Parts:
    """A loader that gives this rank its part of each minibatch that the loader draws.

    Args:
        loader: the loader, which draws the same minibatches on every rank.
        ranks: the ranks.
        train: whether it is the loader to train on.
    """

    def __init__(self, loader: Any, ranks: Ranks, train: bool) -> None:
        self.loader, self.ranks, self.train = loader, ranks, train

    def __len__(self) -> int:
        return len(self.loader)

    def __getattr__(self, attribute: str) -> Any:
        if attribute == "loader":  # a copy that is being made
            raise AttributeError(attribute)
        return getattr(self.loader, attribute)

    def __iter__(self) -> Iterator[list[Any]]:
        ranks = self.ranks
        generator = getattr(self.loader, "generator", None)
        generator = generator if isinstance(generator, torch.Generator) else None
        own = generator.get_state() if generator is not None else None
        state, rest, own = ranks.of_first((torch.get_rng_state(), other_states(), own))
        torch.set_rng_state(state)
        set_other_states(rest)
        if generator is not None:
            generator.set_state(own)
        minibatches, first = iter(self.loader), True
        while True:
            batch = next(minibatches, None)
            if batch is None:
                break
            part = self.part_of(batch, first)
            if first:
                first = False
                if self.train:
                    ranks.begin_lazily(part)
                ranks.alike(
                    "the minibatches (shapes, dtypes and checksums)",
                    [fingerprint(t) for t in batch if isinstance(t, Tensor)],
                    "Each process should read the same data in the same order: draw the order "
                    "from torch's generator",
                )
            # The model draws numbers of its own, on each rank others: dropout is one reader. The
            # order of the data must not depend on them.
            state = torch.get_rng_state()
            if ranks.rank > 0:
                torch.manual_seed(torch.initial_seed() + 7919 * ranks.rank)
            try:
                yield part
            finally:
                torch.set_rng_state(state)

    def part_of(self, batch: Any, first: bool) -> list[Any]:
        """Cut out this rank's examples; one of weight zero where a batch has too few for all."""
        ranks = self.ranks
        lengths = {len(t) for t in batch if isinstance(t, Tensor) and t.dim()}
        if (
            not isinstance(batch, list | tuple)
            or len(lengths) != 1
            or not all(isinstance(t, Tensor) and t.dim() for t in batch)
        ):
            raise TypeError(
                f"a minibatch is {describe(batch)}; to be split among the ranks it should be "
                "tensors with a row for each example, as (features, labels)"
            )
        (n,) = lengths
        if first and self.train and n < ranks.world:
            raise ValueError(
                f"a minibatch has {n} examples, and there are {ranks.world} ranks; each rank needs "
                f"one at least: a batch_size of {ranks.world} or more, or fewer processes "
                "(--nproc-per-node)"
            )
        start, end = n * ranks.rank // ranks.world, n * (ranks.rank + 1) // ranks.world
        ranks.size = end - start
        if self.train:
            ranks.share = ranks.size / n
        return [tensor[start:end] if end > start else tensor[:1] for tensor in batch]


def other_states() -> tuple[Any, Any]:
    """Return the states of Python's and of NumPy's random numbers."""
    return random.getstate(), np.random.get_state()  # noqa: NPY002


def set_other_states(states: tuple[Any, Any]) -> None:
    """Set the states of Python's and of NumPy's random numbers."""
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002


def fingerprint(tensor: Tensor) -> tuple[tuple[int, ...], str, str]:
    """Describe a tensor: shape, dtype and a checksum of its values."""
    value = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    return tuple(tensor.shape), str(tensor.dtype), f"{zlib.crc32(value.data):08x}"


def dense(tensor: Tensor) -> Tensor:
    """Return a tensor's gradient, zeros if it has none."""
    if tensor.grad is None:
        return torch.zeros_like(tensor)
    return tensor.grad.to_dense() if tensor.grad.is_sparse else tensor.grad


def near(a: float, b: float) -> bool:
    """Tell whether two losses are the same but for rounding."""
    return abs(a - b) <= 1e-3 * max(abs(a), abs(b))


def sum_not_mean(trainer: Any) -> str:
    """Say that a loss is a sum, which in many processes is not what one process computes."""
    return (
        f"the loss of {name(trainer.model)} is a sum over the examples, and the ranks' gradients "
        "are averaged, so that the steps would be shorter the more ranks there are. Take the mean: "
        "loss.mean()"
    )
