"""The loop that fits a model to data, epoch by epoch."""

import math
import sys
import warnings
from collections.abc import Iterator, Sequence, Sized
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from linreg._arguments import check_count, check_number
from linreg._notebook import in_notebook
from linreg.board import ProgressBoard
from linreg.devices import gpu
from linreg.distributed import Ranks, joined
from linreg.hyperparameters import HyperParameters
from linreg.watch import Watch
from linreg.watch.arguments import check_data, check_model, configured
from linreg.watch.parts import muted, trained_tensors

__all__ = ["Trainer"]


class Trainer(HyperParameters):
    """Fits a model to data: for each epoch, one pass over the minibatches of both loaders.

    `fit` stops or warns when training goes wrong: when the loss becomes infinite or nan, carries no
    gradient, or compares each prediction with each label; when the first step or the first epoch
    leaves a parameter unchanged, or goes uphill; when gradients are never cleared; when features
    are so far from zero, or of such unlike size, that a parameter hardly moves.

    Started by torchrun, as in `torchrun --standalone --nproc-per-node 4 script.py`, the same script
    trains in many processes: each takes its part of every minibatch, the gradients are averaged
    over all examples, and the parameters become those of one process. Each process has to make the
    same data. Rank 0 alone draws and warns. A rank that the others wait for longer than a minute is
    given up; torch.distributed.init_process_group(timeout=...), before fit, sets another limit.

    Args:
        max_epochs: the number of epochs.
        num_gpus: 0 to train on the CPU, 1 to train on the first CUDA device; where torch finds
            none, the trainer warns and takes the CPU.
        gradient_clip_val: the largest norm that the gradients may have; 0 for any.

    Attributes:
        model: what is trained.
        optim: the optimizer that the model configured.
        train_dataloader: the minibatches to train on.
        val_dataloader: the minibatches to validate on.
        num_train_batches: how many minibatches of `train_dataloader` there are in an epoch.
        num_val_batches: how many minibatches of `val_dataloader` there are in an epoch.
        epoch: the current epoch, from 0.
        train_batch_idx: how many minibatches were trained on, over all epochs.
        val_batch_idx: how many minibatches were validated on, over all epochs.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is negative.

    Source: chapter "The trainer".

    Examples:
        >>> from linreg import LinearRegressionScratch, SyntheticRegressionData
        >>> data = SyntheticRegressionData(w=[2, -3.4], b=4.2)
        >>> model = LinearRegressionScratch(num_inputs=2, lr=0.1)
        >>> model.board.display = False
        >>> Trainer(max_epochs=5).fit(model, data)
        >>> print(f"{model.b.item():.1f}")
        4.2
    """

    _watch: Watch | None = None  # what looks at the training, while fit trains

    def __init__(self, max_epochs: int, num_gpus: int = 0, gradient_clip_val: float = 0) -> None:
        max_epochs = check_count("max_epochs", max_epochs, at_least=0)
        num_gpus = check_count("num_gpus", num_gpus, at_least=0)
        check_number("gradient_clip_val", gradient_clip_val, at_least=0)
        self.save_hyperparameters()
        self.gpus = [gpu(i) for i in range(usable_gpus(num_gpus))]
        self.optim: Any = None
        self._bar: Any = None  # tqdm's progress bar, while fit shows one

    def fit(self, model: Any, data: Any) -> None:
        """Train a model on data, for `max_epochs` epochs.

        Args:
            model: a `Module`, or an `nn.Module` with its methods.
            data: a `DataModule`, or an object with `train_dataloader()` and `val_dataloader()`.

        Raises:
            FloatingPointError: the loss or a parameter became infinite or nan.
            NotImplementedError: the model or the data lack a method.
            RuntimeError: the loss carries no gradient, PyTorch refuses a step or a backward, or
                another of several processes failed.
            TypeError: model or data are no such objects, their dtypes differ, or a method
                of them gave something of the wrong type.
            ValueError: labels and predictions differ in shape, or there are no minibatches.
        """
        with joined(self) as ranks:
            self._fit(model, data, ranks)

    def _fit(self, model: Any, data: Any, ranks: Ranks | None) -> None:
        """Train a model, alone or together with other processes."""
        check_model(model)
        check_data(data)
        self.prepare_data(data)
        own_loop = getattr(self.fit_epoch, "__func__", None) is not FIT_EPOCH
        self.prepare_model(model)
        self.optim = configured(model, own_loop)
        self.epoch = 0
        self.train_batch_idx = 0
        self.val_batch_idx = 0
        if ranks is not None:
            ranks.begin()
        num_batches = self.max_epochs * self.num_train_batches
        with self._progress_bar(num_batches), self._watched(own_loop) as watch:
            for epoch in range(self.max_epochs):
                self.epoch = epoch
                watch.epoch(self.fit_epoch)
                if self._bar is not None:  # a learner's own fit_epoch only counts the batches
                    self._bar.update(self.train_batch_idx - self._bar.n)
            if ranks is not None:
                ranks.end()
            watch.end()

    def prepare_data(self, data: Any) -> None:
        """Take the minibatches from the data, and count them."""
        self.train_dataloader = data.train_dataloader()
        self.val_dataloader = data.val_dataloader()
        self.num_train_batches = count_batches(self.train_dataloader, "train_dataloader")
        self.num_val_batches = 0
        if self.val_dataloader is not None:
            self.num_val_batches = count_batches(self.val_dataloader, "val_dataloader")
        if self.num_train_batches == 0:
            raise ValueError("train_dataloader() gave no minibatches; it should give at least one")

    def prepare_model(self, model: Any) -> None:
        """Tell the model its trainer, start new curves, and move it to where it is trained."""
        model.trainer = self
        board = getattr(model, "board", None)
        if isinstance(board, ProgressBoard):
            board.clear()
            board.xlim = [0, self.max_epochs]
        if self.gpus:
            move(model, self.gpus[0])
        self.model = model

    def prepare_batch(self, batch: Sequence[Tensor]) -> Sequence[Tensor]:
        """Move a minibatch to where the model is."""
        if self.gpus:
            return [tensor.to(self.gpus[0]) for tensor in batch]
        return batch

    def fit_epoch(self) -> None:
        """Train on each training minibatch once, then validate."""
        no_grad, watch = torch.no_grad(), self._watch or Watch(self)
        self.model.train()
        for batch in self.train_dataloader:
            loss = self.model.training_step(self.prepare_batch(batch))
            watch.check(loss)
            self.optim.zero_grad()
            loss.backward()
            with no_grad:
                if self.gradient_clip_val > 0:
                    self.clip_gradients(self.gradient_clip_val, self.model)
                self.optim.step()
            self.train_batch_idx += 1
            if self._bar is not None:
                self._bar.update()
        if self.val_dataloader is None:
            return
        self.model.eval()
        with torch.no_grad():
            for batch in self.val_dataloader:
                self.model.validation_step(self.prepare_batch(batch))
                self.val_batch_idx += 1

    def clip_gradients(self, grad_clip_val: float, model: Any) -> None:
        """Shorten all gradients alike, to a norm of at most θ: `g ← min(1, θ/‖g‖) g`.

        Args:
            grad_clip_val: θ, the largest norm of all gradients together.
            model: the model, whose tensors are looked at if the optimizer does not tell its own.
        """
        grads = [p.grad for p in trained_tensors(model, self.optim) if p.grad is not None]
        norm = math.hypot(*[torch.linalg.vector_norm(grad).item() for grad in grads])
        if norm > grad_clip_val:
            for grad in grads:
                grad *= grad_clip_val / norm

    @contextmanager
    def _watched(self, own_loop: bool) -> Iterator[Watch]:
        """Look at the training, so that it says when it goes wrong."""
        with Watch(self, own_loop) as self._watch:
            try:
                yield self._watch
            finally:
                self._watch = None

    @contextmanager
    def _progress_bar(self, total: int) -> Iterator[None]:
        """Show tqdm's bar when the work lasts more than two seconds and someone can see it."""
        if muted.get() or not (in_notebook() or sys.stderr.isatty()):
            yield
            return
        from tqdm import tqdm

        with tqdm(total=total, unit="batch", delay=2) as self._bar:
            try:
                yield
            finally:
                self._bar = None


FIT_EPOCH = Trainer.fit_epoch  # unless a learner replaces it


def usable_gpus(asked_for: int) -> int:
    """Return how many GPUs to train on; warn when this machine has fewer than were asked for."""
    if asked_for == 0:
        return 0
    found = torch.cuda.device_count()
    if asked_for > found:
        warnings.warn(
            f"num_gpus is {asked_for}, and torch finds {found} CUDA devices on this machine: "
            + ("the model is trained on the CPU" if found == 0 else "the first is used"),
            stacklevel=3,
        )
    return min(asked_for, found)


def count_batches(loader: object, method: str) -> int:
    """Count the minibatches of a loader, which must be readable once for each epoch."""
    if not isinstance(loader, Sized):
        raise TypeError(
            f"{method}() gave a {type(loader).__name__}; it should give a loader that has a length "
            "and can be read again in each epoch, as self.get_tensorloader(...) does"
        )
    return len(loader)


def move(model: Any, device: torch.device) -> None:
    """Move a model's parameters, and its plain tensors as well, to a device."""
    model.to(device)
    for name, value in list(vars(model).items()):
        if isinstance(value, Tensor):
            moved = value.detach().to(device).requires_grad_(value.requires_grad)
            setattr(model, name, moved)
