"""What a session has read of the packages that count: what it did not read may change."""

from __future__ import annotations

import os
import py_compile
import sys

import pytest

import linreg
from linreg.literate import runner
from linreg.literate.runner import Limits

MODULES = {
    "__init__": "",
    "a": "x = 1\n",
    "b": "from some_package import a\n",
    "c": "def f():\n    from some_package import a\n    return a.x\n",
    "inner/__init__": "",
    "inner/d": "x = 2\n",
}
FOLDER = (
    "import os, sys\nfolder = next(p for p in sys.path if os.path.exists(p + '/some_package'))\n"
)
A = "folder + '/some_package/a.py'"

# What a session does, and the modules that it then has read; None stands for all.
READS = {
    "none": ("1;", []),
    "one that does nothing": ("import some_package", ["__init__"]),
    "what another imports": ("import some_package.b", ["__init__", "a", "b"]),
    "what a function imports": (
        "from some_package import c\nc.f();",
        ["__init__", "a", "c"],
    ),
    "a function that is not called": ("from some_package import c", ["__init__", "c"]),
    "a package in the package": (
        "from some_package.inner import d",
        ["__init__", "inner/__init__", "inner/d"],
    ),
    "an import that is forgotten": (
        "import sys\nfrom some_package import a\nfor n in ['', '.a']:\n"
        "    del sys.modules['some_package' + n]",
        ["__init__", "a"],
    ),
    "an import of what was compiled before": (
        "import sys\nfrom some_package.inner import d\ndel sys.modules['some_package.inner.d']",
        ["__init__", "inner/__init__", "inner/d"],
    ),
    "a module run as a program": (
        "import runpy\nrunpy.run_module('some_package.a');",
        ["__init__", "a"],
    ),
    "a file": (f"{FOLDER}open({A}).read();", ["a"]),
    "a file by its bytes": (f"{FOLDER}open(({A}).encode()).read();", ["a"]),
    "a file by another path": (f"{FOLDER}open(folder + '/./linked/a.py').read();", ["a"]),
    "a file from where it lies": (
        f"{FOLDER}os.chdir(folder + '/some_package')\nopen('a.py').read();",
        ["a"],
    ),
    "a descriptor": (f"{FOLDER}os.close(os.open({A}, os.O_RDONLY))", ["a"]),
    "a thread": (
        "import threading\n"
        "t = threading.Thread(target=__import__, args=('some_package.a',))\nt.start()\nt.join()",
        ["__init__", "a"],
    ),
    "a program": ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', '']);", None),
    "a command": ("import os\nos.system('');", None),
    "a process": ("import os\nif os.fork() == 0:\n    os._exit(0)\nos.wait();", None),
    **{
        f"a process by {method}": (
            f"import multiprocessing as mp\np = mp.get_context('{method}').Process(target=int)\n"
            "p.start()\np.join()",
            None,
        )
        for method in ("spawn", "forkserver")
    },
    "a pool": (
        "import multiprocessing as mp\n"
        "with mp.get_context('fork').Pool(1) as pool:\n    pool.map(abs, [1])",
        None,
    ),
}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reads")
    files = {name: folder / "some_package" / f"{name}.py" for name in MODULES}
    for name, file in files.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(MODULES[name])
    py_compile.compile(str(files["inner/d"]))
    (folder / "linked").symlink_to(folder / "some_package")
    found = {}
    sys.path.insert(0, str(folder))
    try:
        runner.run_sessions(
            [[code] for code, _ in READS.values()],
            Limits(),
            lambda number, result, read: found.update({number: (result, read)}),
            {os.path.realpath(file): name for name, file in files.items()},
        )
    finally:
        sys.path.remove(str(folder))
    return {name: found[number] for number, name in enumerate(READS)}


@pytest.mark.parametrize("name", READS)
def test_what_a_session_reads_is_known(read, name):
    result, modules = read[name]
    assert isinstance(result, list), result
    assert modules == READS[name][1]


@pytest.mark.parametrize("code", ["1", "import sys\ndel sys.modules['linreg']"])
def test_what_the_engine_itself_has_loaded_counts(code):
    """It is a part of a package, whose first file is read before any session begins."""
    found = []
    file = linreg.__file__
    name = "linreg/__init__.py"
    runner.run_sessions([[code]], Limits(), lambda *ended: found.append(ended), {file: name})
    assert found[0][2] == [name]


def test_a_session_that_fails_says_nothing_of_what_it_read(read):
    found = []
    runner.run_sessions([["1 / 0"]], Limits(), lambda *ended: found.append(ended), {})
    assert found[0][2] is None
