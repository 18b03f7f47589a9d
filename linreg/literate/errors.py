"""The one exception by which the engine reports that a page cannot be made."""

from __future__ import annotations


class LiterateError(Exception):
    """A page that cannot be made: its text names the file, the line and what to mend."""


def for_host(error: LiterateError) -> LiterateError:
    """Give MkDocs one of its own errors: it prints those without a traceback."""
    try:
        from mkdocs.exceptions import PluginError
    except ImportError:
        return error

    class HostError(LiterateError, PluginError):
        pass

    return HostError(str(error))
