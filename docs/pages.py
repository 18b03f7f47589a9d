"""What every page needs beyond MkDocs, in both languages and on the front page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig


def on_post_build(config: MkDocsConfig) -> None:
    """Remove the compressed site map: it holds the time of the build, and nothing asks for it."""
    Path(config.site_dir, "sitemap.xml.gz").unlink(missing_ok=True)
