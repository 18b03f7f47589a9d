"""Two processes that torchrun started: against one, and against DistributedDataParallel.

Both run in the same two processes, in turns, one thread each; of each the fastest run counts, since
whatever else the machine does can only make it slower. It takes two cores that are idle.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

import linreg
from benchmarks.ratios import Row
from linreg.distributed.group import join, leave

REPEATS = 5
STEPS = 100
EPOCHS = 4  # of two steps; what a training does once is a small part, as in any that is worth it


def measure() -> Iterator[Row]:
    """Start the program below under torchrun, and compare the times that it prints."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    done = subprocess.run(
        [*torchrun, "--nproc-per-node", "2", "-m", "benchmarks.machines"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the program for two processes failed:\n{done.stdout}{done.stderr}")
    times = json.loads(done.stdout.splitlines()[-1])
    ratio = times["two"] / times["one"]
    yield Row("`Trainer.fit` in two processes, filling a core each", "in one", ratio, 1 / 1.6)
    for size in ("3 parameters", "a million parameters"):
        ratio = times[f"{size}, ours"] / times[f"{size}, theirs"]
        yield Row(f"a step with averaging, {size}", "`DistributedDataParallel`", ratio, 1.25)


class Tensors(linreg.DataModule):
    """Data of many features, and of as many labels."""

    def __init__(self, X: Tensor, y: Tensor, batch_size: int) -> None:
        super().__init__()
        self.tensors, self.batch_size = (X, y), batch_size

    def get_dataloader(self, train: bool) -> object:
        return self.get_tensorloader(self.tensors, train)

    def val_dataloader(self) -> None:
        return None


class Net(linreg.Module):
    """Layers of one's own; the loss is the mean squared error."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net, self.lr = net, 0.001
        self.board.display = False

    def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
        return nn.functional.mse_loss(y_hat, y)


class Loop(linreg.Trainer):
    """Takes steps on the same minibatch, as the loop below does."""

    def fit_epoch(self) -> None:
        batch = next(iter(self.train_dataloader))
        self.seconds = seconds_of(self.model.net, self.optim, *batch)


def seconds_of(net: nn.Module, optim: torch.optim.Optimizer, X: Tensor, y: Tensor) -> float:
    """Take steps; how much of the processor's time one takes."""
    for i in range(STEPS + 10):
        if i == 10:
            started = time.process_time()
        loss = nn.functional.mse_loss(net(X), y)
        optim.zero_grad()
        loss.backward()
        optim.step()
    return (time.process_time() - started) / STEPS


def ours(make: Callable[[], nn.Module], X: Tensor, y: Tensor) -> float:
    """Average gradients as the trainer does; what a step takes."""
    trainer = Loop(1)
    trainer.fit(Net(make()), Tensors(X, y, len(X)))
    return trainer.seconds


def theirs(make: Callable[[], nn.Module], X: Tensor, y: Tensor) -> float:
    """Average gradients with DistributedDataParallel; what a step takes."""
    half = slice(0, len(X) // 2) if os.environ["RANK"] == "0" else slice(len(X) // 2, None)
    net = DistributedDataParallel(make())
    return seconds_of(net, torch.optim.SGD(net.parameters(), 0.001), X[half], y[half])


def layers() -> nn.Module:
    """Make four layers, of a million parameters."""
    return nn.Sequential(*[nn.Linear(512, 512) for _ in range(4)])


def fit_seconds(data: Tensors) -> float:
    """Train on work that fills a core; how long that takes."""
    model, started = Net(layers()), time.perf_counter()
    linreg.Trainer(EPOCHS).fit(model, data)
    return time.perf_counter() - started


def alone(function: Callable[[], float]) -> float:
    """Do something as a process that knows no others."""
    kept = dict(os.environ)
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        del os.environ[name]
    try:
        return function()
    finally:
        os.environ.update(kept)


def program() -> None:
    """Measure in one of the two processes; the first prints the fastest times."""
    torch.manual_seed(0)
    first = os.environ["RANK"] == "0"
    times: dict[str, list[float]] = {}
    data = Tensors(torch.randn(16384, 512), torch.randn(16384, 512), 8192)
    X, y = torch.randn(32, 2), torch.randn(32, 1)
    Z = torch.randn(32, 512)
    steps = {
        "3 parameters": (lambda: nn.Linear(2, 1), X, y),
        "a million parameters": (layers, Z, Z),
    }
    for _ in range(REPEATS):
        if first:  # the other waits where they meet
            times.setdefault("one", []).append(alone(lambda: fit_seconds(data)))
        join(gpus=False)
        times.setdefault("two", []).append(fit_seconds(data))
        for size, (make, X, y) in steps.items():
            times.setdefault(f"{size}, ours", []).append(ours(make, X, y))
            times.setdefault(f"{size}, theirs", []).append(theirs(make, X, y))
        leave()
    if first:
        print(json.dumps({what: min(each) for what, each in times.items()}), flush=True)


if __name__ == "__main__":
    program()
