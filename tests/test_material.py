"""What docs/theme/partials/early.html and the search rely on in the script of Material 9."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path

import material
import pytest

THEME = Path(material.__file__).parent / "templates"
EARLY = Path(__file__).resolve().parents[1] / "docs" / "theme" / "partials" / "early.html"


@pytest.fixture(scope="module")
def script() -> str:
    (bundle,) = (THEME / "assets" / "javascripts").glob("bundle.*.min.js")
    return bundle.read_text(encoding="utf-8")


def test_the_theme_is_material_9() -> None:
    """Of another version nothing is known: the pages then do without (book/finish/material.py)."""
    assert version("mkdocs-material").startswith("9.")
    assert "mkdocs-material-9." in (THEME / "base.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "called",
    [
        'document.documentElement.classList.add("js")',
        'document.documentElement.classList.add("js-focus-visible")',
        r'(\w+)=\w+\("meta",{name:"color-scheme"}\);document\.head\.appendChild\(\1\)',
        'document.body.setAttribute("data-md-color-switching","")',
        r"document\.body\.setAttribute\(`data-md-color-\$\{\w+\}`,\w+\)",
    ],
)
def test_the_script_does_late_what_the_page_does_before(script: str, called: str) -> None:
    assert called in script or re.search(called, script)


def test_the_page_names_what_it_does_before() -> None:
    early = EARLY.read_text(encoding="utf-8")
    for name in ("js js-focus-visible", "color-scheme", "data-md-color-switching"):
        assert f'"{name}"' in early
    assert early.index("<!--book:material9") < early.index("js-focus-visible")


def test_the_search_asks_the_worker_that_the_settings_name(script: str) -> None:
    base = (THEME / "base.html").read_text(encoding="utf-8")
    assert re.search(r'"search": "assets/javascripts/workers/search\.\w+\.min\.js" \| url', base)
    assert "new Worker(" in script
