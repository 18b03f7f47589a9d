"""A block that runs only for those below it: what it gives is known already."""

from __future__ import annotations


class Quiet(str):
    """The code of a block of which nobody asks what it gives.

    A figure of it that moves is drawn as it begins alone. What the block does is the same: the
    calls for other values leave nothing behind, if the function changes nothing outside itself.
    """

    __slots__ = ()
