"""Scripts made small, and fewer of them, say what they said."""

from __future__ import annotations

from pathlib import Path

import pytest

from book import sources
from book.finish import scripts
from linreg.literate import controls


@pytest.mark.parametrize("name", sources.scripts())
def test_a_script_is_smaller(name: str) -> None:
    text = (sources.DOCS / "theme" / name).read_text(encoding="utf-8")
    assert len(scripts.small(text)) < 0.9 * len(text)


def test_what_stands_in_strings_stays() -> None:
    text = "const a = `x  ${ b } // no  comment`; // one\nconst c = '/* no */  ', d = /[/*]  /;\n"
    small = scripts.small(text)
    assert "`x  ${ b } // no  comment`" in small
    assert "'/* no */  '" in small
    assert "/[/*]  /" in small
    assert "one" not in small


def test_the_engines_script_stays_what_it_is() -> None:
    assert "update" in scripts.small(controls.script())


def test_some_are_joined(tmp_path: Path) -> None:
    ((name, parts),) = scripts.JOINED.items()
    (tmp_path / "assets").mkdir()
    for number, one in enumerate((name, *parts)):
        (tmp_path / one).write_text(f"let a{number} = {number};\n")
    scripts.join(tmp_path, [*parts, name])
    assert (tmp_path / name).read_text() == "let a0=0;\nlet a1=1;\nlet a2=2;"
    assert [one.name for one in (tmp_path / "assets").iterdir()] == ["site.js"]


def test_ours_become_small_and_no_other_script(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    for name in ("a", "theirs"):
        (tmp_path / "assets" / f"{name}.js").write_text("// note\nlet a = 1;\n")
    scripts.join(tmp_path, ["assets/a.js", "assets/unused.js"])
    assert (tmp_path / "assets" / "a.js").read_text() == "let a=1;"
    assert (tmp_path / "assets" / "theirs.js").read_text() == "// note\nlet a = 1;\n"
    assert not (tmp_path / "assets" / "unused.js").exists()
