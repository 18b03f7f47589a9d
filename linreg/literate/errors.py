"""The one exception by which the engine reports that a page cannot be made."""

from __future__ import annotations


class LiterateError(Exception):
    """A page that cannot be made: its text names the file, the line and what to mend."""
