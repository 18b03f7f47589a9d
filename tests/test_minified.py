"""Scripts and style sheets made small say what they said."""

import shutil
import subprocess
from pathlib import Path

import minified
import pytest
import tinycss2

from linreg.literate import controls

THEME = Path(__file__).resolve().parents[1] / "docs" / "theme"
SCRIPTS = sorted(THEME.rglob("*.js"))
STYLES = sorted(THEME.rglob("*.css"))


def tokens(text: str) -> list[object]:
    """What a style sheet says, without comments, and space where it says nothing."""
    kept: list[object] = []

    def read(nodes: list[object]) -> None:
        for node in nodes:
            if node.type == "whitespace" or node == ";":
                continue
            if node.type in ("literal", "ident", "hash", "at-keyword", "string", "url"):
                kept.append((node.type, node.value))
            elif node.type in ("number", "percentage", "dimension"):
                kept.append((node.type, node.value, getattr(node, "unit", "")))
            else:
                kept.append(node.type)
            read(getattr(node, "arguments", None) or getattr(node, "content", None) or [])

    read(tinycss2.parse_component_value_list(text, skip_comments=True))
    return kept


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_a_style_sheet_says_the_same(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    small = minified.styles(text)
    assert tokens(small) == tokens(text)
    assert len(small) < 0.85 * len(text)


def test_a_value_that_is_empty_is_no_mistake_to_older_browsers() -> None:
    assert minified.styles("a { --light: initial; --dark: ; }") == "a{--light:initial;--dark: }"


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_a_script_is_smaller_and_runs(file: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js")
    text = file.read_text(encoding="utf-8")
    small = minified.script(text)
    assert len(small) < 0.9 * len(text)
    result = subprocess.run([node, "--check", "-"], input=small, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_what_stands_in_strings_stays() -> None:
    text = "const a = `x  ${ b } // no  comment`; // one\nconst c = '/* no */  ', d = /[/*]  /;\n"
    small = minified.script(text)
    assert "`x  ${ b } // no  comment`" in small
    assert "'/* no */  '" in small
    assert "/[/*]  /" in small
    assert "one" not in small


def test_the_engines_script_stays_what_it_is() -> None:
    assert "update" in minified.script(controls.script())


def test_some_are_joined(tmp_path: Path) -> None:
    ours, site = tmp_path / "theme", tmp_path / "site"
    ((name, parts),) = minified.JOINED.items()
    for folder in (ours, site):
        (folder / "assets").mkdir(parents=True)
        for number, one in enumerate((name, *parts)):
            (folder / one).write_text(f"let a{number} = {number};\n")
    minified.scripts_in(site, ours)
    assert (site / name).read_text() == "let a0=0;\nlet a1=1;\nlet a2=2;"
    assert [one.name for one in (site / "assets").iterdir()] == ["site.js"]


def test_copies_of_ours_become_small_and_no_other_script(tmp_path: Path) -> None:
    ours, site = tmp_path / "theme", tmp_path / "site"
    for folder in (ours, site):
        (folder / "assets").mkdir(parents=True)
        (folder / "assets" / "a.js").write_text("// a\nlet a = 1;\n")
    (ours / "assets" / "unused.js").write_text("let b;")
    (site / "assets" / "theirs.js").write_text("// theirs\n")
    minified.scripts_in(site, ours)
    assert (site / "assets" / "a.js").read_text() == "let a=1;"
    assert (site / "assets" / "theirs.js").read_text() == "// theirs\n"
    assert not (site / "assets" / "unused.js").exists()
