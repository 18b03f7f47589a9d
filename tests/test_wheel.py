"""The wheel that the site offers: its version, and what it knows of the site."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from book.finish import wheel

SITE = "https://example.org/book/"


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project like this one, with a package that takes no time to build."""
    folder = tmp_path / "project"
    (folder / "linreg").mkdir(parents=True)
    for name in wheel.FILES:
        shutil.copy(wheel.ROOT / name, folder)
    (folder / "linreg" / "__init__.py").write_text("WORD = 'first'\n")
    monkeypatch.setattr(wheel, "ROOT", folder)
    return folder


def change(sources: Path) -> None:
    (sources / "linreg" / "__init__.py").write_text("WORD = 'second'\n")


def test_its_name_is_that_of_a_wheel_of_this_version(sources: Path) -> None:
    name, found, *_ = parse_wheel_filename(wheel.wheel_name(SITE))
    assert name == "linreg"
    assert Version(found.base_version) == Version(version("linreg"))
    assert found > Version(found.base_version)
    assert str(found) in wheel.wheel_name(SITE)  # as it is normalized


def test_a_digest_of_digits_alone_is_kept_whole() -> None:
    assert str(Version("0.1.0+c000123456789")) == "0.1.0+c000123456789"


@pytest.mark.parametrize("file", ["linreg/__init__.py", "README.md", "LICENSE", "pyproject.toml"])
def test_its_version_changes_with_its_content(sources: Path, file: str) -> None:
    before = wheel.wheel_name(SITE)
    with (sources / file).open("a") as opened:
        opened.write("\n")
    assert wheel.wheel_name(SITE) != before


def test_its_version_changes_with_a_file_that_is_renamed(sources: Path) -> None:
    before = wheel.wheel_name(SITE)
    (sources / "linreg" / "__init__.py").rename(sources / "linreg" / "other.py")
    assert wheel.wheel_name(SITE) != before


def test_it_holds_the_package_without_the_engine() -> None:
    names = {path.relative_to(wheel.ROOT).as_posix() for path in wheel.sources()}
    assert {"linreg/__init__.py", "linreg/__init__.pyi", "linreg/py.typed"} <= names
    assert "linreg/check/report.py" in names
    assert not [name for name in names if "literate" in name or "__pycache__" in name]


def test_nothing_in_it_needs_the_engine() -> None:
    texts = [path.read_text(encoding="utf-8") for path in wheel.sources()]
    assert not [
        text for text in texts if re.search(r"^\s*(from|import) linreg\.literate", text, re.M)
    ]


def test_its_version_stays_while_the_content_does(sources: Path) -> None:
    before = wheel.wheel_name(SITE)
    (sources / "linreg" / "__pycache__").mkdir()
    (sources / "linreg" / "__pycache__" / "__init__.cpython-311.pyc").touch()
    (sources / "linreg" / "__init__.py").touch()
    assert wheel.wheel_name(SITE) == before


def test_another_site_has_another_wheel(sources: Path) -> None:
    assert wheel.wheel_name(SITE) != wheel.wheel_name("https://example.cn/")


def test_what_is_kept_is_not_built_again(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel.write_wheel(tmp_path, SITE, tmp_path / "cache")
    monkeypatch.delattr(wheel, "_build")
    wheel.write_wheel(tmp_path, SITE, tmp_path / "cache")


def test_installing_it_again_updates_what_a_reader_has(sources: Path, tmp_path: Path) -> None:
    """pip passes over a wheel of the version that is there, so the version has to be another."""
    venv.create(tmp_path / "reader", with_pip=False)
    python = tmp_path / "reader" / "bin" / "python"
    said = []
    for _ in range(2):
        wheel.write_wheel(tmp_path, SITE, tmp_path / "cache")
        made = tmp_path / wheel.wheel_name(SITE)
        install = ["--python", python, "install", "--no-deps", "--no-index", "--quiet", made]
        subprocess.run([sys.executable, "-m", "pip", *install], check=True)
        code = (
            "import linreg; from importlib.metadata import metadata, version;"
            "print(linreg.WORD, version('linreg'), metadata('linreg').get_all('Project-URL'))"
        )
        done = subprocess.run(
            [python, "-I", "-c", code], capture_output=True, text=True, check=True
        )
        said.append(done.stdout.split(" ", 2))
        change(sources)
    assert [word for word, *_ in said] == ["first", "second"]
    assert said[0][1] != said[1][1]
    assert all(f"'Documentation, {SITE}'" in urls for *_, urls in said)


def test_its_checks_lead_to_the_site_that_offers_it(tmp_path: Path) -> None:
    wheel.write_wheel(tmp_path, SITE, tmp_path / "cache")
    made = tmp_path / wheel.wheel_name(SITE)
    there = ["--no-deps", "--no-index", "--quiet", "--target", tmp_path / "there", made]
    subprocess.run([sys.executable, "-m", "pip", "install", *there], check=True)
    code = (
        "from linreg import check\n"
        "try:\n    check.linreg(lambda X, w, b: X @ w, lang='zh')\n"
        "except check.CheckFailed as failure:\n    print(failure.url)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "there")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(f"{SITE}zh/")


def test_the_archive_of_the_sources_has_what_it_promises(tmp_path: Path) -> None:
    """What is in it can be built and installed; the tests need the book, and stay with it."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=wheel.ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, tracked.stdout.split("\0")):
        goal = tmp_path / "copy" / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(wheel.ROOT / name, goal)
    build = "import sys; from setuptools import build_meta as b; print(b.build_sdist(sys.argv[1]))"
    command = [sys.executable, "-c", build, tmp_path]
    subprocess.run(command, cwd=tmp_path / "copy", capture_output=True, check=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"linreg/__init__.pyi", "linreg/literate/fences.py", "LICENSE", "CHANGELOG.md"} <= names
    assert not [name for name in names if name.startswith(("tests", "docs", "benchmarks"))]


def test_the_version_stands_once_in_the_project() -> None:
    text = (wheel.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert len(re.findall(r'^version = ".+"$', text, re.MULTILINE)) == 1
    assert len(re.findall(r'^Documentation = ".+"$', text, re.MULTILINE)) == 1
