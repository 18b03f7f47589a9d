"""What a block gives, as it travels from the worker to the page and to the cache."""

from __future__ import annotations

from typing import Literal, TypedDict


class Output(TypedDict):
    """One output: printed text, the text or HTML of a value, or the SVG of a figure."""

    kind: Literal["text", "html", "svg"]
    stream: Literal["stdout", "stderr", "value"]
    data: str
