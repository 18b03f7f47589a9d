"""Linear regression as a model class, from scratch and with the layers of PyTorch."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin

from linreg._arguments import check_count, check_generator, check_number, check_tensor
from linreg.module import Module
from linreg.optim import SGD
from linreg.scratch import labels_like

__all__ = ["LinearRegression", "LinearRegressionScratch"]


class LinearRegressionScratch(Module):
    """Linear regression with its parameters, model, loss and optimizer written out.

    Args:
        num_inputs: the number of features, d.
        lr: the learning rate.
        sigma: the standard deviation of the first weights.
        generator: where these come from; torch's global generator unless given.

    Attributes:
        w: the weights, a parameter of shape (d, 1).
        b: the bias, a parameter of shape (1,), zero at first.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `num_inputs` is below 1, or another number is negative or not finite.

    Source: chapter "Classes".

    Examples:
        >>> model = LinearRegressionScratch(num_inputs=2, lr=0.03)
        >>> model(torch.ones(5, 2)).shape
        torch.Size([5, 1])
    """

    lr: float

    def __init__(
        self,
        num_inputs: int,
        lr: float,
        sigma: float = 0.01,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        num_inputs = check_count("num_inputs", num_inputs)
        lr = check_number("lr", lr, at_least=0)
        sigma = check_number("sigma", sigma, at_least=0)
        check_generator(generator)
        super().__init__()
        self.save_hyperparameters(ignore=["generator"])
        self.w = nn.Parameter(torch.normal(0, sigma, (num_inputs, 1), generator=generator))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n 1"]:
        """Predict the labels: `Xw + b`.

        Raises:
            TypeError: X is no tensor.
            ValueError: it has another number of features than the model.
        """
        try:
            return X @ self.w + self.b
        except (RuntimeError, TypeError):
            check_width(X, len(self.w))
            raise

    def loss(self, y_hat: Float[Tensor, "n 1"], y: Tensor) -> Float[Tensor, ""]:
        """Compute the mean of ½ (ŷ − y)²."""
        # This is squared_loss(y_hat, y).mean() to the last digit, in one operation instead of four:
        # Huber's loss is ½ (ŷ − y)² for errors up to delta, and linear beyond.
        return nn.functional.huber_loss(y_hat, labels_like(y_hat, y), delta=math.inf)

    def configure_optimizers(self) -> Any:
        """Train both parameters with our own `SGD`."""
        return SGD([self.w, self.b], self.lr)


class LinearRegression(Module):
    """Linear regression with PyTorch's layer, loss and optimizer.

    The loss is the mean of (ŷ − y)², without ½: its gradients are twice as large as those of
    `LinearRegressionScratch`, so that half the learning rate takes the same steps.

    Args:
        lr: the learning rate.

    Attributes:
        net: the layer. It learns the number of features from the first minibatch; its weights then
            come from N(0, 0.01²), its bias is zero.

    Raises:
        TypeError: `lr` is no number.
        ValueError: it is negative or not finite.

    Source: chapter "The concise version".

    Examples:
        >>> model = LinearRegression(lr=0.03)
        >>> model(torch.ones(5, 2)).shape
        torch.Size([5, 1])
    """

    lr: float

    def __init__(self, lr: float) -> None:
        lr = check_number("lr", lr, at_least=0)
        super().__init__()
        self.save_hyperparameters()
        self.net = SmallRandomLinear(1)

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n 1"]:
        """Predict the labels.

        Raises:
            TypeError: X is no tensor.
            ValueError: it has no column for each feature, or another number of them than before.
        """
        if isinstance(self.net, LazyModuleMixin):
            check_width(X, None)
        try:
            predictions: Tensor = self.net(X)
        except (RuntimeError, TypeError):
            check_width(X, getattr(self.net, "in_features", None))
            raise
        return predictions

    def loss(self, y_hat: Float[Tensor, "n 1"], y: Tensor) -> Float[Tensor, ""]:
        """Compute the mean of (ŷ − y)²."""
        return nn.functional.mse_loss(y_hat, labels_like(y_hat, y))

    def configure_optimizers(self) -> Any:
        """Train all parameters with PyTorch's SGD."""
        return torch.optim.SGD(self.parameters(), self.lr)

    def get_w_b(self) -> tuple[Float[Tensor, "1 d"], Float[Tensor, "1"]]:
        """Return the weights and the bias, without their graph.

        Raises:
            RuntimeError: the model has seen no features yet, so that it has no weights.
        """
        if isinstance(self.net, LazyModuleMixin):
            raise RuntimeError(
                f"{type(self).__name__} has no weights yet: it learns the number of features from "
                "the first minibatch. Train it first, or call it on features: model(X)"
            )
        return self.net.weight.data, self.net.bias.data


def check_width(X: Any, d: int | None) -> None:
    """Raise unless X has a last dimension of d features; d is None before the first X."""
    check_tensor("X", X)
    if X.dim() == 0 or (X.dim() == 1 if d is None else X.shape[-1] != d):
        columns = "d" if d is None else d
        raise ValueError(
            f"X has shape {tuple(X.shape)}; it should be (n, {columns}): "
            "a row for each example, a column for each feature"
        )


class SmallRandomLinear(nn.LazyLinear):
    """A linear layer that learns its number of inputs late and starts from small random weights."""

    def reset_parameters(self) -> None:
        """Draw the weights from N(0, 0.01²) once their shape is known; set the bias to zero."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            nn.init.normal_(self.weight, 0, 0.01)
            nn.init.zeros_(self.bias)
