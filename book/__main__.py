"""Builds and checks the book: `python -m book build`, `python -m book check outputs`, …"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from book import build, sources


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m book", description=(__doc__ or ""))
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("build", help="build the site, every warning an error")
    one.add_argument("--host", choices=build.HOSTS, default="mkdocs", help="what renders the pages")
    one.add_argument("--site-dir", type=Path, default=sources.ROOT / "site", metavar="FOLDER")

    checks = commands.add_parser("check", help="hold the sources against one another")
    kinds = checks.add_subparsers(dest="check", required=True)
    translation = kinds.add_parser("translation", help="the two languages say the same")
    translation.add_argument("--accept", nargs="+", metavar="CHAPTER", default=[])
    outputs = kinds.add_parser("outputs", help="the pages print what was accepted")
    outputs.add_argument("pages", nargs="*", type=Path, help="the pages to look at; none: all")
    outputs.add_argument("--accept", action="store_true", help="take the new outputs")
    outputs.add_argument("--cpus", action="store_true", help="also as on lesser processors")
    numbers = kinds.add_parser("numbers", help="the text says the numbers of the chapters")
    numbers.add_argument("--accept", action="store_true", help="put them right")

    commands.add_parser("pictures", help="take the README's pictures from the built site")

    given = parser.parse_args(arguments)
    return _run(given)


def _run(given: argparse.Namespace) -> int:
    # Each needs other packages, and outputs loads torch.
    if given.command == "build":
        return build.build(given.host, given.site_dir)
    if given.command == "pictures":
        from book import pictures

        pictures.take(sources.ROOT / "site")
        return 0
    if given.check == "translation":
        from book.checks import translation

        return translation.check(given.accept)
    if given.check == "outputs":
        from book.checks import outputs

        return outputs.check(given.pages, given.accept, given.cpus)
    from book.checks import numbers

    return numbers.check(given.accept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
