"""Linear regression as a model class, from scratch and with the layers of PyTorch."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from linreg._arguments import check_count, check_number
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
        check_count("num_inputs", num_inputs)
        check_number("lr", lr, at_least=0)
        check_number("sigma", sigma, at_least=0)
        super().__init__()
        self.save_hyperparameters(ignore=["generator"])
        self.w = nn.Parameter(torch.normal(0, sigma, (num_inputs, 1), generator=generator))
        self.b = nn.Parameter(torch.zeros(1))

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n 1"]:
        """Predict the labels: `Xw + b`."""
        return X @ self.w + self.b

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
        check_number("lr", lr, at_least=0)
        super().__init__()
        self.save_hyperparameters()
        self.net = SmallRandomLinear(1)

    def forward(self, X: Float[Tensor, "n d"]) -> Float[Tensor, "n 1"]:
        """Predict the labels."""
        predictions: Tensor = self.net(X)
        return predictions

    def loss(self, y_hat: Float[Tensor, "n 1"], y: Tensor) -> Float[Tensor, ""]:
        """Compute the mean of (ŷ − y)²."""
        return nn.functional.mse_loss(y_hat, labels_like(y_hat, y))

    def configure_optimizers(self) -> Any:
        """Train all parameters with PyTorch's SGD."""
        return torch.optim.SGD(self.parameters(), self.lr)

    def get_w_b(self) -> tuple[Float[Tensor, "1 d"], Float[Tensor, "1"]]:
        """Return the weights and the bias, without their graph."""
        return self.net.weight.data, self.net.bias.data


class SmallRandomLinear(nn.LazyLinear):
    """A linear layer that learns its number of inputs late and starts from small random weights."""

    def reset_parameters(self) -> None:
        """Draw the weights from N(0, 0.01²) once their shape is known; set the bias to zero."""
        if not self.has_uninitialized_params() and self.in_features != 0:
            nn.init.normal_(self.weight, 0, 0.01)
            nn.init.zeros_(self.bias)
