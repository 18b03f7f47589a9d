"""Data files: where a session finds them, and which runs again when one is edited."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from linreg.literate import LiterateError, files, runner

FENCE = "```python\n{}\n```\n"


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    (folder / "more").mkdir(parents=True)
    (folder / "a.csv").write_text("1,2\n")
    (folder / "b.csv").write_text("3,4\n")
    (folder / "more" / "c.txt").write_text("five\n")
    (folder / ".hidden").write_text("x")
    (folder / "__pycache__").mkdir()
    return folder


@pytest.fixture
def pages(convert, data, tmp_path, monkeypatch):
    """Convert a page in the folder above the data, and count the sessions that were run."""
    monkeypatch.chdir(tmp_path)
    run, ran = runner.run_sessions, []

    def count(sessions, *arguments):
        ran.extend(sessions)
        return run(sessions, *arguments)

    monkeypatch.setattr(runner, "run_sessions", count)

    def page(code):
        before = len(ran)
        html = convert(FENCE.format(code), folder="data", cache="kept")
        return html.partition('literate-output">\n')[2], len(ran) > before

    return page


def test_a_session_finds_the_files_and_works_on_copies(pages, data):
    html, _ = pages(
        "import os\n"
        "print(open('a.csv').read(), open('more/c.txt').read(), sorted(os.listdir()))\n"
        "open('a.csv', 'w').write('changed')\n"
        "open('new.txt', 'w').write('new')\n"
        "os.remove('b.csv')\n"
        "print(open('a.csv').read())"
    )
    assert "1,2\n five\n ['a.csv', 'b.csv', 'more']\nchanged" in html
    assert sorted(path.name for path in data.iterdir()) == [
        *(".hidden", "__pycache__", "a.csv", "b.csv", "more")
    ]
    assert (data / "a.csv").read_text() == "1,2\n"


READS = {
    "by name": "open('a.csv').read()",
    "by a name that is made": "open('a' + '.' + 'csv').read()",
    "all that are there": "import glob\nsorted(open(f).read() for f in glob.glob('*.csv'))",
    "by another process": "import subprocess, sys\n"
    "subprocess.run(['cat', 'a.' + 'csv'], capture_output=True).stdout",
    "past Python": "import ctypes\nlibc = ctypes.CDLL(None)\n"
    "f = libc.open(b'a.' + b'csv', 0)\nb = ctypes.create_string_buffer(9)\n"
    "libc.read(f, b, 9)\nb.value",
    "by its size": "import os\nos.path.getsize('a.csv'), 1",
    "through memory": "import mmap\nf = open('a.' + 'csv', 'rb')\n"
    "mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:]",
    "in a block that moves it": "import os\nos.rename('a.' + 'csv', 'x')\nopen('x').read()",
}


@pytest.mark.parametrize("code", READS.values(), ids=READS)
def test_an_edit_runs_again_what_reads_the_file(pages, data, code):
    before, ran = pages(code)
    assert ran
    assert pages(code) == (before, False)
    (data / "a.csv").write_text("1,2,6\n")
    after, ran = pages(code)
    assert ran
    assert after != before
    assert pages(code) == (after, False)


@pytest.mark.parametrize("code", ["1", "open('b.csv').read()"])
def test_an_edit_runs_nothing_else(pages, data, code):
    before, _ = pages(code)
    (data / "a.csv").write_text("7\n")
    os.utime(data / "b.csv")
    assert pages(code) == (before, False)


@pytest.mark.parametrize("name", ["new.csv", "more/new.csv"])
def test_a_file_that_comes_or_goes_runs_all_again(pages, data, name):
    pages("1")
    (data / name).write_text("7\n")
    assert pages("1")[1]
    (data / name).unlink()
    assert not pages("1")[1]  # what was there before is kept


def test_what_is_hidden_does_not_count(pages, data):
    pages("1")
    (data / ".hidden").write_text("other")
    (data / ".git").mkdir()
    (data / ".git" / "HEAD").write_text("other")
    assert not pages("1")[1]


def test_where_no_access_is_noted_all_files_count(data, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "_keeps_access", lambda _: False)
    copies = files.Copies(data, tmp_path / "here")
    assert copies.read(["1"]) == ["data:a.csv", "data:b.csv", "data:more/c.txt"]


def test_a_page_without_a_folder_has_an_empty_one(convert):
    assert "[]" in convert(FENCE.format("import os\nos.listdir()"))


def test_a_folder_that_is_too_large_to_copy_is_an_error(convert, data):
    with (data / "large").open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(LiterateError) as error:
        convert("Text", folder=str(data))
    assert str(error.value) == (
        f"linreg.literate: folder is {str(data)!r}; it must be a folder of 100 MB at most: it is "
        "copied"
    )


def test_the_folder_is_found_from_where_the_command_is_given(convert, data, monkeypatch):
    monkeypatch.chdir(data.parent)
    code = FENCE.format("open('a.csv').read()")
    assert convert(code, folder="data") == convert(code, folder=Path("data").resolve())
