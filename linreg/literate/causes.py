"""What belongs to an exception beside its own message: causes, contexts, members of a group."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Relation = Literal["cause", "context", "member"]

_MOST = 20  # of all together


def others(error: BaseException) -> list[tuple[int, Relation, BaseException]]:
    """The exceptions that belong to one, each once and no more than 20.

    Returns:
        how deep each lies, from 0 on; what it is to the one that is one less deep and was last;
        and itself.
    """
    seen = {id(error)}
    return [found for found, _ in zip(_below(error, 0, seen), range(_MOST), strict=False)]


def _below(
    error: BaseException, depth: int, seen: set[int]
) -> Iterator[tuple[int, Relation, BaseException]]:
    # Two in turn, for a chain may be as long as it likes: that is a loop, and groups lie within.
    at: BaseException | None = error
    while at is not None:
        for member in _members(at):
            if id(member) not in seen:
                seen.add(id(member))
                yield depth, "member", member
                yield from _below(member, depth + 1, seen)
        relation: Relation = "context" if at.__cause__ is None else "cause"
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)
        if at is None or id(at) in seen:
            return
        seen.add(id(at))
        yield depth, relation, at


def _members(error: BaseException) -> tuple[BaseException, ...]:
    """Those of an exception group, which Python has from version 3.11 on."""
    if sys.version_info >= (3, 11) and isinstance(error, BaseExceptionGroup):
        return error.exceptions
    return ()
