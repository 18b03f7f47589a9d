"""The two helpers with which the book writes classes: arguments kept, methods added one by one."""

import inspect
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar, no_type_check

from linreg._arguments import describe

__all__ = ["HyperParameters", "add_to_class"]

Function = TypeVar("Function", bound=Callable[..., Any])


def add_to_class(Class: type) -> Callable[[Function], Function]:
    """Make a decorator that adds a function to a class, as a method of all its instances.

    So a class can be explained one method at a time, also after instances of it were made.

    Args:
        Class: the class that gets the method, under the function's name.

    Returns:
        The decorator. It gives the function back, so that its name can still be used.

    Raises:
        TypeError: `Class` is no class, or what is added no function.

    Source: chapter "Classes".

    Examples:
        >>> class Model:
        ...     lr = 0.03
        >>> model = Model()
        >>> @add_to_class(Model)
        ... def describe(self):
        ...     return f"learning rate {self.lr}"
        >>> model.describe()
        'learning rate 0.03'
    """
    if not isinstance(Class, type):
        raise TypeError(f"Class is {describe(Class)}; it should be a class, as @add_to_class(Name)")

    def add(function: Function) -> Function:
        if not callable(function) or not hasattr(function, "__name__"):
            raise TypeError(
                f"what stands below @add_to_class is {describe(function)}; it should be a function"
            )
        setattr(Class, function.__name__, function)
        return function

    return add


class HyperParameters:
    """A class whose `__init__` keeps its arguments with one line.

    Attributes:
        hparams: the names and values that were kept last.

    Source: chapter "Classes".

    Examples:
        >>> class Model(HyperParameters):
        ...     def __init__(self, num_inputs, lr, verbose=False):
        ...         self.save_hyperparameters(ignore=["verbose"])
        >>> model = Model(2, lr=0.03)
        >>> model.lr, model.hparams
        (0.03, {'num_inputs': 2, 'lr': 0.03})
    """

    hparams: dict[str, Any]

    if TYPE_CHECKING:  # the attributes that save_hyperparameters sets

        def __getattr__(self, name: str) -> Any: ...

    @no_type_check  # a wrapper that checks types would be the caller
    def save_hyperparameters(self, ignore: Collection[str] = ()) -> None:
        """Keep the caller's arguments as attributes, and as entries of `self.hparams`.

        Any other local name that the caller has by then is kept too. `self` is left out, and names
        that start with `_`.

        Args:
            ignore: more names to leave out.

        Raises:
            TypeError: `ignore` is one string, or no collection.
        """
        if isinstance(ignore, str) or not isinstance(ignore, Collection):
            raise TypeError(f"ignore is {describe(ignore)}; it should be a list of names")
        caller = inspect.currentframe().f_back
        self.hparams = {
            name: value
            for name, value in caller.f_locals.items()
            if value is not self
            and name not in ignore
            and name not in caller.f_code.co_freevars  # those of a function around the class
            and not name.startswith("_")
        }
        for name, value in self.hparams.items():
            setattr(self, name, value)
