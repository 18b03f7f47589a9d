"""What the writer's server does beyond MkDocs' own: all that it relies on is public there."""

from __future__ import annotations

from pathlib import Path

import pytest
from mkdocs.livereload import LiveReloadServer
from mkdocs.utils.yaml import yaml_load

from book.hosts.mkdocs import serving

ROOT = Path(__file__).resolve().parent.parent


def server(folder: Path, builder: object) -> LiveReloadServer:
    folder.mkdir()
    made = LiveReloadServer(builder, host="127.0.0.1", port=0, root=str(folder))
    made.server_close()
    return made


def test_a_save_is_looked_for_ten_times_a_second_wherever_it_was_before(tmp_path: Path) -> None:
    made = server(tmp_path / "site", lambda: None)
    made.watch(str(tmp_path / "docs"))
    before = made.observer
    assert before.timeout > 0.1  # seconds
    assert made.build_delay > 0.02
    serving.set_up(made, [str(tmp_path / "docs")])
    assert made.observer is not before
    assert made.observer.timeout == 0.1
    assert made.build_delay == 0.02
    assert not before.emitters  # it looks at nothing any more
    assert {emitter.watch.path for emitter in made.observer.emitters} == {str(tmp_path / "docs")}


def test_a_build_that_fails_leaves_the_pages_as_they_were(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = tmp_path / "site"
    texts = iter(["first", "", "third"])

    def build() -> None:
        assert not list(site.iterdir())
        if not (text := next(texts)):
            (site / "other.html").write_text("half")
            raise ValueError("docs/en/loss.md:3: a mistake")
        (site / "index.html").write_text(text)

    made = server(site, build)
    serving.set_up(made, [])
    seen = []
    for _ in range(3):
        made.builder()
        seen.append({file.name: file.read_text() for file in site.iterdir()})
    assert seen == [{"index.html": "first"}, {"index.html": "first"}, {"index.html": "third"}]
    assert [record.getMessage() for record in caplog.records] == [
        "docs/en/loss.md:3: a mistake Until this is mended, the pages stay as they were."
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize("settings", ["mkdocs.yml", "docs/language.yml"])
def test_the_site_and_each_language_are_served_with_it(settings: str) -> None:
    with (ROOT / settings).open(encoding="utf-8") as file:
        hooks = yaml_load(file)["hooks"]
    assert [Path(ROOT / settings).parent / hook for hook in hooks] == [ROOT / "docs" / "hooks.py"]
