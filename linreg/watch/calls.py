"""Calls of the methods of a learner's objects, seen by us for as long as there is need."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

__all__: list[str] = []


class Calls:
    """Gives the calls of one method of an object to `look`, until it is told to stop.

    It sits among the object's own attributes, where it is found before the method of the class. An
    object that has none, such as a named tuple, is left alone.

    Args:
        owner: the object.
        method: the name of the method.
        look: called with the method and the arguments; what it returns is what the call gives.
    """

    def __init__(self, owner: Any, method: str, look: Callable[..., Any]) -> None:
        self.method = method
        self.attributes: dict[str, Any] = getattr(owner, "__dict__", {})
        self.own = self.attributes.get(method)
        original = getattr(owner, method, None)
        self.watching = callable(original) and hasattr(owner, "__dict__")

        def seen(called_on: Any, *args: Any, **kwargs: Any) -> Any:
            if called_on is not owner:  # a copy that was made meanwhile
                return self.of_copy(called_on, owner)(*args, **kwargs)
            if self.watching:
                return look(original, *args, **kwargs)
            return original(*args, **kwargs)  # type: ignore[misc]  # someone kept it

        if self.watching:
            seen.__name__ = method  # under which pickle finds the method of the class
            self.seen = MethodType(seen, owner)  # a method: schedulers of torch ask for that
            self.attributes[method] = self.seen

    def of_copy(self, called_on: Any, owner: Any) -> Any:
        """Return the method as it is on a copy of the object."""
        if self.own is None:
            return getattr(type(called_on), self.method).__get__(called_on)
        if isinstance(self.own, MethodType) and self.own.__self__ is owner:  # seen twice
            return MethodType(self.own.__func__, called_on)
        return self.own

    def stop(self) -> None:
        """Put the object back as it was."""
        if self.watching and self.attributes.get(self.method) is self.seen:
            del self.attributes[self.method]
            if self.own is not None:
                self.attributes[self.method] = self.own
        self.watching = False


@contextmanager
def calls(owner: Any, method: str, look: Callable[..., Any]) -> Iterator[Calls]:
    """Watch the calls of a method within a `with` block, at most."""
    watched = Calls(owner, method, look)
    try:
        yield watched
    finally:
        watched.stop()
