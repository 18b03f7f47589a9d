"""Names for the places where tensors live."""

import torch

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

    Source: chapter "The trainer".

    Examples:
        >>> gpu()
        device(type='cuda', index=0)
    """
    return torch.device("cuda", i)


def num_gpus() -> int:
    """Count the CUDA devices of this machine.

    Source: chapter "The trainer".

    Examples:
        >>> num_gpus() >= 0
        True
    """
    return torch.cuda.device_count()
