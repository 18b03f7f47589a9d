from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from linreg.literate import cache
from linreg.literate.fences import Block, Session

OUTPUTS = [[{"kind": "text", "stream": "stdout", "data": "梯度 \x00\ud800\n"}], []]
NAME = "0123456789abcdef" * 4


def key(*codes, packages=()):
    """Under what outputs are kept if the session has read all modules."""
    return program(*codes, packages=packages).key(None)


def program(*codes, packages=()):
    return cache.programs([Session([Block(0, 3, "", code) for code in codes])], packages)[0]


# ---- the key: a change of anything that counts is a miss ----


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of one module, with a file that it reads."""
    folder = tmp_path / "some_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("x = 1\n")
    (folder / "data.csv").write_text("1,2\n")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["x = 1"], ["x = 2"]),
        (["x = 1"], ["y = 1"]),
        (["x = 1"], ["x = 1."]),
        (["x = 'a'"], ["x = 'b'"]),
        (["x = 1"], ["x = 1", ""]),
        (["x = 1", "y = 2"], ["x = 1\ny = 2"]),
        (["x = 1", "y = 2"], ["y = 2", "x = 1"]),
        (["def f():\n    'doc'"], ["def f():\n    'other doc'"]),
        (["1"], ["1;"]),
        (["1  # why"], ["1;  # why"]),
        (["x = (1, 2)"], ["x = [1, 2]"]),
        (["if x:\n    y\n    z"], ["if x:\n    y\nz"]),
    ],
)
def test_other_code_is_a_miss(one, other):
    assert key(*one) != key(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1  # a comment"),
        ("x = 1", "# a comment\n\nx  =  (1)\n"),
        ("f(1, 2)", "f(\n    1,\n    2,\n)"),
        ("x = 'a'", 'x = "a"'),
        ("1", "1  # ;"),
        ("1;", "1;  # why"),
        ("# ;", ""),
    ],
)
def test_a_comment_is_a_hit(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(
    "reader",
    [
        "import inspect\ninspect.getsource(f)",
        "from inspect import getsource as g",
        "import linecache",
        "import traceback\ntraceback.print_exc()",
        "print(error.__traceback__.tb_lineno)",
        "f.__code__.co_firstlineno",
        "open(linreg.__file__)",
        "torch.jit.script(f)",
        "import sys\nsys._getframe()",
        "help(f)",
    ],
)
def test_a_comment_is_a_miss_where_the_session_may_read_source(reader, package):
    packages = ["some_package"]
    first = key("x = 1", reader, packages=packages)
    assert key("x = 1  # why", reader, packages=packages) != first
    (package / "__init__.py").write_text("x = 1  # why\n")
    assert key("x = 1", reader, packages=packages) != first


def changed(package, name, content):
    before = key("1", packages=["some_package"])
    (package / name).write_text(content)
    return key("1", packages=["some_package"]) != before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("__init__.py", "x = 2\n"),
        ("__init__.py", "x = 1\n'''a docstring'''\n"),
        ("__init__.py", "no python at all"),
        ("__init__.pyi", "from .scratch import sgd"),
        ("new.py", "x = 1\n"),
        ("data.csv", "1,3\n"),
    ],
)
def test_another_source_of_a_package_is_a_miss(package, name, content):
    assert changed(package, name, content)


def test_a_module_in_a_folder_of_a_package_counts(package):
    (package / "inner").mkdir()
    assert changed(package, "inner/module.py", "x = 1")
    assert changed(package, "inner/module.py", "x = 2")


def test_a_file_of_a_package_under_another_name_is_a_miss(package):
    first = key("1", packages=["some_package"])
    (package / "data.csv").rename(package / "other.csv")
    assert key("1", packages=["some_package"]) != first


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("__init__.py", "x = 1  # a comment\n"),
        ("__init__.py", "# a comment\n\nx = 1\n"),
        (".hidden.py.swp", "what an editor keeps"),
        ("__init__.py~", "what an editor keeps"),
    ],
)
def test_a_comment_in_a_package_is_a_hit(package, name, content):
    assert not changed(package, name, content)


def test_a_file_that_is_edited_and_changed_back_is_a_hit_again(package):
    assert changed(package, "__init__.py", "x = 2\n")
    assert changed(package, "__init__.py", "x = 1\n")
    assert not changed(package, "__init__.py", "x = 1\n")


def test_a_module_of_one_file_counts(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "some_module.py").write_text("x = 1")
    first = key("1", packages=["some_module"])
    (tmp_path / "some_module.py").write_text("x = 2")
    assert key("1", packages=["some_module"]) != first


# ---- modules that a session has not read ----


@pytest.fixture
def modules(package):
    for name in ("a", "b"):
        (package / f"{name}.py").write_text("x = 1\n")
    return package


def reading(*names):
    read = None if names == (None,) else [f"some_package/{name}.py" for name in names]
    return program("1", packages=["some_package"]).key(read)


@pytest.mark.parametrize("read", [("a",), ("a", "b"), ("b", "a", "__init__"), (None,)])
def test_a_module_that_was_read_counts(modules, read):
    first = reading(*read)
    (modules / "a.py").write_text("x = 2\n")
    assert reading(*read) != first


@pytest.mark.parametrize("read", [(), ("b",), ("__init__", "b")])
def test_a_module_that_was_not_read_does_not_count(modules, read):
    first = reading(*read)
    (modules / "a.py").write_text("x = 2\n")
    assert reading(*read) == first


@pytest.mark.parametrize("name", ["new.py", "inner/new.py", "data.csv", "new.csv", "__init__.pyi"])
def test_a_new_module_and_any_other_file_count_though_nothing_was_read(modules, name):
    """Whether a module is there, and files that are no modules, is read without a trace."""
    first = reading()
    (modules / "inner").mkdir(exist_ok=True)
    (modules / name).write_text("1,3\n")
    assert reading() != first


def test_a_module_that_is_removed_counts_though_nothing_was_read(modules):
    first = reading()
    (modules / "a.py").unlink()
    assert reading() != first


def test_a_module_under_another_name_counts_though_nothing_was_read(modules):
    first = reading()
    (modules / "a.py").rename(modules / "c.py")
    assert reading() != first


def test_the_order_in_which_modules_were_read_does_not_count(modules):
    assert reading("a", "b") == reading("b", "a") != reading("a")


def test_modules_that_say_the_same_do_not_stand_for_each_other(modules):
    assert reading("a") != reading("b")


def test_outputs_are_found_as_long_as_what_was_read_is_the_same(modules, tmp_path):
    def found():
        return cache.find(tmp_path / "kept", program("1", packages=["some_package"]))

    def keep(outputs):
        now = program("1", packages=["some_package"])
        cache.keep(tmp_path / "kept", now, ["some_package/a.py"], outputs)

    assert found() is None
    keep([[]])
    (modules / "b.py").write_text("x = 2\n")
    assert found() == [[]]
    (modules / "a.py").write_text("x = 2\n")
    assert found() is None
    keep(OUTPUTS)
    assert found() == OUTPUTS
    (modules / "a.py").write_text("x = 1\n")
    assert found() == [[]]


def test_outputs_are_found_by_each_set_of_modules_that_was_read(modules, tmp_path):
    """A module may decide which others are read."""
    now = program("1", packages=["some_package"])
    cache.keep(tmp_path, now, ["some_package/a.py"], [[]])
    (modules / "a.py").write_text("x = 2\n")
    other = program("1", packages=["some_package"])
    cache.keep(tmp_path, other, None, OUTPUTS)
    assert cache.find(tmp_path, other) == OUTPUTS
    (modules / "b.py").write_text("x = 2\n")
    assert cache.find(tmp_path, program("1", packages=["some_package"])) is None
    (modules / "a.py").write_text("x = 1\n")
    assert cache.find(tmp_path, program("1", packages=["some_package"])) == [[]]


# ---- what code says, kept ----


@pytest.fixture
def fresh(monkeypatch):
    """Forget what this process knows."""

    def forget():
        monkeypatch.setattr(cache, "_meanings", {})
        monkeypatch.setattr(cache, "_asked", set())
        monkeypatch.setattr(cache, "_recalled", set())

    forget()
    return forget


def test_code_that_an_earlier_build_has_parsed_is_not_parsed_again(tmp_path, fresh, monkeypatch):
    first = key("x = 1")
    cache.remember(tmp_path)
    fresh()
    cache.recall(tmp_path)
    monkeypatch.setattr(cache, "_parsed", lambda code: pytest.fail(f"parsed: {code}"))
    assert key("x = 1") == first
    monkeypatch.setattr(cache, "_parsed", lambda code: "another")
    assert key("x = 2") != first


def test_what_is_no_longer_asked_for_is_forgotten(tmp_path, fresh):
    key("x = 1")
    cache.remember(tmp_path)
    fresh()
    cache.recall(tmp_path)
    key("x = 2")
    cache.remember(tmp_path)
    (file,) = tmp_path.iterdir()
    assert len(json.loads(file.read_text().split("\n")[1])) == 1


def test_a_broken_file_of_meanings_is_none(tmp_path, fresh):
    first = key("x = 1")
    cache.remember(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace(":", ": ", 1))
    fresh()
    cache.recall(tmp_path)
    assert cache._meanings == {}
    assert key("x = 1") == first


def test_meanings_of_another_python_are_not_used(tmp_path, fresh, monkeypatch):
    key("x = 1")
    cache.remember(tmp_path)
    fresh()
    monkeypatch.setattr(platform, "python_version", lambda: "other")
    cache.recall(tmp_path)
    assert cache._meanings == {}


def test_a_package_is_told_from_what_cannot_be_imported(package):
    assert cache.is_package("some_package")
    assert cache.is_package("json")
    for name in ("no_such_package", "no.such.package", "", "json.", 3, None, ["json"]):
        assert not cache.is_package(name)


def test_what_is_installed_counts(tmp_path, monkeypatch):
    first = key("1")
    monkeypatch.syspath_prepend(tmp_path)
    for folder in ("torch-99.0.dist-info", "torch-99.1.dist-info"):
        (tmp_path / folder).mkdir()
        cache._versions.cache_clear()
        second = key("1")
        assert second != first
        first = second
    cache._versions.cache_clear()


def test_torch_matplotlib_and_ipython_are_among_what_is_installed():
    names = {folder.partition("-")[0] for folder in cache._versions()}
    assert {"torch", "matplotlib", "numpy", "ipython", "pylopdf_fonts_zh_cn"} <= names


@pytest.mark.parametrize("what", ["python_version", "python_implementation", "machine"])
def test_the_version_of_python_counts(monkeypatch, what):
    first = key("1")
    monkeypatch.setattr(platform, what, lambda: "other")
    assert key("1") != first


X86 = "processor\t: 0\nvendor_id\t: A\nmodel\t\t: 6\ncpu MHz\t\t: 1.5\nflags\t\t: fma avx2\n\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.0\nFeatures\t: fp asimd\nCPU part\t: 0xd0c\n\n"


def with_processor(monkeypatch, text):
    monkeypatch.setattr(Path, "read_text", lambda file, encoding: text)
    cache._processor.cache_clear()
    try:
        return cache._processor()
    finally:
        cache._processor.cache_clear()


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (X86, "avx2", "avx2 avx512f"),
        (X86, ": A", ": B"),
        (X86, ": 6", ": 7"),
        (ARM, "asimd", "asimd sve"),
        (ARM, "0xd0c", "0xd40"),
    ],
)
def test_another_kind_of_processor_is_another_one(monkeypatch, text, old, new):
    other = with_processor(monkeypatch, text.replace(old, new))
    assert with_processor(monkeypatch, text) != other


@pytest.mark.parametrize(("text", "old", "new"), [(X86, "1.5", "2.5"), (X86, "\n\n", "\n\nmore")])
def test_how_fast_a_processor_is_and_how_many_there_are_does_not_count(monkeypatch, text, old, new):
    other = with_processor(monkeypatch, text.replace(old, new))
    assert with_processor(monkeypatch, text) == other


def test_the_processor_counts_also_where_the_system_has_no_such_file(monkeypatch):
    def read_text(*_, **__):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(platform, "processor", lambda: "some processor")
    cache._processor.cache_clear()
    assert cache._processor() == "some processor"
    cache._processor.cache_clear()


def test_the_processor_is_part_of_the_key(monkeypatch):
    first = key("1")
    monkeypatch.setattr(cache, "_processor", lambda: "other")
    assert key("1") != first


@pytest.mark.parametrize(
    ("environment", "counts"),
    [(["SOME_CPU"], True), (["SOME_*"], True), (["*"], True), ([], False), (["some_cpu"], False)],
)
def test_the_variables_that_an_option_names_count(monkeypatch, environment, counts):
    sessions = [Session([Block(0, 3, "", "1")])]
    names = {cache.programs(sessions, (), environment)[0].name}
    for value in ("old", "new"):
        monkeypatch.setenv("SOME_CPU", value)
        names.add(cache.programs(sessions, (), environment)[0].name)
    assert len(names) == (3 if counts else 1)


@pytest.mark.parametrize(
    ("what", "other"), [("warnoptions", ["ignore"]), ("flags", SimpleNamespace(optimize=1))]
)
def test_the_options_of_python_count(monkeypatch, what, other):
    first = key("1")
    with monkeypatch.context() as patch:
        patch.setattr(sys, what, other)
        second = key("1")
    assert second != first


def test_the_engine_counts_with_its_comments(tmp_path, monkeypatch):
    engine = tmp_path / "literate"
    shutil.copytree(cache._ENGINE, engine)
    monkeypatch.setattr(cache, "_ENGINE", engine)
    first = key("1")
    with (engine / "figures.py").open("a") as file:
        file.write("# a comment\n")
    assert key("1") != first


def test_the_folder_of_the_build_does_not_count(tmp_path, monkeypatch, package):
    first = key("1", packages=["some_package"])
    monkeypatch.chdir(tmp_path)
    assert key("1", packages=["some_package"]) == first


# ---- the files ----


def test_outputs_come_back_as_they_were(tmp_path):
    cache.store(tmp_path / "new" / "folder", NAME, OUTPUTS)
    assert cache.load(tmp_path / "new" / "folder", NAME) == OUTPUTS
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [f"{NAME}.json"]


def test_outputs_of_nothing_are_outputs(tmp_path):
    cache.store(tmp_path, NAME, [[]])
    assert cache.load(tmp_path, NAME) == [[]]


def test_nothing_is_found_where_nothing_is(tmp_path):
    assert cache.load(tmp_path, NAME) is None
    assert cache.load(tmp_path / "nowhere", NAME) is None


def test_a_truncated_file_is_a_miss(tmp_path):
    cache.store(tmp_path, NAME, OUTPUTS)
    file = tmp_path / f"{NAME}.json"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert cache.load(tmp_path, NAME) is None


def test_a_changed_byte_is_a_miss(tmp_path):
    cache.store(tmp_path, NAME, OUTPUTS)
    file = tmp_path / f"{NAME}.json"
    whole = bytearray(file.read_bytes())
    for i in range(len(whole)):
        file.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        assert cache.load(tmp_path, NAME) is None


@pytest.mark.parametrize(
    "garbage", [b"", b"\n", b"\xff\xfe\x00", b"null", b"{}\n{}", b"\x80" * 100, b"[[]]"]
)
def test_garbage_is_a_miss_and_is_replaced(tmp_path, garbage):
    (tmp_path / f"{NAME}.json").write_bytes(garbage)
    assert cache.load(tmp_path, NAME) is None
    cache.store(tmp_path, NAME, OUTPUTS)
    assert cache.load(tmp_path, NAME) == OUTPUTS


def test_a_folder_in_the_place_of_a_file_is_a_miss(tmp_path):
    (tmp_path / f"{NAME}.json").mkdir()
    cache.store(tmp_path, NAME, OUTPUTS)
    assert cache.load(tmp_path, NAME) is None


@pytest.mark.parametrize("folder", ["/proc/none", "/dev/null", "/dev/null/none"])
def test_a_folder_that_cannot_be_written_to_is_no_error(folder):
    cache.store(Path(folder), NAME, OUTPUTS)
    assert cache.load(Path(folder), NAME) is None
    cache.prune(Path(folder))


@pytest.mark.parametrize("code", [errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_disk_that_is_full_or_read_only_is_no_error(tmp_path, monkeypatch, code):
    cache.store(tmp_path, NAME, OUTPUTS)

    def half(self, text, **_):
        with self.open("w", encoding="utf-8") as file:
            file.write(text[: len(text) // 2])
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_text", half)
    cache.store(tmp_path, NAME, [[]])
    assert cache.load(tmp_path, NAME) == OUTPUTS
    assert [path.name for path in tmp_path.iterdir()] == [f"{NAME}.json"]


def test_two_builds_share_a_folder(tmp_path):
    """Whoever reads finds a whole file, while several write."""
    names = [f"{i:064x}" for i in range(3)]
    large = [[{"kind": "text", "stream": "stdout", "data": "x" * 100_000}]]
    found = {name: [] for name in names}
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for name in names:
                cache.store(tmp_path, name, large)

    def read():
        while not stop.is_set():
            for name in names:
                found[name].append(cache.load(tmp_path, name))

    cache.store(tmp_path, names[0], large)
    threads = [threading.Thread(target=act) for act in (write, write, read, read)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert all(outputs == large for outputs in found[names[0]])  # it was there all the time
    assert all(outputs in (None, large) for name in names for outputs in found[name])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.json" for name in names]


def test_what_no_build_has_used_for_a_month_is_removed(tmp_path):
    used, unused = "a" * 64, "b" * 64
    names = [f"{used}.json", f"{unused}.json", f".{unused}.1.2", "chapter.md", "notes.json"]
    for name in names:
        (tmp_path / name).write_text("x")
    cache.store(tmp_path, used, OUTPUTS)
    month = time.time() - 31 * 24 * 3600
    for name in names:
        os.utime(tmp_path / name, (month, month))
    cache.load(tmp_path, used)
    cache.prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"{used}.json",
        "chapter.md",  # whatever the option cache was set to
        "notes.json",
    ]


def test_the_file_is_plain_json_under_a_digest(tmp_path):
    cache.store(tmp_path, NAME, OUTPUTS)
    digest, content = (tmp_path / f"{NAME}.json").read_text().split("\n")
    assert len(digest) == 64
    assert json.loads(content) == OUTPUTS
