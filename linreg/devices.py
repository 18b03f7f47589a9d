"""Names for the places where tensors live."""

import torch

from linreg._arguments import check_count

__all__ = ["cpu", "gpu", "num_gpus"]


def cpu() -> torch.device:
    """Return the CPU.

    Source: chapter "From tensor to figure".

    Examples:
        >>> torch.ones(2).to(cpu()).numpy()
        array([1., 1.], dtype=float32)
    """
    return torch.device("cpu")


def gpu(i: int = 0) -> torch.device:
    """Return CUDA device `i`, whether or not this machine has it.

    Raises:
        TypeError: `i` is no whole number.
        ValueError: it is negative.

    Source: chapter "The trainer".

    Examples:
        >>> gpu()
        device(type='cuda', index=0)
    """
    return torch.device("cuda", check_count("i", i, at_least=0))


def num_gpus() -> int:
    """Count the CUDA devices of this machine.

    Source: chapter "The trainer".

    Examples:
        >>> num_gpus() >= 0
        True
    """
    return torch.cuda.device_count()
