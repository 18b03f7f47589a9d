"""A block that runs only for those below it: what it shows is known already."""

from __future__ import annotations


class Quiet(str):
    """The code of a block whose outputs nobody asks for.

    A figure in it that moves is drawn only as it begins. For the blocks below that is the same: the
    calls for other values leave nothing behind, unless the function changes something outside.
    """

    __slots__ = ()
