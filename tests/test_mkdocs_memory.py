"""What pages became is kept, and given in the next build to those that have not changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from book.hosts.mkdocs.memory import RENDERED, Memory, Template

TEXTS = {
    "a.md": "# A\n\nSee [b](b.md#part).\n\n## Words { #words }\n",
    "b.md": "# B\n\n## Part { #part }\n",
}


@pytest.fixture
def config(tmp_path: Path) -> MkDocsConfig:
    (tmp_path / "docs").mkdir()
    made = MkDocsConfig()
    made.load_dict({"site_name": "x", "docs_dir": str(tmp_path / "docs"), "plugins": []})
    made.load_dict({"markdown_extensions": ["attr_list"], "site_dir": str(tmp_path / "site")})
    errors, _ = made.validate()
    assert errors == []
    return made


def file(config: MkDocsConfig, name: str, text: str) -> File:
    Path(config.docs_dir, name).write_text(text)
    return File(name, config.docs_dir, config.site_dir, use_directory_urls=True)


def build(memory: Memory, config: MkDocsConfig, texts: dict[str, str], shared: str = "") -> Any:
    """Render pages as MkDocs does; the pages, and the names of those that were made anew."""
    memory.use(shared)
    files = Files([file(config, name, text) for name, text in texts.items()])
    pages = [Page(None, file, config) for file in files]
    made = []
    for page in pages:
        page.read_source(config)
        render = page.render

        def noticed(*given: Any, page: Page = page, render: Any = render) -> None:
            made.append(page.file.src_uri)
            render(*given)

        page.render = noticed
        memory.wrap(page)
    for page in pages:
        page.render(config, files)
    for page in pages:
        memory.keep(page)
    return pages, made


def state(page: Page) -> dict[str, Any]:
    """All that a page has, as far as it can be compared."""
    links = {file.src_uri: links for file, links in (page.links_to_anchors or {}).items()}
    apart = {"links_to_anchors": links, "toc": [repr(item) for item in page.toc]}
    left_out = {"file", "render", "update_date", "parent"}
    return {name: value for name, value in vars(page).items() if name not in left_out} | apart


def test_only_what_has_changed_is_made_again(config: MkDocsConfig) -> None:
    memory = Memory()
    assert build(memory, config, TEXTS)[1] == ["a.md", "b.md"]
    assert build(memory, config, TEXTS)[1] == []
    assert build(memory, config, {**TEXTS, "b.md": "# B\n\nNew.\n"})[1] == ["b.md"]
    assert build(memory, config, {**TEXTS, "b.md": "# B\n\nNew.\n"}, shared="other")[1] == [
        "a.md",
        "b.md",
    ]


def test_only_what_a_build_that_went_wrong_has_made_is_made_again(config: MkDocsConfig) -> None:
    memory = Memory()
    build(memory, config, TEXTS)
    memory.forget()
    assert build(memory, config, TEXTS)[1] == ["a.md", "b.md"]
    wrong = {**TEXTS, "b.md": "# B\n\nSee [c](c.md).\n"}
    for _ in range(2):
        assert build(memory, config, wrong)[1] == ["b.md"]
        memory.forget()
    assert build(memory, config, TEXTS)[1] == ["b.md"]
    assert build(memory, config, TEXTS)[1] == []


def test_a_page_that_is_kept_has_all_that_rendering_gives(config: MkDocsConfig) -> None:
    """It says so if MkDocs comes to give a page more than it did."""
    memory = Memory()
    fresh, _ = build(memory, config, TEXTS)
    kept, made = build(memory, config, TEXTS)
    assert made == []
    assert [state(page) for page in kept] == [state(page) for page in fresh]
    assert all(vars(page)[name] for page in fresh for name in ("content", "present_anchor_ids"))
    assert set(RENDERED) <= set(vars(fresh[0]))


def test_a_link_from_a_page_that_is_kept_is_checked_again(
    config: MkDocsConfig, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory()
    build(memory, config, TEXTS)
    pages, made = build(memory, config, {**TEXTS, "b.md": "# B\n\nThe part is gone.\n"})
    assert made == ["b.md"]
    files = Files([page.file for page in pages])
    pages[0].validate_anchor_links(files=files, log_level=30)
    assert "does not contain an anchor '#part'" in caplog.text


def test_the_whole_of_a_page_is_made_again_when_it_or_the_navigation_has_changed(
    config: MkDocsConfig,
) -> None:
    memory, made = Memory(), []

    def wholes(texts: dict[str, str], nav: str) -> list[str]:
        """As the theme makes them, of those that are not kept; the names of these."""
        made.clear()
        pages, _ = build(memory, config, texts)
        for page in pages:
            if memory.whole(page, nav) is None:
                made.append(page.file.src_uri)
                memory.keep_whole(page, nav, f"{nav}: {page.content}")
            assert memory.whole(page, nav) == f"{nav}: {page.content}"
        return list(made)

    assert wholes(TEXTS, "A, B") == ["a.md", "b.md"]
    assert wholes(TEXTS, "A, B") == []
    assert wholes({**TEXTS, "b.md": "# B\n\nNew.\n"}, "A, B") == ["b.md"]
    assert wholes({**TEXTS, "b.md": "# C\n\nNew.\n"}, "A, C") == ["a.md", "b.md"]
    assert wholes({**TEXTS, "b.md": "# C\n\nOther.\n"}, "A, C") == ["b.md"]
    memory.forget()
    assert wholes({**TEXTS, "b.md": "# C\n\nOther.\n"}, "A, C") == ["b.md"]


def test_a_template_gives_what_it_gave_for_a_page_that_is_kept(
    config: MkDocsConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Memory()
    monkeypatch.setattr("book.hosts.mkdocs.memory.memory", kept)
    env = jinja2.Environment(autoescape=False)
    env.template_class = Template
    template = env.from_string("{{ nav }}: {{ page.content if page else 'no page' }}")
    pages, _ = build(kept, config, TEXTS)
    first = [template.render({"page": page, "nav": "nav"}) for page in pages]
    assert first == [f"nav: {page.content}" for page in pages]
    pages, _ = build(kept, config, TEXTS)
    for page in pages:
        page.content = ""
    assert [template.render({"page": page, "nav": "nav"}) for page in pages] == first
    assert template.render({"page": None, "nav": "nav"}) == "nav: no page"
    assert template.render(nav="other", page=pages[0]) == "other: "


def test_a_build_that_is_not_one_of_several_keeps_nothing(config: MkDocsConfig) -> None:
    memory = Memory()
    page = Page(None, file(config, "a.md", "# A"), config)
    memory.wrap(page)
    assert "render" not in vars(page)
    memory.keep_whole(page, "nav", "<p>A")
    assert memory.whole(page, "nav") is None
