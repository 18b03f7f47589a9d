"""What the writer's server does beyond MkDocs' own."""

from __future__ import annotations

from pathlib import Path

import pytest
import serving  # docs/serving.py
from mkdocs.commands import serve
from mkdocs.utils.yaml import yaml_load

ROOT = Path(__file__).resolve().parent.parent


def test_a_save_is_looked_for_five_times_a_second_and_built_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(serve, "LiveReloadServer", serve.LiveReloadServer)  # put back afterwards
    serving.on_startup(command="serve", dirty=False)
    server = serve.LiveReloadServer(lambda: None, host="127.0.0.1", port=0, root=str(tmp_path))
    assert server.build_delay > 0.02  # seconds
    serving.on_serve(server)
    server.server_close()
    assert server.observer.timeout == 0.2
    assert server.build_delay == 0.02


def test_the_site_is_served_with_it() -> None:
    with (ROOT / "mkdocs.yml").open(encoding="utf-8") as file:
        assert "docs/serving.py" in yaml_load(file)["hooks"]
