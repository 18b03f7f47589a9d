"""Features that leave a parameter of a linear model almost where it was."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from linreg.watch.parts import data_tensors, held_tensors, named_tensors

__all__: list[str] = []

ROWS = 1000  # as many examples say enough
FEW_ROWS = 200  # say whether to look closer
COLUMNS = 200
STEEP = 100  # by what factor curvatures differ before the flat direction is called slow


class Line(NamedTuple):
    """A linear model: the names of its weights and bias, and their values in one column."""

    weights: str
    bias: str | None
    values: Tensor


def slow_direction(trainer: Any) -> str | None:
    """Say which parameter is still far from its goal because of the features, if one is.

    The loss of a linear model has the Hessian AᵀA / n, with A = [X, 1]. Where its eigenvalues
    differ by a large factor, a learning rate that the steepest direction bears hardly moves the
    flattest. The loss that is left there is what these examples could still gain. A model is only
    spoken of when its own forward and its own loss agree that it is such a model.
    """
    tensors, model = data_tensors(trainer), trainer.model
    if len(tensors) < 2 or not isinstance(model, nn.Module):
        return None
    X, y = tensors[0], tensors[-1]
    if X.dim() != 2 or not X.is_floating_point() or not y.is_floating_point():
        return None
    if y.numel() != len(X) or not 1 <= X.shape[1] <= COLUMNS:
        return None
    if not perhaps_steep(X[:: max(1, len(X) // FEW_ROWS)]):
        return None  # as mostly
    line = as_line(model, trainer.optim, X.shape[1])
    if line is None or decays(trainer.optim):
        return None
    rows = slice(None, None, max(1, len(X) // max(ROWS, 20 * X.shape[1])))
    X, y = X[rows], y[rows]
    A = X.double() if line.bias is None else with_ones(X.double())
    curvatures, directions = torch.linalg.eigh(A.T @ A / len(A))
    if curvatures[0] * STEEP >= curvatures[-1]:
        return None
    labels = y.double().reshape(-1, 1)
    values = line.values.to(labels)
    best = torch.linalg.lstsq(A, labels, driver="gelsd" if A.is_cpu else None).solution
    loss = ((A @ best - labels) ** 2 / 2).mean()
    left = curvatures.clamp(min=0) * (directions.T @ (values - best)).flatten() ** 2 / 2
    slow = curvatures * STEEP < curvatures[-1]
    if left[slow].sum() < 0.1 * (loss + left.sum()) or left[slow].sum() < 0.5 * left.sum():
        return None
    flattest = int((left * slow).argmax())
    gradient = A.T @ (A @ values - labels) / len(A)
    if not same_gradient(model, X, y, line, directions[:, slow].T, gradient):
        return None
    return describe_slow(A, line, values, best, directions[:, flattest], curvatures, flattest)


def perhaps_steep(X: Tensor) -> bool:
    """Tell whether curvatures of the loss of a linear model with a bias may be of unlike size.

    They lie within Gershgorin's circles, which say so at once where features are scaled and go
    their own ways. Only otherwise are they computed.
    """
    A = with_ones(X.float())
    products = A.T @ A
    reach = products.abs().sum(1)  # of each circle, from zero to its far side
    low = float((2 * products.diagonal() - reach).min())
    if float(reach.max()) * 3 < STEEP * low:
        return False
    if not products.isfinite().all():
        return False
    curvatures = torch.linalg.eigvalsh(products)
    return bool(curvatures[-1] * 3 >= STEEP * curvatures[0])


def decays(optim: Any) -> bool:
    """Tell whether an optimizer draws the parameters to zero, away from least squares."""
    groups = getattr(optim, "param_groups", None) or [
        vars(optim) if hasattr(optim, "__dict__") else {}
    ]
    return any(group.get(key) for group in groups for key in ("weight_decay", "wd"))


def as_line(model: nn.Module, optim: Any, num_features: int) -> Line | None:
    """Take a model as a linear one if it has as many trained numbers as that."""
    trained = {id(tensor) for tensor in held_tensors(optim) or []}
    named = named_tensors(model)
    tensors = [(key, t) for key, t in named.items() if id(t) in trained or not trained]
    sizes = [tensor.numel() for _, tensor in tensors]
    if sizes == [1, num_features] and num_features > 1:
        tensors.reverse()
    elif sizes not in ([num_features], [num_features, 1]):
        return None
    values = torch.cat([tensor.detach().double().reshape(-1, 1) for _, tensor in tensors])
    bias = tensors[1][0] if len(tensors) == 2 else None
    return Line(tensors[0][0], bias, values) if values.isfinite().all() else None


def same_gradient(
    model: Any, X: Tensor, y: Tensor, line: Line, slow: Tensor, expected: Tensor
) -> bool:
    """Tell whether the model's own loss pulls in the slow directions as a squared loss would.

    A penalty on the weights, a decay or another loss pulls otherwise: then the parameters may be
    where they are meant to be.
    """
    if not callable(getattr(model, "loss", None)):
        return False
    named = named_tensors(model)
    tensors = [named[key] for key in (line.weights, line.bias) if key is not None]
    modes = {layer: layer.training for layer in model.modules()}
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            model.eval()
            gradients = torch.autograd.grad(model.loss(model(X), y), tensors)
    except Exception:  # whatever a learner's code may raise here, it is no reason to stop
        return False
    finally:
        for layer, mode in modes.items():
            layer.training = mode
    pull = slow @ torch.cat([gradient.double().reshape(-1, 1) for gradient in gradients])
    ours = slow @ expected
    factor = float((pull * ours).sum() / (ours * ours).sum())
    alike = float((pull - factor * ours).norm()) < 0.3 * float(pull.norm())
    return alike and any(abs(factor / k - 1) < 0.2 for k in (1, 2, len(X), 2 * len(X)))


def describe_slow(
    A: Tensor,
    line: Line,
    values: Tensor,
    best: Tensor,
    direction: Tensor,
    curvatures: Tensor,
    which: int,
) -> str:
    """Say which parameter is far from its goal, how long it would take, and what helps."""
    d = A.shape[1] - (line.bias is not None)
    far = int(((values - best).flatten() * direction).abs().argmax())
    what = line.bias if far == d else f"{line.weights}[{far}]" if d > 1 else line.weights
    steep = float(curvatures[-1] / curvatures[which].clamp(min=1e-300))
    times = f"{float(f'{steep:.2g}'):,.0f}" if steep < 1e9 else f"{steep:.0e}"
    X = A[:, :d]
    mean, std = X.mean(0), X.std(0).clamp(min=1e-300)
    said = (
        f"{what} is {float(values[far]):.3g} where these examples would have it at "
        f"{float(best[far]):.3g}, and it hardly moves: the loss is about {times} times as steep in "
        f"one direction as in another, and with a learning rate that the steep one bears, the flat "
        f"one takes some {times} steps. "
    )
    correlations = torch.nan_to_num(torch.corrcoef(X.T).reshape(d, d))
    eigenvalues = torch.linalg.eigvalsh(correlations)
    if d > 1 and eigenvalues[0] * max(STEEP, steep / 10) < eigenvalues[-1]:
        others = (correlations - torch.diag(correlations.diag())).abs()
        i, j = sorted(divmod(int(others.argmax()), d))
        return said + (
            f"Some features say nearly the same (columns {i} and {j} of X have a correlation of "
            f"{float(correlations[i, j]):.4f}): leave one of them out"
        )
    centred, scaled = bool((mean.abs() < std).all()), bool(std.log().abs().max() < 1)
    why = "neither centred nor scaled" if not centred and not scaled else "not centred"
    return said + (
        f"The features are {'not scaled' if centred else why} (means {short(mean)}, standard "
        f"deviations {short(std)}). "
        "Standardize them where the data are made: X = (X - X.mean(0)) / X.std(0)"
    )


def short(numbers: Tensor) -> str:
    """Write a few numbers with few digits."""
    words = [f"{number:.3g}" for number in numbers.tolist()]
    return ", ".join(words if len(words) <= 4 else [*words[:3], "..."])


def with_ones(X: Tensor) -> Tensor:
    """Append a column of ones, whose weight is the bias."""
    return torch.cat([X, X.new_ones(len(X), 1)], dim=1)
