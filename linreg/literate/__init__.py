"""Runs the Python of a Markdown page while the page is made, and shows what it gives.

A Python-Markdown extension, for MkDocs, Zensical or alone::

    import markdown

    text = '''
    ```python
    print("<b>", 6 * 7)
    ```
    '''
    markdown.markdown(text, extensions=["linreg.literate", "pymdownx.superfences"])

gives the block as always and, after it,

    <div class="literate-output">
    <pre class="literate-text literate-stdout">&lt;b&gt; 42</pre>
    </div>

What is run, and how, is the contract of :mod:`linreg.literate.fences` (which fences run, in which
sessions), :mod:`linreg.literate.shell` (what a block may do, what of it is shown) and
:mod:`linreg.literate.worker` (the process of a session).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linreg.literate.copies import Copies
from linreg.literate.errors import LiterateError
from linreg.literate.extension import LiterateExtension

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Copies", "LiterateError", "LiterateExtension", "makeExtension", "prepare", "run_pages"]


def makeExtension(**kwargs: Any) -> LiterateExtension:  # noqa: N802  # Python-Markdown's name
    """Make the extension, as Python-Markdown asks for it by name."""
    return LiterateExtension(**kwargs)


def prepare(**options: Any) -> None:
    """Begin to load what the blocks need, such as torch, for a page that is to be made soon.

    Args:
        **options: those of the extension.

    Raises:
        LiterateError: for an option that is wrong, or if there is no place for a socket.
    """
    LiterateExtension(**options).prepare()


def run_pages(paths: Iterable[Path], copies: Copies | None = None, **options: Any) -> None:
    """Run the blocks of several pages side by side, so that each finds its outputs in the cache.

    A site generator converts one page after another; called before it, this uses every core.
    Where `LITERATE_EXECUTE` is `0` nothing is run.

    Args:
        paths: Markdown files, and notebooks.
        copies: those of sessions, which a server keeps from one call to the next: a changed block
            then runs on from the one before.
        **options: those of the extension.

    Raises:
        LiterateError: with the error of every page, each with file and line.
    """
    LiterateExtension(**options).run_pages(paths, copies)
