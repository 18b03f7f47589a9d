"""The hooks are found wherever MkDocs is called, and leave to it what is its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import mkdocs.plugins
import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.theme import Theme

from book import sources
from book.hosts.mkdocs import hooks

ROOT = Path(__file__).resolve().parent.parent


def test_they_are_found_from_any_folder(tmp_path: Path) -> None:
    code = (
        "import runpy, sys\n"
        f"found = runpy.run_path({str(ROOT / 'docs' / 'hooks.py')!r})\n"
        "print(sorted(name for name in found if name.startswith('on_')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(sorted(hooks.__all__))


def test_each_is_an_event_of_mkdocs() -> None:
    assert {name.removeprefix("on_") for name in hooks.__all__} <= set(mkdocs.plugins.EVENTS)
    assert all(callable(getattr(hooks, name)) for name in hooks.__all__)


def test_templates_stay_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "CACHE", tmp_path)
    env = Theme("material").get_env()
    hooks.on_env(env, MkDocsConfig(), Files([]))
    assert env.get_template(".icons/material/brightness-4.svg").render().startswith("<svg")
    assert len(list((tmp_path / "templates").iterdir())) == 1


def test_no_python_but_the_hooks_stands_among_what_is_read() -> None:
    found = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.py")]
    assert found == ["docs/hooks.py"]


def test_what_finishes_the_pages_imports_no_site_generator() -> None:
    code = (
        "import sys, pkgutil, importlib, book.finish\n"
        "for module in pkgutil.iter_modules(book.finish.__path__):\n"
        "    importlib.import_module('book.finish.' + module.name)\n"
        "names = ('mkdocs', 'properdocs', 'zensical', 'material', 'mkdocs_jupyter')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
