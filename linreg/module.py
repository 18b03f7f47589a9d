"""What every model is built on: its steps of training, and the curves they draw."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from linreg._arguments import check_callable, check_number, describe, missing
from linreg.board import ProgressBoard
from linreg.hyperparameters import HyperParameters

__all__ = ["Module"]


class Module(nn.Module, HyperParameters):
    """A model that knows its loss and its optimizer, and plots its losses while a trainer fits it.

    A subclass gives `forward` (or sets `self.net`) and `loss`, and `self.lr` or an optimizer of its
    own in `configure_optimizers`.

    Args:
        plot_train_per_epoch: points of the training curve in an epoch; 0 for no such curve.
        plot_valid_per_epoch: points of the validation curve in an epoch.

    Attributes:
        board: the `ProgressBoard` with the curves.
        trainer: the `Trainer` that fits the model; it sets this itself. Copies and stored models
            leave it behind, with the data that it holds.

    Raises:
        TypeError: an argument is no number.
        ValueError: an argument is negative or not finite.

    Source: chapter "Classes".

    Examples:
        >>> import torch
        >>> class Mean(Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.value = nn.Parameter(torch.tensor([3.0]))
        ...     def forward(self, X):
        ...         return self.value.expand(len(X), 1)
        ...     def loss(self, y_hat, y):
        ...         return ((y_hat - y) ** 2 / 2).mean()
        >>> Mean().training_step((torch.zeros(5, 2), torch.ones(5, 1))).item()
        2.0
    """

    trainer: Any = None
    net: Any

    def __init__(self, plot_train_per_epoch: int = 2, plot_valid_per_epoch: int = 1) -> None:
        check_number("plot_train_per_epoch", plot_train_per_epoch, at_least=0)
        check_number("plot_valid_per_epoch", plot_valid_per_epoch, at_least=0)
        super().__init__()
        self.save_hyperparameters()
        self.board = ProgressBoard()

    def __setattr__(self, name: str, value: Any) -> None:
        # nn.Module takes only an nn.Parameter under a parameter's name; a learner who writes
        # `self.w = torch.zeros(2, 1, requires_grad=True)` means that too.
        registered = [
            self.__dict__.get(kind, ()) for kind in ("_parameters", "_buffers", "_modules")
        ]
        if name in registered[0] and type(value) is Tensor:
            value = nn.Parameter(value.detach())
        if isinstance(value, int | float | str) and not any(name in names for names in registered):
            object.__setattr__(self, name, value)  # as nn.Module would in the end
        else:
            super().__setattr__(name, value)

    def forward(self, X: Any) -> Any:
        """Predict the labels of a minibatch of features with `self.net`.

        Raises:
            NotImplementedError: the class has neither `forward` nor `net`.
        """
        net = getattr(self, "net", None)
        if net is None:
            raise NotImplementedError(
                missing(self, "forward", "X") + ", or set self.net in its __init__"
            )
        return net(X)

    def loss(self, y_hat: Any, y: Any) -> Any:
        """Compute the loss of predictions, one number. A subclass must give it.

        Raises:
            NotImplementedError: the class has no `loss`.
        """
        layer = self._modules.get("loss")  # self.loss = nn.MSELoss(), hidden by this method
        if layer is not None:
            return layer(y_hat, y)
        raise NotImplementedError(missing(self, "loss", "y_hat, y"))

    def configure_optimizers(self) -> Any:
        """Make the optimizer: PyTorch's SGD, with all parameters and the learning rate `self.lr`.

        A subclass may give another.

        Raises:
            NotImplementedError: the class has neither `configure_optimizers` nor `self.lr`.
            ValueError: it has no parameters, or `self.lr` is negative or not finite.
        """
        name = type(self).__name__
        if not hasattr(self, "lr"):
            raise NotImplementedError(
                missing(self, "configure_optimizers")
                + ". Without it the model is trained with torch.optim.SGD(self.parameters(), "
                "lr=self.lr), and it has no self.lr: self.save_hyperparameters() keeps the "
                "arguments of __init__"
            )
        lr = check_number("self.lr", self.lr, at_least=0)
        parameters = list(self.parameters())
        if not parameters:
            raise ValueError(
                f"{name} has no parameters to train: keep a layer or an nn.Parameter as an "
                "attribute, or write configure_optimizers, which names the tensors"
            )
        return torch.optim.SGD(parameters, lr=lr)

    def training_step(self, batch: Sequence[Any]) -> Any:
        """Compute and plot the loss on a training minibatch, to be differentiated.

        Args:
            batch: what `forward` takes, and the labels last.

        Raises:
            TypeError: it is no minibatch.
        """
        check_batch(batch)
        loss = self.loss(self(*batch[:-1]), batch[-1])
        self.plot("loss", loss, train=True)
        return loss

    def validation_step(self, batch: Sequence[Any]) -> None:
        """Compute and plot the loss on a validation minibatch.

        Args:
            batch: what `forward` takes, and the labels last.

        Raises:
            TypeError: it is no minibatch.
        """
        check_batch(batch)
        loss = self.loss(self(*batch[:-1]), batch[-1])
        self.plot("loss", loss, train=False)

    def plot(self, key: str, value: Any, train: bool) -> None:
        """Add a point to the curve `train_<key>` or `val_<key>`; outside of a trainer do nothing.

        Args:
            key: what the value is, such as `"loss"`.
            value: the value on this minibatch, one number.
            train: whether it is a training or a validation minibatch.
        """
        trainer = self.trainer
        points = self.plot_train_per_epoch if train else self.plot_valid_per_epoch
        if trainer is None or points == 0:
            return
        if train:
            x = trainer.train_batch_idx / trainer.num_train_batches
            batches = trainer.num_train_batches
        else:
            x = trainer.epoch + 1.0
            batches = trainer.num_val_batches
        self.board.xlabel = "epoch"
        label = ("train_" if train else "val_") + key
        self.board.draw(x, value, label, every_n=max(1, int(batches / points)))

    def apply_init(
        self, inputs: Sequence[Any], init: Callable[[nn.Module], Any] | None = None
    ) -> None:
        """Let the lazy layers of `self.net` learn their shapes, then initialize its layers.

        Args:
            inputs: what `forward` takes, in a list: one minibatch.
            init: called with each layer; without it the layers stay as they are.

        Raises:
            TypeError: an argument has the wrong type.
            NotImplementedError: the class has no `net`.
        """
        if not isinstance(inputs, list | tuple) or not inputs:
            raise TypeError(
                f"inputs is {describe(inputs)}; it should be a list of what forward takes, as [X]"
            )
        if init is not None:
            check_callable("init", init, "layer")
            if getattr(self, "net", None) is None:
                raise NotImplementedError(
                    f"{type(self).__name__} has no net; set self.net in its __init__"
                )
        self.forward(*inputs)
        if init is not None:
            self.net.apply(init)

    def __getstate__(self) -> dict[str, Any]:
        # A copy keeps what was learned and its curves, not who trained it on which data.
        return {name: value for name, value in vars(self).items() if name != "trainer"}


def check_batch(batch: Any) -> None:
    """Raise unless `batch` is a minibatch, with labels last."""
    if not isinstance(batch, (list, tuple)) or len(batch) < 2:
        raise TypeError(
            f"batch is {describe(batch)}; it should be a minibatch, as (features, labels)"
        )
