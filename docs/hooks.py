"""What MkDocs calls is in book/hosts/mkdocs, which is found wherever the command is typed."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from book.hosts.mkdocs.hooks import *  # noqa: F403
