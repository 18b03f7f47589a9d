"""Where the book stands that explains a mistake."""

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

USUAL = "https://linreg.github.io/linreg/"


@cache
def address() -> str:
    """Return the address of the site that this package came from, with a slash at its end.

    A site writes it into the wheel that it offers. Where the package is not installed, it is the
    usual one.
    """
    try:
        urls = metadata("linreg").get_all("Project-URL", [])
    except PackageNotFoundError:
        urls = []
    named = dict(url.split(", ", 1) for url in urls)
    return f"{named.get('Documentation', USUAL).rstrip('/')}/"
