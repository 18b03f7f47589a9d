"""What `fit` is given: a model, its data, and the optimizer that the model configures."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.utils.data import DataLoader

from linreg._arguments import describe, missing
from linreg.watch.parts import listed, name, named_tensors

__all__: list[str] = []


# Data in a type of these are no DataModule, and no one can add a method to it.
MADE_BY_OTHERS = {"builtins", "numpy", "pandas", "torch"}


def check_model(model: object) -> None:
    """Raise unless a model has what `fit` calls."""
    if not isinstance(model, type) and callable(getattr(model, "train_dataloader", None)):
        raise TypeError(
            f"model is {article(model)}, which is data; it should come second: fit(model, data)"
        )
    check_object("model", model)
    if isinstance(model, nn.Module) and type(model).__module__.startswith("torch."):
        raise TypeError(
            f"model is {article(model)}, a layer of PyTorch that knows neither its loss nor its "
            "optimizer; it should be a Module that has it as self.net: class Mine(Module) with an "
            "__init__ that sets self.net, and the methods loss(self, y_hat, y) and "
            "configure_optimizers(self)"
        )
    check_methods(model, "training_step", "configure_optimizers")


def check_data(data: object) -> None:
    """Raise unless data have what `fit` calls."""
    write = (
        "it should be a DataModule: class Data(DataModule) with a method "
        "get_dataloader(self, train) that returns "
    )
    if isinstance(data, DataLoader):
        raise TypeError(
            f"data is {article(data)}, minibatches to train on but none to validate on; {write}it "
            "if train, and None (or a second loader) if not"
        )
    # A class that exec makes without a __name__ counts as one of builtins, but it has the methods.
    made_by = type(data).__module__.partition(".")[0]
    if made_by in MADE_BY_OTHERS and not callable(getattr(data, "train_dataloader", None)):
        what = describe(data) if isinstance(data, Tensor) else article(data)
        raise TypeError(
            f"data is {what}; {write}self.get_tensorloader((X, y), train), after self.batch_size "
            "was set in its __init__"
        )
    check_object("data", data)
    check_methods(data, "train_dataloader", "val_dataloader")


def check_object(argument: str, thing: object) -> None:
    """Raise when a class was passed instead of an object of it."""
    if isinstance(thing, type):
        raise TypeError(
            f"{argument} is the class {thing.__name__}; it should be an object of it: "
            f"{thing.__name__}(...)"
        )


def check_methods(thing: object, *methods: str) -> None:
    """Raise unless an object has these methods."""
    for method in methods:
        if not callable(getattr(thing, method, None)):
            raise NotImplementedError(
                missing(thing, method, "batch" if method == "training_step" else "")
            )


def configured(model: Any, own_loop: bool) -> Any:
    """Return the optimizer that a model configures, once it is sure that it is one.

    Args:
        model: the model.
        own_loop: whether a learner's own loop will use it, which may do with anything.

    Raises:
        NotImplementedError: the optimizer lacks a method.
        TypeError: it is no optimizer.
        ValueError: it got no parameters.
    """
    gave = f"configure_optimizers of {name(model)} gave"
    try:
        optim = model.configure_optimizers()
    except ValueError as error:
        if "empty parameter list" in str(error) or "params is empty" in str(error):
            raise ValueError(no_parameters(model)) from error
        raise
    if optim is None:
        raise TypeError(f"{gave} None; it should return an optimizer")
    if isinstance(optim, type):
        raise TypeError(
            f"{gave} the class {optim.__name__}; it should return an object of it: "
            f"{optim.__name__}(self.parameters(), lr=self.lr)"
        )
    if own_loop:
        return optim
    if isinstance(optim, list | tuple | Mapping) and not hasattr(optim, "step"):
        raise TypeError(
            f"{gave} {article(optim)}; it should return one optimizer and nothing around it. A "
            "schedule of the learning rate is kept by the model, as self.scheduler, and its step() "
            "called in a fit_epoch of your own; so are several optimizers"
        )
    if hasattr(optim, "optimizer") and not hasattr(optim, "zero_grad") and hasattr(optim, "step"):
        raise TypeError(
            f"{gave} {article(optim)}, a schedule of an optimizer's learning rate; it should "
            "return the optimizer"
        )
    if isinstance(optim, nn.Module | Tensor) or not (
        hasattr(optim, "step") or hasattr(optim, "zero_grad")
    ):
        raise TypeError(
            f"{gave} {describe(optim)}; it should return an optimizer, an object with the methods "
            "step() and zero_grad(), as SGD(self.parameters(), self.lr) is"
        )
    check_methods(optim, "step", "zero_grad")
    return optim


def no_parameters(model: Any) -> str:
    """Say why an optimizer got no parameters."""
    said = f"configure_optimizers of {name(model)} gave its optimizer no parameters: "
    plain = [key for key, tensor in named_tensors(model).items() if type(tensor) is Tensor]
    if plain:
        return said + (
            f"self.parameters() finds what is an nn.Parameter or in a layer, and {listed(plain)} "
            f"{'is a plain tensor' if len(plain) == 1 else 'are plain tensors'}. Pass "
            f"[{', '.join(f'self.{key}' for key in plain)}], or make each a parameter with "
            "nn.Parameter(...) in __init__"
        )
    return said + (
        "the model has none. Set them in its __init__, as self.w = nn.Parameter(torch.zeros(2, 1)) "
        "or self.net = nn.LazyLinear(1)"
    )


def article(thing: object) -> str:
    """Name what an object is: "a list", "an SGD"."""
    what = name(thing)
    return f"{'an' if what[0] in 'AEIOaeio' else 'a'} {what}"
