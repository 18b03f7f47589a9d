"""What a session may do to its process, and that nothing of it is left."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from textwrap import dedent

import pytest

from linreg.literate import runner
from linreg.literate.outputs import Failure
from linreg.literate.runner import Limits

from .conftest import run, run_named

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

TOKEN = f"77777.{uuid.uuid4().int % 10**9}"  # seconds that only our children sleep
SLEEP = f"import os, signal, subprocess\nsubprocess.Popen(['sleep', '{TOKEN}']"
DAEMON = dedent(
    f"""\
    import os
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "{TOKEN}"])
        os._exit(0)
    os.wait();
    """
)

# What ends a process, and how that is said; all in the second block of a session.
ENDINGS = {
    "os._exit": ("import os\nos._exit(3)", "the block ended its process, with status 3"),
    "os._exit without an error": (
        "import os\nos._exit(0)",
        "the block ended its process, with status 0",
    ),
    "a segmentation fault": (
        "import ctypes\nctypes.string_at(0)",
        "the block's process was killed by SIGSEGV",
    ),
    "an abort": ("import os\nos.abort()", "the block's process was killed by SIGABRT"),
    "a kill": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "the block's process was killed by SIGKILL",
    ),
    "a stack overflow in C": (
        "import faulthandler\nfaulthandler._stack_overflow()",
        "the block's process was killed by SIGSEGV",
    ),
    "every file closed": (
        "import os\nos.closerange(0, 256)",
        "the block ended its process, with status 1",
    ),
}

# What a session changes, and what the next one sees of it.
CHANGES = {
    "folder": ("import os, tempfile\nos.chdir(tempfile.gettempdir())", "os.listdir()", "[]"),
    "file": ("open('left', 'w').close()", "import os\nos.path.exists('left')", "False"),
    "random state": ("import random\nrandom.seed(7)", "random.random()", "0.8444218515250481"),
    "rcParams": (
        "import matplotlib as mpl\nmpl.rcParams['lines.linewidth'] = 9",
        "mpl.rcParams['lines.linewidth']",
        "1.5",
    ),
    "locale": (
        "import locale\nlocale.setlocale(locale.LC_ALL, 'C.UTF-8')",
        "locale.setlocale(locale.LC_NUMERIC)",
        "'C'",
    ),
    "environment": ("import os\nos.environ['LEFT'] = '1'", "os.environ.get('LEFT')", "None"),
    "builtins": ("import builtins\nbuiltins.left = 1", "hasattr(builtins, 'left')", "False"),
    "torch": (
        "import torch\ntorch.set_default_dtype(torch.float64)",
        "torch.get_default_dtype()",
        "torch.float32",
    ),
}

# Sessions that leave something running.
LEAVERS = {
    "a child": [f"{SLEEP});"],
    "a child of its own session": [f"{SLEEP}, start_new_session=True);"],
    "a daemon": [DAEMON],
    "a child, then a crash": [f"{SLEEP}, start_new_session=True);\nos._exit(1)"],
    "a child, then a kill": [f"{SLEEP});\nos.kill(os.getpid(), signal.SIGKILL)"],
    "a daemon, then an exception": [DAEMON + "\nraise ValueError"],
    "a daemon, then for ever": [DAEMON, "while True:\n    pass"],
    "threads": [
        "import threading, time\n"
        "for i in range(20):\n    threading.Thread(target=time.sleep, args=(9999,)).start()"
    ],
    "a pool": [
        "import multiprocessing as mp, time\n"
        f"p = mp.get_context('fork').Process(target=time.sleep, args=({TOKEN},))\np.start()"
    ],
    "something for the exit": ["import atexit, time\natexit.register(time.sleep, 9999);"],
}


@pytest.fixture(scope="module")
def gave():
    return run_named(
        {
            **{name: ["x = 1", code] for name, (code, _) in ENDINGS.items()},
            "changes": [change for change, _, _ in CHANGES.values()],
            "looks": [look_alone(*case) for case in CHANGES.values()],
            **{name: codes for name, codes in LEAVERS.items() if "for ever" not in name},
        }
    )


def look_alone(change, look, _):
    """The look, with the import that the change begins with."""
    first = change.split("\n")[0]
    return f"{first}\n{look}" if first.startswith("import") else look


def sleepers():
    """The processes that a session of this file has left."""
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if TOKEN in read(path)]


def read(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize("name", ENDINGS)
def test_the_end_of_a_process_is_the_end_of_its_session_alone(gave, name):
    assert gave[name] == Failure(1, ENDINGS[name][1])


def test_no_session_sees_what_another_changed(gave):
    assert not isinstance(gave["changes"], Failure), gave["changes"]
    assert not isinstance(gave["looks"], Failure), gave["looks"]
    seen = {
        name: outputs[-1]["data"] if outputs else "None"
        for name, outputs in zip(CHANGES, gave["looks"], strict=True)
    }
    assert seen == {name: expected for name, (_, _, expected) in CHANGES.items()}


EDITED = """\
from pathlib import Path
from linreg.literate import runner

def run():
    runner.run_sessions([["from linreg.timer import WORD\\nprint(WORD)"]], runner.Limits(), print)

timer = Path("linreg/timer.py")
for text in ("WORD = 'a'", "WORD = 'b'", "WORD = ", "WORD = 'c'"):
    timer.write_text(text)
    run()
"""


def test_an_edit_to_the_package_counts_and_nothing_is_written_beside_it(tmp_path):
    """Though all sessions come from one process, and the edits are of the same second and size."""
    no_bytecode = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(runner.__file__).parents[1], tmp_path / "linreg", ignore=no_bytecode)
    script = tmp_path / "run.py"
    script.write_text(EDITED)
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
    )
    first, second, broken, last = done.stdout.splitlines()
    assert ["'a\\n'" in first, "'b\\n'" in second, "'c\\n'" in last] == [True] * 3
    assert "linreg/timer.py" in broken
    assert "SyntaxError: invalid syntax" in broken
    assert not [*tmp_path.rglob("timer*.pyc")]


ELSEWHERE = """\
from linreg.literate import runner

code = "import sys, sysconfig; print(sysconfig.get_path('purelib') in sys.path, sys.path)"
runner.run_sessions([[code]], runner.Limits(), lambda _, result, __: print(result))
"""


def test_the_packages_are_those_of_the_interpreter_whatever_environment_is_activated(tmp_path):
    other = tmp_path / "other"
    (other / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env={**os.environ, "VIRTUAL_ENV": str(other)},
        capture_output=True,
        text=True,
    )
    assert "True " in done.stdout
    assert str(other) not in done.stdout
    assert done.stderr == ""


def test_what_a_session_leaves_running_ends_with_it(gave):
    assert gave["a child"] == gave["a daemon"] == gave["threads"] == gave["a pool"] == [[]]
    assert gave["a daemon, then an exception"].text == "ValueError"
    assert sleepers() == []
    assert multiprocessing.active_children() == []


def test_the_test_for_leftovers_sees_one():
    with subprocess.Popen(["sleep", TOKEN]) as process:
        try:
            within(10, lambda: len(sleepers()) == 1)  # its command line is there a moment later
        finally:
            process.kill()


# ---- limits ----

ENDLESS = {
    "a loop": "while True:\n    pass",
    "a loop that catches everything": (
        "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n"
        "        pass"
    ),
    "a loop that holds the interpreter": "import itertools\nsum(itertools.repeat(0))",
    "a wait": "import threading\nthreading.Event().wait()",
    "signals ignored": (
        "import signal, time\n"
        "for s in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    signal.signal(s, signal.SIG_IGN)\n"
        "time.sleep(9999)"
    ),
}


def test_a_session_has_a_limit_of_time(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: len(ENDLESS) + 1)
    daemon = LEAVERS["a daemon, then for ever"]
    results = run_named(
        {**{name: [code] for name, code in ENDLESS.items()}, "a daemon": daemon}, Limits(seconds=4)
    )
    stopped = (
        "the session did not end within 4 seconds, and was stopped; the option seconds sets the "
        "limit"
    )
    assert results.pop("a daemon") == Failure(1, stopped)
    assert results == dict.fromkeys(ENDLESS, Failure(0, stopped))
    assert sleepers() == []


def test_a_session_has_a_limit_of_memory():
    takes = ["import numpy", "x = numpy.ones(10**8)", "import torch\ntorch.ones(3)"]
    lists = ["x = []\nwhile True:\n    x.append(bytearray(10**6))"]
    enough, numpy, python = run([takes[2:], takes, lists], Limits(memory=300_000_000))
    assert enough == [[{"kind": "text", "stream": "value", "data": "tensor([1., 1., 1.])"}]]
    assert numpy.block == 1
    assert "_ArrayMemoryError: Unable to allocate 763. MiB" in numpy.text
    assert numpy.calls[0][:2] == ("<block 1>", 1)
    assert python[:2] == (0, "MemoryError (the option memory allows 300 MB)")


def test_a_session_cannot_fill_the_disk():
    (result,) = run([["open('long', 'wb').truncate(2 * 10**9)"]])
    assert result.text == "OSError: [Errno 27] File too large"


class Ended:
    """A process that has done its work."""

    exitcode = 0

    def join(self, timeout=None):
        pass

    terminate = kill = join


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"garbage" * 9, "the block wrote into the pipe that the outputs take"),
        (b"\0\0\0\x05garba", "the block wrote into the pipe that the outputs take"),
        (b'\0\0\0\x09["x", 1, ', "the block wrote into the pipe that the outputs take"),
        (b'\0\0\0\x05["x"]', "the block wrote into the pipe that the outputs take"),
        (b"\0\0\0\x024\n", "the block wrote into the pipe that the outputs take"),
        (b'\0\0\0\x10["block", "0", 1]', "the block wrote into the pipe that the outputs take"),
        (b"\0\0", "the block ended its process, with status 0"),
    ],
)
def test_what_a_block_writes_into_the_pipe_is_no_output(monkeypatch, written, said):
    def start(connection, *_):
        os.write(connection.fileno(), written)
        return Ended()

    monkeypatch.setattr(runner, "_start", start)
    assert run([["1"]]) == [Failure(0, said)]


# ---- what was printed before the end ----

SAYS = (
    "import os, subprocess, sys\nprint('a')\nprint('b', file=sys.stderr)\n"
    "subprocess.run(['echo', 'c'])\nprint('d', end='')\nos.write(1, b'e')\n"
)
ENDS = {
    "an exception": "raise ValueError",
    "an exit": "os._exit(3)",
    "a kill": "os.kill(os.getpid(), 9)",
    "too much": "print('x' * 10**7)",
    "an endless wait": "import time\ntime.sleep(9999)",
}


def test_an_end_is_told_with_what_the_block_had_printed():
    ends = run_named(
        {name: ["print('earlier')", SAYS + end] for name, end in ENDS.items()}, Limits(seconds=6)
    )
    assert {name: end.printed for name, end in ends.items()} == dict.fromkeys(ENDS, "a\nb\nc\nde")
    assert {end.block for end in ends.values()} == {1}


def test_of_much_that_was_printed_the_end_is_kept():
    code = "for i in range(9000):\n    print('line', i)\nimport os\nos.write(1, b'last')\n1 / 0"
    (failure,) = run([[code]])
    assert len(failure.printed) <= 40_000
    assert failure.printed.endswith("line 8999\nlast")


def test_what_was_cleared_is_not_told():
    code = "from IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)\n1 / 0"
    (failure,) = run([[code]])
    assert failure.printed == "2\n"


def test_what_an_exception_brings_along_is_told():
    code = (
        "def get():\n    return {}['a']\n"
        "try:\n    get()\nexcept KeyError as error:\n    try:\n        1 / 0\n"
        "    except ZeroDivisionError:\n        raise ValueError('no') from error"
    )
    hidden = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError('no') from None"
    loop = "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a"
    first, second, third = run([[code], [hidden], [loop]])
    (cause,) = first.others
    assert cause[:3] == (0, "cause", "KeyError: 'a'")
    assert cause.calls == (("<block 0>", 4, "<module>"), ("<block 0>", 2, "get"))
    assert second.others == ()
    assert [other.text for other in third.others] == ["ValueError: b"]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="there are no groups and no notes")
def test_the_members_of_a_group_are_told_with_their_notes():
    code = (
        "def make(n):\n    error = ValueError(n)\n    error.add_note('a note')\n    return error\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n"
        "    raise ExceptionGroup('two', [make(1), ExceptionGroup('in', [TypeError('t')])])"
    )
    many = "raise ExceptionGroup('many', [ValueError(i) for i in range(99)])"
    first, second = run([[code], [many]])
    assert [other[:3] for other in first.others] == [
        (0, "member", "ValueError: 1\na note"),
        (0, "member", "ExceptionGroup: in (1 sub-exception)"),
        (1, "member", "TypeError: t"),
        (0, "context", "ZeroDivisionError: division by zero"),
    ]
    assert len(second.others) == 20


# ---- a long path for temporary files ----

LONG = """\
import sys
from linreg.literate import LiterateError, runner, worker
if sys.argv[1:]:
    worker.sockets_folder = lambda: None
code = "from multiprocessing import Manager\\nwith Manager() as m: print(dict(m.dict(a=1)))"
try:
    runner.run_sessions([[code]], runner.Limits(), lambda _, result, __: print(result))
except LiterateError as error:
    print(error)
"""


def test_a_long_path_for_temporary_files_does_no_harm(tmp_path):
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    for arguments, said in (
        ([], "{'a': 1}"),
        (["none"], f"bytes; let the variable TMPDIR name a shorter one: {folder}"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", LONG, *arguments],
            env=environment,
            capture_output=True,
            text=True,
        )
        assert said in done.stdout
        assert done.stderr == ""


# ---- interrupts ----


def test_after_an_interrupt_nothing_runs_and_the_next_run_works(monkeypatch):
    wait = runner.wait

    def interrupted(connections, timeout):
        time.sleep(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "wait", interrupted)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run([[f"{SLEEP}, start_new_session=True);\nwhile True:\n    pass"]] * 3)
    assert time.monotonic() - start < 30  # and not the minute that a session may take
    assert sleepers() == []
    assert multiprocessing.active_children() == []
    monkeypatch.setattr(runner, "wait", wait)
    assert run([["1 + 1"]])[0][0][0]["data"] == "2"


BUILD = """\
import os, sys, time
from pathlib import Path
from linreg.literate import runner

runner.PRELOAD = []  # nothing here needs torch
flag, token = sys.argv[1:]
codes = [
    '''{block}'''
]
runner.run_sessions([codes, codes], runner.Limits(seconds=100), print)
"""

HOLDS_ON = f"""\
import itertools, os, pathlib, subprocess
subprocess.Popen(["sleep", "{TOKEN}"], start_new_session=True)
pathlib.Path(os.environ["LITERATE_FLAG"] + str(os.getpid())).touch()
sum(itertools.repeat(0))
"""


def test_a_build_that_is_ended_leaves_no_process(tmp_path):
    """By Ctrl-C, by SIGTERM and by SIGKILL, while blocks hold the interpreter's lock."""
    script = tmp_path / "build.py"
    script.write_text(BUILD.format(block=HOLDS_ON))
    builds = {}
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        mark = f"{TOKEN}-{end.name}"
        flag = tmp_path / end.name
        builds[end] = subprocess.Popen(
            [sys.executable, script, flag, mark],
            env={**os.environ, "LITERATE_FLAG": str(flag), "LITERATE_MARK": mark},
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )
    within(60, lambda: all(len(list(tmp_path.glob(f"{end.name}*"))) == 2 for end in builds))
    assert len(marked()) >= 3 * 4  # build, fork server, sessions
    for end, build in builds.items():
        if end == signal.SIGINT:
            os.killpg(build.pid, end)  # what a terminal does
        else:
            build.send_signal(end)
    for end, build in builds.items():
        assert build.wait(30) == -end
    within(30, lambda: marked() == [] and sleepers() == [])


def marked():
    """The processes of the builds that a test started, children of children included."""
    marks = [path for path in Path("/proc").glob("[0-9]*/environ") if f"={TOKEN}-" in read(path)]
    return [path for path in marks if read(path.parent / "cmdline")]  # others have ended


def within(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
