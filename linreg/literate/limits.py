"""What a session may use, what a block of it may give, and what is loaded before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Limits:
    """Each is an option of the extension, and errors name it by that.

    A session may take so many ``seconds`` and so much ``memory`` (in bytes, on Linux; None for
    any), and works on copies of the files of a ``folder``, if there is one. A block may give so
    many ``characters`` of text and HTML and so many ``figures``, each of a ``figure_size`` at most
    (in characters on the page); what moves may show that much at each of so many ``combinations``.
    The words of figures are set in the first of these ``fonts`` that has the letter, or in
    matplotlib's own.
    """

    seconds: float = 60.0
    memory: int | None = None
    folder: Path | None = None
    characters: int = 1_000_000
    combinations: int = 100
    figures: int = 100
    figure_size: int = 2_000_000
    fonts: tuple[Path, ...] = ()


class Ahead(NamedTuple):
    """What the process that others are forked from loads, so that none of them need to.

    Attributes:
        modules: names of what stays imported.
        packages: names of what each session imports anew; the compiled code of it stays.
        fonts: files, for figures.
    """

    modules: Sequence[str] = ()
    packages: Sequence[str] = ()
    fonts: Sequence[str] = ()
