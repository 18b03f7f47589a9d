"""The engine's manual, a page of the site: what it says is what happens, in both languages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import markdown
import pytest
import yaml

from linreg.literate import LiterateError, LiterateExtension, controls, figures, formulas, render

DOCS = Path(__file__).resolve().parents[2] / "docs"
FENCE = re.compile(
    r"^(?P<ticks>`{3,})(?P<info>\w+)\n(?P<text>.*?)^(?P=ticks)$", re.DOTALL | re.MULTILINE
)
EXTENSIONS = ["pymdownx.superfences", "linreg.literate"]


@pytest.fixture(params=["en", "zh"])
def sections(request: pytest.FixtureRequest) -> dict[str, str]:
    """The text below each heading, by the heading's id."""
    page = (DOCS / request.param / "literate.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## .* \{ #([\w-]+) \}$", page, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def fences(text: str, *infos: str) -> list[str]:
    """What stands in the fences of a section."""
    return [fence["text"] for fence in FENCE.finditer(text) if fence["info"] in infos]


def named(text: str) -> set[str]:
    """What the tables of a section are about: the code in the first cell of each row."""
    cells = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_the_source_that_is_shown_is_that_of_the_block_below_it(sections: dict[str, str]) -> None:
    (source,) = fences(sections["example"], "markdown")
    assert sections["example"].count(source) == 2
    options = {"cache": "", "fonts": ["pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf"]}
    html = markdown.markdown(
        source, extensions=EXTENSIONS, extension_configs={"linreg.literate": options}
    )
    kinds = re.findall(r"literate-(?:stdout|value|figure)|<figcaption>|aria-label", html)
    assert kinds == [
        "literate-stdout", "literate-value", "literate-figure", "aria-label", "<figcaption>",
    ]  # fmt: skip


def test_each_page_with_an_error_gives_its_message(sections: dict[str, str]) -> None:
    examples = fences(sections["errors"], "markdown", "text")
    pages, messages = examples[::2], examples[1::2]
    assert len(pages) == len(messages) == 6
    for page, message in zip(pages, messages, strict=True):
        with pytest.raises(LiterateError) as error:
            markdown.markdown(
                page,
                extensions=EXTENSIONS,
                extension_configs={"linreg.literate": {"cache": "", "file": "docs/fruit.md"}},
            )
        assert str(error.value).strip() == message.strip()


def test_the_options_are_all_there_with_their_defaults(sections: dict[str, str]) -> None:
    assert yaml.safe_load("\n".join(named(sections["options"]))) == LiterateExtension().getConfigs()


def test_alone_it_gives_what_the_manual_says(
    sections: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    alone = fences(sections["configure"], "py")[1]
    (end,) = fences(sections["configure"], "html")
    names: dict[str, str] = {}
    exec(alone, names)
    assert names["html"].endswith(end.rstrip())


def test_the_settings_and_the_hook_make_a_site(sections: dict[str, str], tmp_path: Path) -> None:
    (settings,) = fences(sections["configure"], "yaml")
    hook = fences(sections["configure"], "py")[0]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(
        "# Fruit\n\n!!! note\n    ```python\n    import fruit\n\n    fruit.weigh()\n    ```\n"
    )
    (tmp_path / "fruit.py").write_text("def weigh():\n    return 333\n")
    (tmp_path / "hook.py").write_text(hook)
    (tmp_path / "mkdocs.yml").write_text(
        f"site_name: Fruit\ntheme: readthedocs\nhooks: [hook.py]\n{settings}"
    )
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "site" / "index.html").read_text()
    assert '<pre class="literate-text literate-value">333</pre>' in page


def test_its_hook_gives_what_moves_files_of_its_own(
    sections: dict[str, str], tmp_path: Path
) -> None:
    (figure,) = fences(sections["moving"], "python")
    hook, told = fences(sections["moving"], "py")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "kettle.md").write_text(f"# Kettle\n\n```python\n{figure}\n{told}```\n")
    (tmp_path / "docs" / "index.md").write_text("# Start\n")
    (tmp_path / "hook.py").write_text(hook)
    (tmp_path / "mkdocs.yml").write_text(
        "site_name: Kettle\ntheme: readthedocs\nhooks: [hook.py]\n"
        "markdown_extensions:\n  pymdownx.superfences: {}\n  linreg.literate:\n"
        "    fonts: [pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf]\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    page = (tmp_path / "site" / "kettle" / "index.html").read_text()
    *states, script = sorted((tmp_path / "site" / "assets" / "figures").iterdir())
    assert len(states) == 2
    assert all(f'data-src="../assets/figures/{one.name}"' in page for one in states)
    assert '<div class="literate-moving" data-script="kettle">' in page
    assert f'src="../assets/figures/{script.name}"' in page
    assert script.name == controls.SCRIPT


def test_classes_and_variables_are_those_of_the_engine(sections: dict[str, str]) -> None:
    code = "".join(
        Path(module.__file__ or "").read_text() for module in (controls, figures, formulas, render)
    )
    classes = set(re.findall(r'class[^,\n]*?"(literate-[a-z]+|formula[a-z-]*)', code))
    streams = {f"literate-{stream}" for stream in ("stdout", "stderr", "value", "error")}
    streams |= {f"literate-{kind}" for kind in ("markdown", "latex")}
    variables = {
        f"--literate-{name}" for name in ("bg", "muted", "c0", f"c{len(figures._CYCLE) - 1}")
    }
    assert named(sections["styles"]) == classes | streams | variables
