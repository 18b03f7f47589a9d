"""Takes the README's pictures from the built site: `make build`, then `python docs/picture.py`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {"en": "picture.png", "zh": "picture.zh.png"}


def main(site: Path) -> None:
    """Photograph the same part of the same chapter in both languages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1280, "height": 1150})
        for language, picture in PICTURES.items():
            page.goto((site / language / "gradients" / "index.html").as_uri())
            page.evaluate("document.querySelector('#stable-lr').scrollIntoView(); scrollBy(0, 300)")
            page.screenshot(path=ROOT / "docs" / picture)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site"))
