"""What sessions find loaded, with which fonts they draw, and the engine without its site."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from linreg.literate import figures

ENGINE = Path(figures.__file__).parent
NOTO = "pylopdf_fonts_zh_cn/NotoSansSC-Regular.otf"

PAGE = """\
import json, sys
import markdown

text, options = json.load(sys.stdin)
extensions = ["pymdownx.superfences", "{engine}"]
print(markdown.markdown(text, extensions=extensions, extension_configs={{"{engine}": options}}))
"""


def page(*blocks: str, where: Path | None = None, engine: str = "linreg.literate", **options):
    """Convert a page in a process of its own: what is loaded ahead, is loaded once in each."""
    text = "\n".join(f"```python\n{block}\n```\n" for block in blocks)
    done = subprocess.run(
        [sys.executable, "-c", PAGE.format(engine=engine)],
        input=json.dumps([text, {"cache": "", **options}]),
        env={**os.environ, **({"PYTHONPATH": str(where)} if where else {})},
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("loaded", [True, False])
def test_modules_are_loaded_before_a_session_begins(loaded):
    code = (
        "import sys\nprint('tabnanny' in sys.modules, 'LITERATE_AHEAD' in __import__('os').environ)"
    )
    html = page(code, preload=["tabnanny", "tabnanny.no_such"] if loaded else [])
    assert f"{loaded} False" in html


def test_a_package_that_counts_is_not_loaded_though_it_is_asked_for(tmp_path):
    (tmp_path / "counted").mkdir()
    (tmp_path / "counted" / "__init__.py").touch()
    code = "import sys\nprint('counted' in sys.modules)"
    assert "False" in page(code, where=tmp_path, packages=["counted"], preload=["counted"])


@pytest.mark.parametrize("fonts", [[], [NOTO]])
def test_figures_have_the_fonts_of_the_site_and_of_nothing_else(fonts):
    code = "import matplotlib as mpl\nprint(mpl.rcParams['font.family'])"
    names = ["Noto Sans SC", "DejaVu Sans"] if fonts else ["DejaVu Sans"]
    assert str(names) in page(code, fonts=fonts)


def test_a_module_that_cannot_be_loaded_ahead_is_the_error_of_who_imports_it(tmp_path):
    (tmp_path / "broken.py").write_text("raise RuntimeError('not today')")
    code = "try:\n    import broken\nexcept RuntimeError as error:\n    print(error)"
    assert "not today" in page(code, where=tmp_path, preload=["broken"])


def test_a_font_that_is_broken_is_named(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"OTTO and no more")
    with pytest.raises(AssertionError, match=r"the font \S*broken\.ttf cannot be read"):
        page("1", where=tmp_path, fonts=["broken.ttf"])


def test_a_font_may_be_a_file_of_the_site(tmp_path):
    shutil.copy(figures.font_file(NOTO), tmp_path / "mine.otf")
    html = page(
        "import matplotlib.pyplot as plt\nplt.title('字');", where=tmp_path, fonts=["mine.otf"]
    )
    assert "NotoSansSC" in html


@pytest.mark.parametrize("engine", ["linreg.literate", "literate"])
def test_the_engine_is_a_package_of_its_own(tmp_path, engine):
    """Nothing of the package is around it; under another name it shows the same."""
    folder = tmp_path.joinpath(*engine.split("."))
    shutil.copytree(ENGINE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if engine == "literate":
        for file in folder.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("linreg.literate", "literate"), encoding="utf-8")
    else:
        (tmp_path / "linreg" / "__init__.py").touch()
    where = "import sys, linreg\nprint(linreg.__file__)" if "." in engine else "print('alone')"
    figure = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint(6 * 7);"
    html = page(where, figure, where=tmp_path, engine=engine)
    assert (f"{tmp_path / 'linreg'}" if "." in engine else "alone") in html
    assert ">42</pre>" in html
    assert "<svg" in html
