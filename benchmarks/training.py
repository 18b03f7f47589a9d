"""The trainer and the readers of minibatches, against loops by hand and against torch's own."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import linreg
from benchmarks.ratios import Row, program_ratio, time_ratio
from linreg.data import TensorLoader

EPOCHS = 3
LR = 0.03


def running_data(batch_size: int) -> linreg.SyntheticRegressionData:
    """Make the book's running example: 1000 examples to train on and 1000 to validate on."""
    return linreg.SyntheticRegressionData([2, -3.4], 4.2, batch_size=batch_size)


def fit(data: linreg.SyntheticRegressionData, epochs: int = EPOCHS, display: bool = False) -> None:
    """Train with the package's trainer."""
    model = linreg.LinearRegressionScratch(2, LR)
    model.board.display = display
    linreg.Trainer(epochs).fit(model, data)


def by_hand(data: linreg.SyntheticRegressionData) -> None:
    """Train with the same steps on the same minibatches, written out."""
    w = torch.normal(0, 0.01, (2, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    train, val = data.train_dataloader(), data.val_dataloader()
    for _ in range(EPOCHS):
        for X, y in train:
            loss = ((X @ w + b - y) ** 2 / 2).mean()
            loss.backward()
            with torch.no_grad():
                for param in (w, b):
                    param -= LR * param.grad
                    param.grad.zero_()
        with torch.no_grad():
            for X, y in val:
                loss = ((X @ w + b - y) ** 2 / 2).mean()


def with_torch(data: linreg.SyntheticRegressionData) -> None:
    """Train with torch's own loader, layer, loss and optimizer."""
    rows = data.num_train
    train = DataLoader(TensorDataset(data.X[:rows], data.y[:rows]), data.batch_size, shuffle=True)
    val = DataLoader(TensorDataset(data.X[rows:], data.y[rows:]), data.batch_size)
    net, loss = nn.Linear(2, 1), nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), LR)
    for _ in range(EPOCHS):
        for X, y in train:
            optimizer.zero_grad()
            loss(net(X), y).backward()
            optimizer.step()
        with torch.no_grad():
            for X, y in val:
                loss(net(X), y)


def measure() -> Iterator[Row]:
    """Measure the promises about training."""
    torch.set_num_threads(1)
    for batch_size in (10, 32):
        data = running_data(batch_size)
        fitted = f"`Trainer.fit`, batch size {batch_size}"
        ratio = time_ratio(partial(fit, data), partial(by_hand, data), repeats=25)
        yield Row(fitted, "the loop by hand, same batches", ratio, 1.1)
        ratio = time_ratio(partial(fit, data), partial(with_torch, data), repeats=15)
        yield Row(fitted, "`DataLoader`, `nn.Linear`, `torch.optim.SGD`", ratio, 1 / 1.7)
    _, memory = program_ratio(FIT, WITH_TORCH, repeats=5)
    yield Row("memory of a program with `Trainer.fit`", "the same with torch's own", memory, 1)
    yield from measure_drawing()
    yield from measure_readers()
    yield from measure_imports()


SETTING = """
import torch
torch.set_num_threads(1)
from benchmarks.training import fit, running_data, with_torch
data = running_data(32)
"""
FIT = SETTING + "fit(data)"
WITH_TORCH = SETTING + "with_torch(data)"


def measure_drawing() -> Iterator[Row]:
    """Measure what a figure costs a training of fifty epochs, where nobody sees it."""
    linreg.plt.switch_backend("Agg")
    data = running_data(10)

    def drawn() -> None:
        fit(data, epochs=50, display=True)
        linreg.plt.close("all")

    ratio = time_ratio(drawn, lambda: fit(data, epochs=50), repeats=5)
    yield Row("50 epochs with curves under Agg", "without curves", ratio, 1.1)


def measure_readers() -> Iterator[Row]:
    """Measure the readers of minibatches on a million examples."""
    X, y = linreg.synthetic_data([2, -3.4], 4.2, 1_000_000)

    def read(batches: Iterable[object]) -> None:
        for _ in islice(batches, 5000):
            pass

    readers = {
        "`data_iter`": lambda: read(linreg.data_iter(32, X, y)),
        "the trainer's loader": lambda: read(TensorLoader((X, y), 32, shuffle=True)),
    }
    for reader, ours in readers.items():
        ratio = time_ratio(ours, lambda: read(linreg.load_array((X, y), 32)), repeats=5)
        yield Row(f"{reader}, 5000 of 31 250 batches of 32", "`DataLoader`", ratio, 0.5)


def measure_imports() -> Iterator[Row]:
    """Measure how long programs take that only import, and that use one name."""
    ratio, _ = program_ratio("import linreg", "import torch", repeats=5)
    yield Row("`import linreg`", "`import torch`", ratio, 1.1)
    ratio, _ = program_ratio("from linreg import squared_loss", "import torch", repeats=9)
    yield Row("`from linreg import squared_loss`", "`import torch`", ratio, 1.1)
