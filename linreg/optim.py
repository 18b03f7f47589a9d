"""Minibatch stochastic gradient descent as a class, with the interface of `torch.optim`."""

from collections.abc import Iterable

import torch
from torch import Tensor

from linreg._arguments import check_number, check_tensors
from linreg.hyperparameters import HyperParameters

__all__ = ["SGD"]


class SGD(HyperParameters):
    """Minibatch stochastic gradient descent: `w ← w − lr · grad`, for the gradient of a mean.

    Args:
        params: the tensors to train.
        lr: the learning rate, not negative.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: `params` is empty, or `lr` is negative or not finite.

    Source: chapter "Classes".

    Examples:
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> optimizer = SGD([w], lr=0.1)
        >>> (3 * w).sum().backward()
        >>> optimizer.step()
        >>> w
        tensor([0.7000], requires_grad=True)
    """

    def __init__(self, params: Iterable[Tensor], lr: float) -> None:
        lr = check_number("lr", lr, at_least=0)
        params = check_tensors("params", params)
        self.save_hyperparameters()

    def step(self) -> None:
        """Change each tensor that has a gradient, in place and outside of any graph."""
        with torch.no_grad():
            for param in self.params:
                if param.grad is not None:
                    param.sub_(param.grad, alpha=self.lr)  # param -= lr * grad, in one operation

    def zero_grad(self) -> None:
        """Drop the gradients, so that the next `backward` starts from nothing."""
        for param in self.params:
            param.grad = None
