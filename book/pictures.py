"""Takes the README's pictures from the built site: `make build`, then `python -m book pictures`."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from book.sources import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = {"en": "picture.png", "zh": "picture.zh.png"}


def take(site: Path) -> None:
    """Photograph the same part of the same chapter in both languages.

    Args:
        site: the folder of the site.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("chromium-headless-shell"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1150})
        for language, picture in PICTURES.items():
            page.goto((site / language / "gradients" / "index.html").as_uri())
            page.evaluate("document.querySelector('#stable-lr').scrollIntoView(); scrollBy(0, 300)")
            page.screenshot(path=ROOT / "docs" / picture)
        browser.close()
