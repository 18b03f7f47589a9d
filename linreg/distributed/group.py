"""The process group: how a process finds the others, talks to them and learns which is gone."""

import atexit
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

__all__: list[str] = []

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
PATIENCE = timedelta(seconds=60)  # with a rank that the others wait for
GRACE = 1.0  # seconds in which the ranks that still run say so, once one is gone

stores: list[Any] = []  # what all ranks write to and read: one, once this process has joined
fits = count()  # as many on every rank, so that what is left of one is not read in the next


def several() -> bool:
    """Tell whether this process is one of several: by a process group, or by its environment."""
    if dist.is_available() and dist.is_initialized():
        return True
    given = [name for name in VARIABLES if os.environ.get(name)]
    return len(given) > 1 and given != ["MASTER_ADDR", "MASTER_PORT"]  # which clusters often set


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


def join(gpus: bool) -> None:
    """Join the process group that the environment describes.

    Args:
        gpus: whether to train on GPUs, one for each process of a machine.
    """
    # An optimizer's first step loads this module, whose functions take the group that there is then
    # for their default, and keep it, with its threads, to the end of the interpreter, which these
    # can abort. Loaded before, it keeps none.
    import torch.distributed.nn.functional  # noqa: F401

    rank, world, port = map(whole_number, ("RANK", "WORLD_SIZE", "MASTER_PORT"))
    if not 0 <= rank < world:
        raise ValueError(
            f"RANK is {rank} and WORLD_SIZE is {world} in the environment; RANK should be from 0 "
            "to WORLD_SIZE - 1. torchrun sets both: torchrun --nproc-per-node 2 script.py"
        )
    if gpus:
        take_gpu(rank)
    # A new part of the store each time: connections that failed have left their addresses in it.
    place = (variable("MASTER_ADDR"), port)
    store = part_of(meeting_place(rank, world, *place), f"group {next(fits)}")
    try:
        store.set(f"here {rank}", "")
        store.wait([f"here {other}" for other in range(world)], PATIENCE)
        dist.init_process_group(
            "nccl" if gpus else "gloo",
            store=store,
            rank=rank,
            world_size=world,
            timeout=PATIENCE,
        )
        # A rank that went now would leave others in the midst of connecting to it.
        store.set(f"connected {rank}", "")
        store.wait([f"connected {other}" for other in range(world)], PATIENCE)
    except RuntimeError as error:
        missing = [0]  # which keeps the store
        with suppress(RuntimeError):
            missing = [other for other in range(world) if not store.check([f"here {other}"])]
        if rank == 0:
            time.sleep(GRACE)  # perhaps it keeps the store, which the others still read
        raise not_met(rank, missing, place) from error
    atexit.register(leave)


def meeting_place(rank: int, world: int, address: str, port: int) -> Any:
    """Return the store that rank 0 keeps, or torchrun does, and to which all ranks connect."""
    if stores:
        return stores[0]
    master = rank == 0 and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    try:
        store: Any = dist.TCPStore(  # type: ignore[attr-defined]
            address, port, world, master, PATIENCE, wait_for_workers=False
        )
    except RuntimeError as error:
        if not master:
            raise not_met(rank, [0], (address, port)) from error
        raise RuntimeError(
            f"rank {rank} cannot listen at {address}:{port} (MASTER_ADDR:MASTER_PORT): the port is "
            "in use, or the address is that of another machine. End what uses it, or take another: "
            "torchrun --standalone finds a free one"
        ) from error
    restart = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
    stores.append(part_of(store, f"linreg {restart}"))
    return stores[0]


def part_of(store: Any, name: str) -> Any:
    """Return a part of a store that has names of its own."""
    return dist.PrefixStore(name, store)  # type: ignore[attr-defined]


def not_met(rank: int, missing: list[int], place: tuple[str, int]) -> RuntimeError:
    """Say which ranks did not come to where all meet."""
    who = " and ".join(f"rank {other}" for other in missing) or "another rank"
    return RuntimeError(
        f"rank {rank} did not meet {who} at {place[0]}:{place[1]} within {PATIENCE.seconds} "
        "seconds. Look whether it ended early, was not started, or was given another MASTER_ADDR "
        "or MASTER_PORT. If it only starts later, call "
        "torch.distributed.init_process_group(timeout=...) before fit"
    )


def take_gpu(rank: int) -> None:
    """Make the GPU of this process the current one."""
    local, found = int(os.environ.get("LOCAL_RANK", rank)), torch.cuda.device_count()
    if local >= found:
        raise ValueError(
            f"rank {rank} is number {local} on its machine, which has {found} CUDA devices, "
            "counted from 0; each process needs one of its own: start as many with "
            "--nproc-per-node, or set num_gpus=0"
        )
    torch.cuda.set_device(local)


def leave() -> None:
    """Leave the process group, which closes the connections, if there still is one."""
    if dist.is_initialized():
        with suppress(RuntimeError):
            dist.destroy_process_group()


class Group:
    """The processes that train together, as one of them sees them.

    Args:
        device: where they keep what they send: the CPU, or this process's GPU.
        ours: whether the group was made by `join`; a learner's own is left to the learner.
    """

    def __init__(self, device: torch.device, ours: bool) -> None:
        self.rank, self.world = dist.get_rank(), dist.get_world_size()
        self.device, self.ours = device, ours
        self.lost = ""  # why the others cannot be reached
        self.store = part_of(dist.distributed_c10d._get_default_store(), f"fit {next(fits)}")

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Keep what PyTorch says when the others do not answer."""
        started = time.monotonic()
        try:
            yield
        except RuntimeError as error:
            late = "imed out" in str(error)
            self.lost = f"{time.monotonic() - started:.0f} seconds" if late else "gone"
            raise

    def sum(self, tensor: Tensor) -> None:
        """Add up the tensors of all ranks, in place."""
        with self.talking():
            dist.all_reduce(tensor)

    def copy_of_first(self, tensor: Tensor) -> None:
        """Copy rank 0's tensor into that of the others."""
        value = tensor.detach().contiguous()
        with self.talking():
            dist.broadcast(value, src=0)
        tensor.detach().copy_(value)

    def of_first(self, thing: object) -> Any:
        """Give what rank 0 has."""
        things = [thing]
        with self.talking():
            dist.broadcast_object_list(things, device=self.device)
        return things[0]

    def of_each(self, thing: object) -> list[Any]:
        """Give what each rank has."""
        things: list[Any] = [None] * self.world
        with self.talking():
            dist.all_gather_object(things, thing)
        return things

    def alike(self, what: str, mine: dict[str, str], advice: str) -> None:
        """Raise, on all ranks, unless all have the same.

        Args:
            what: what it is.
            mine: what this rank has, part by part.
            advice: what to do about it.
        """
        first, *others = self.of_each(mine)
        for rank, theirs in enumerate(others, 1):
            for key in [*first, *theirs]:
                a, b = (each.get(key, "missing") for each in (first, theirs))
                if a != b:
                    raise ValueError(
                        f"the ranks have different {what}: {key} is {a} on rank 0 and {b} on "
                        f"rank {rank}. {advice}"
                    )

    def tell(self, error: Exception) -> None:
        """Let the others know why this rank ends."""
        line = str(error).partition("\n")[0]
        self.end(f"{type(error).__name__}: {line}")
        self.linger()

    def end(self, why: str) -> None:
        """Write down that this rank ends, and close its connections: that wakes the others up."""
        with suppress(RuntimeError):
            self.store.set(f"ended {self.rank}", why)
        if self.ours:
            leave()

    def linger(self) -> None:
        """Let the others read what is in the store, if perhaps this rank keeps it."""
        with suppress(RuntimeError):
            self.store.set(f"read {self.rank}", "")
            if self.rank == 0:
                others = [f"read {rank}" for rank in range(1, self.world)]
                self.store.wait(others, timedelta(seconds=GRACE))

    def who_is_gone(self) -> str:
        """Say which rank does not answer: of those that still run, each says that it ends."""
        self.end("")
        silent, why = self.silent_ranks()
        self.linger()
        if why:
            return f"rank {self.rank} ends because {why}"
        who = f"rank {silent[0]}" if len(silent) == 1 else f"one of the ranks {silent}"
        if self.lost == "gone":
            return (
                f"rank {self.rank} ends because {who} is gone: it ended or was killed, perhaps for "
                "want of memory. Look at what it printed"
            )
        return (
            f"rank {self.rank} ends because {who} did not answer for {self.lost}: it hangs, or "
            "takes other steps than the rest. See where it waits; where a step may take longer, "
            "call torch.distributed.init_process_group(timeout=...) before fit"
        )

    def silent_ranks(self) -> tuple[list[int], str]:
        """Return which ranks do not say that they end, and which one says why it failed."""
        end = time.monotonic() + GRACE
        silent = [rank for rank in range(self.world) if rank != self.rank]
        try:
            while silent and time.monotonic() < end:
                for rank in [*silent]:
                    if self.store.check([f"ended {rank}"]):
                        silent.remove(rank)
                        why = self.store.get(f"ended {rank}").decode()
                        if why:
                            return silent, f"rank {rank} failed: {why}"
                time.sleep(0.02)
        except RuntimeError:  # whoever kept the store is gone too
            silent = [0] if 0 in silent else silent
        return silent, ""
