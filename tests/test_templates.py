"""The theme's templates are found as MkDocs finds them."""

from __future__ import annotations

from pathlib import Path

import templates  # docs/templates.py
from jinja2 import FileSystemLoader
from mkdocs.theme import Theme

ROOT = Path(__file__).resolve().parent.parent


def test_all_files_of_the_theme_are_listed_but_the_hidden_ones() -> None:
    theme = Theme("material", custom_dir=str(ROOT / "docs" / "theme"))
    every = FileSystemLoader(theme.dirs).list_templates()
    shown = [name for name in every if not any(p.startswith(".") for p in name.split("/"))]
    assert templates.Loader(theme.dirs).list_templates() == shown
    assert len(every) > 50 * len(shown)  # what is not looked through


def test_the_icons_are_found_by_their_names(tmp_path: Path) -> None:
    made = templates.environment(Theme("material"), tmp_path / "cache")
    assert made.get_template(".icons/material/brightness-4.svg").render().startswith("<svg")
    assert list((tmp_path / "cache").iterdir())  # it is kept compiled
