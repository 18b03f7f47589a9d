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
sessions) and :mod:`linreg.literate.worker` (what a block may do, what of it is shown).
"""

from __future__ import annotations

from typing import Any

from linreg.literate.errors import LiterateError
from linreg.literate.extension import LiterateExtension
from linreg.literate.pages import Options, run_pages

__all__ = ["LiterateError", "LiterateExtension", "Options", "makeExtension", "run_pages"]


def makeExtension(**kwargs: Any) -> LiterateExtension:  # noqa: N802  # Python-Markdown's name
    """Make the extension, as Python-Markdown asks for it by name."""
    return LiterateExtension(**kwargs)
