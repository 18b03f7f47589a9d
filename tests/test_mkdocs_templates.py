"""The theme's templates are found as MkDocs finds them, from an environment like its own."""

from __future__ import annotations

from pathlib import Path

from jinja2 import FileSystemLoader
from mkdocs.theme import Theme

from book.hosts.mkdocs import templates

ROOT = Path(__file__).resolve().parent.parent


def test_all_files_of_the_theme_are_listed_but_the_hidden_ones() -> None:
    theme = Theme("material", custom_dir=str(ROOT / "docs" / "theme"))
    every = FileSystemLoader(theme.dirs).list_templates()
    shown = [name for name in every if not any(p.startswith(".") for p in name.split("/"))]
    assert templates.Loader(theme.dirs).list_templates() == shown
    assert len(every) > 50 * len(shown)  # what is not looked through


def test_the_environment_is_mkdocs_own_but_for_its_loader_and_its_cache(tmp_path: Path) -> None:
    plain, theme = Theme("material").get_env(), Theme("material")
    templates.use(theme, tmp_path / "cache")
    made = theme.get_env()
    assert isinstance(plain.loader, FileSystemLoader)
    assert plain.loader.searchpath == made.loader.searchpath == theme.dirs
    assert plain.bytecode_cache is None
    for name in ("filters", "globals", "autoescape", "trim_blocks", "undefined"):
        ours, theirs = getattr(made, name), getattr(plain, name)
        assert (set(ours) == set(theirs)) if isinstance(ours, dict) else ours == theirs, name


def test_the_icons_are_found_by_their_names(tmp_path: Path) -> None:
    theme = Theme("material")
    templates.use(theme, tmp_path / "cache")
    made = theme.get_env()
    assert made.get_template(".icons/material/brightness-4.svg").render().startswith("<svg")
    assert list((tmp_path / "cache").iterdir())  # it is kept compiled
