"""A session that goes on from a copy gives what a run from the start gives, and no copy is left."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from linreg.literate import copies, pages, runner
from linreg.literate.copies import Copies
from linreg.literate.extension import LiterateExtension, options_from
from linreg.literate.limits import Limits
from linreg.literate.live import Kernel
from linreg.literate.outputs import Failure
from linreg.literate.pages import Options
from linreg.literate.quiet import Quiet
from linreg.literate.raising import Raising

from .conftest import run

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="there are no copies elsewhere"),
    pytest.mark.usefixtures("own_server"),
]

# What a session changes in its first block, and how its second one sees it.
STATES = {
    "names": ("x = [1]\ndef f():\n    return x", "f().append(2)\nx"),
    "random numbers": (
        "import random, numpy as np\nrandom.seed(3)\nnp.random.seed(3)\nrandom.random()",
        "random.random(), np.random.rand(), random.gauss(0, 1)",
    ),
    "random numbers that nobody seeded": (
        "import random",
        "random.random(), random.sample('abcdef', 6)",
    ),
    "torch's random numbers": (
        "import torch\ntorch.manual_seed(3)\ng = torch.Generator().manual_seed(1)\ntorch.rand(1)",
        "torch.rand(2), torch.rand(2, generator=g)",
    ),
    "a graph of autograd": (
        "import torch\nx = torch.ones(3, requires_grad=True)\ny = (x * x).sum()\ny.backward()",
        "z = (x**3).sum()\nz.backward()\nx.grad",
    ),
    "uuids": ("import uuid\nuuid.uuid4()", "uuid.uuid4()"),
    "an open figure": (
        "import matplotlib.pyplot as plt\nplt.rcParams['lines.linewidth'] = 5\n"
        "fig, ax = plt.subplots()\nax.plot([1, 2])\nplt.close(fig)",
        "ax.plot([3, 1])\nplt.figure()\nplt.plot([1, 3])\nplt.title('$a^2$')\nfig",
    ),
    "the working folder": (
        "import os\nos.mkdir('below')\nos.chdir('below')\nhere = os.getcwd()",
        "os.getcwd() == here, os.listdir('..'), os.path.basename(os.path.dirname(here))",
    ),
    "files": (
        "from pathlib import Path\nPath('a').write_text('one')\nPath('b').mkdir()\n"
        "Path('b/c').write_text('two')\nPath('link').symlink_to('a')",
        "sorted(map(str, Path().rglob('*'))), Path('link').read_text(), Path('b/c').read_text()",
    ),
    "a file that is read": (
        "from pathlib import Path\nPath('rows').write_text('1\\n2\\n3\\n' * 9000)\n"
        "file = open('rows')\nfile.readline()\nn = file.fileno()",
        "file.readline(), file.tell(), len(file.read()), file.fileno() == n",
    ),
    "streams": (
        "import sys\nprint('begun', end='')\nsys.stderr.write('e')\nout = sys.stdout",
        "print('gone on')\nout is sys.stdout, sys.stdout.line_buffering, sys.stdout.fileno()",
    ),
    "half of a character": (
        "import sys\n_ = sys.stdout.buffer.write('é'.encode()[:1])",
        "_ = sys.stdout.buffer.write('é'.encode()[1:])",
    ),
    "an object that is displayed again": (
        "from IPython.display import display\nshown = display('old', display_id=True)",
        "shown.update('new')",
    ),
    "environment and arguments": (
        "import os, sys\nos.environ['MADE'] = 'yes'\nsys.argv.append('--more')",
        "os.environ['MADE'], sys.argv",
    ),
    "signals": (
        "import signal\nbefore = signal.signal(signal.SIGTERM, lambda *_: print('told'))",
        "signal.raise_signal(signal.SIGTERM)\nsignal.getsignal(signal.SIGINT)",
    ),
    "numbers of files": (
        "import os\nn = os.open('/dev/null', 0)\nos.close(n)\nnow = os.listdir('/proc/self/fd')",
        "os.open('/dev/null', 0) == n, len(os.listdir('/proc/self/fd')) - len(now)",
    ),
    "processes": (
        "import multiprocessing as mp, subprocess",
        "import os\ndef f(x):\n    return x + 1\n"
        "with mp.get_context('fork').Pool(1) as p:\n    print(p.map(f, [1]))\n"
        "subprocess.run(['echo', 'c'])\nmp.current_process().name, mp.parent_process()",
    ),
    "a spawned process": (
        "import multiprocessing as mp\ndef f(x):\n    return x + 1",
        "if __name__ == '__main__':\n    with mp.get_context('spawn').Pool(1) as p:\n"
        "        print(p.map(f, [1]))",
    ),
    "a temporary file": (
        "import tempfile\nwith tempfile.TemporaryFile() as f, tempfile.NamedTemporaryFile() as g:\n"
        "    f.write(b'a'), g.write(b'b')",
        "1",
    ),
    "a folder elsewhere, and it is gone": (
        "import tempfile, pathlib\nwith tempfile.TemporaryDirectory() as d:\n"
        "    pathlib.Path(d, 'a').mkdir()\n    _ = pathlib.Path(d, 'a', 'b').write_text('c')",
        "pathlib.Path(d).exists()",
    ),
    "collections of garbage": (
        "import gc\ngc.set_threshold(10**6)  # none by itself\na = []\na.append(a)\ndel a",
        "gc.collect() > 0, gc.isenabled()",
    ),
    "no child": (
        "import os",
        "try:\n    os.wait()\nexcept ChildProcessError as error:\n    print(error)",
    ),
    "threads": (
        "import threading",
        "t = threading.Thread(target=print, args=('a',))\nt.start()\nt.join()",
    ),
    "warnings": (
        "import warnings\nwarnings.warn('once', stacklevel=1)",
        "warnings.warn('once', stacklevel=1)\nwarnings.warn('twice', stacklevel=1)",
    ),
    "an error": (
        "def f(x):\n    return 1 / x",
        "try:\n    f(0)\nexcept ZeroDivisionError as e:\n    print(e)",
    ),
}

# What a block may leave that a copy would not have, or would share.
HINDRANCES = {
    "a thread": (
        "import threading, queue\nq = queue.Queue()\n"
        "t = threading.Thread(target=lambda: q.put(q.get() + 1), daemon=True)\nt.start()",
        "q.put(1)\nt.join()\nq.get()",
    ),
    "a child": (
        "import subprocess\np = subprocess.Popen(['cat'], stdin=-1, stdout=-1)",
        "p.communicate(b'said')[0]",
    ),
    "a daemon": (
        "import subprocess\n_ = subprocess.run(['sh', '-c', 'sleep 99 >/dev/null 2>&1 &'])",
        "1",
    ),
    "a file that is written": (
        "file = open('log', 'w')\n_ = file.write('a')",
        "file.close()\nopen('log').read()",
    ),
    "a pipe": ("import os\nr, w = os.pipe()\n_ = os.write(w, b'a')", "os.read(r, 9)"),
    "a socket": (
        "import socket\na, b = socket.socketpair()\na.send(b'x');",
        "b.recv(9)",
    ),
    "shared memory": (
        "import mmap\nm = mmap.mmap(-1, 9)",
        "before = m[0]\nm[0] = 1\nbefore",
    ),
    "a timer": (
        "import signal\nsignal.signal(signal.SIGALRM, print)\nsignal.alarm(900);",
        "signal.alarm(0) > 800",
    ),
    "a file elsewhere": (
        "from pathlib import Path\nimport tempfile\n"
        "log = Path(tempfile.mkdtemp()) / 'log'\n_ = log.write_text('a')",
        "with log.open('a') as file:\n    _ = file.write('b')\nlog.read_text()",
    ),
    "a folder that is made elsewhere": (
        "import tempfile, os\nd = tempfile.TemporaryDirectory()",
        "os.path.isdir(d.name)",
    ),
}


@pytest.fixture
def kept():
    """Copies after each block, however short."""
    made = runner.Kept(Copies(), "base", after=0)
    yield made
    made.copies.close()
    within(20, lambda: processes() == [])


@pytest.fixture
def begun(monkeypatch):
    """How many sessions have begun from the start."""
    starts, start = [], runner._start

    def count(*arguments):
        starts.append(arguments[1])
        return start(*arguments)

    monkeypatch.setattr(runner, "_start", count)
    return starts


def go(kept, *codes, limits=None, following=None):
    """What a session gives that goes on from a copy, if there is any."""
    results = []
    runner.run_sessions(
        [codes],
        limits or Limits(),
        lambda _, result, __: results.append(result),
        kept=kept,
        following=following,
    )
    return results[0]


def processes():
    """The sessions, and all that belongs to them: what the fork server has started."""
    server = [one for one in psutil.Process().children() if "forkserver" in " ".join(one.cmdline())]
    return [one for top in server for one in top.children(recursive=True)]


def has_ended(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def within(seconds, condition):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("name", STATES)
def test_what_a_block_has_changed_is_there_as_in_a_run_from_the_start(kept, begun, name):
    first, second = STATES[name]
    expected = run([[first, "'between'", second]])[0]
    assert not isinstance(expected, Failure), expected
    begun.clear()
    go(kept, first, "'between'", "'other'")
    assert go(kept, first, "'between'", second) == expected
    assert go(kept, first, "'between'", second) == expected  # again: what the first did is undone
    assert len(begun) == 1


@pytest.mark.parametrize("name", HINDRANCES)
def test_there_is_no_copy_of_what_a_fork_does_not_have(kept, begun, name):
    first, second = HINDRANCES[name]
    expected = run([[first, second]])[0]
    assert not isinstance(expected, Failure), expected
    begun.clear()
    go(kept, first, "'other'")
    assert go(kept, first, second) == expected
    assert len(begun) == 2


def test_a_file_that_has_been_closed_meanwhile_is_not_opened_again(tmp_path):
    """As one is that goes with the garbage that it belongs to."""
    from linreg.literate.resume import reopen

    (tmp_path / "rows").write_text("12345")
    closed = os.open(tmp_path / "rows", os.O_RDONLY)
    other = os.open(tmp_path / "rows", os.O_RDONLY)
    os.close(closed)
    reopen([(closed, str(tmp_path / "rows"), 0), (other, str(tmp_path / "rows"), 3)])
    assert os.read(other, 9) == b"45"
    os.close(other)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(closed)


def test_data_files_are_those_of_a_run_from_the_start(kept, tmp_path, begun):
    (tmp_path / "a.csv").write_text("1,2")
    (tmp_path / "b.csv").write_text("3")
    limits = Limits(folder=tmp_path)
    first = "open('a.csv').read(), open('b.csv', 'w').write('changed');"
    last = "open('a.csv').read(), open('b.csv').read()"
    go(kept, first, "open('a.csv', 'w').write('gone');", limits=limits)
    (outputs,) = go(kept, first, last, limits=limits)[1:]
    assert outputs[0]["data"] == "('1,2', 'changed')"
    assert len(begun) == 1


def test_which_files_were_read_is_known_also_of_the_blocks_before(kept, tmp_path):
    for name in ("first", "second", "third"):
        (tmp_path / name).write_text("1")
    read = []

    def run_it(*codes):
        limits = Limits(folder=tmp_path)
        runner.run_sessions([codes], limits, lambda _, __, known: read.append(known), kept=kept)

    run_it("n = 'fir' + 'st'\nopen(n).read();", "open('sec' + 'ond').read();")
    run_it("n = 'fir' + 'st'\nopen(n).read();", "open('thi' + 'rd').read();")
    assert read == [["data:first", "data:second"], ["data:first", "data:third"]]


def test_a_changed_block_runs_on_from_the_nearest_copy(kept, begun):
    marks = [f"import time\nn{i} = time.monotonic_ns()" for i in range(4)]
    before = go(kept, *marks, "n0, n1, n2, n3")[-1]
    assert go(kept, *marks, "(n0, n1, n2, n3)")[-1] == before  # nothing ran but this
    other = go(kept, *marks[:2], "n2 = 0", marks[3], "n0, n1, n2, n3")[-1]
    assert other[0]["data"].split(",")[:2] == before[0]["data"].split(",")[:2]
    again = go(kept, *marks[:2], "n2 = 0", marks[3], "(n0, n1, n2, n3)")[-1]
    assert again == other  # from a copy of a session that went on from a copy
    assert len(begun) == 1


def test_what_moves_in_a_block_that_nobody_asks_for_stays_as_it_begins(kept, begun):
    """Also in a session that goes on from a copy; what it draws of random numbers is the same."""
    before = ("import random\nfrom linreg import interact", "calls = []")
    call = "interact(lambda x: (calls.append(x), print(random.random())), x=[3, 4, 5])"
    quiet, other = Quiet(call), Quiet(f"{call};")
    numbers = set()
    for code, called in ((quiet, "[3]"), (f"{call} ", "[3, 4, 5]"), (other, "[3]")):
        *_, (output,), (number,) = go(kept, *before, code, "calls", "random.random()")
        assert output["data"] == called
        numbers.add(number["data"])
    assert len(numbers) == 1
    assert len(begun) == 1


def test_a_build_takes_no_copy_of_which_not_all_outputs_are_there(tmp_path, begun):
    """A page shows already what its first blocks give; a build is to know of all that moves."""
    moves = "from linreg import interact\nn = []\ninteract(lambda x: n.append(x), x=[1, 2]);"
    told = {}
    following = runner.Following(lambda *said: told.update({said[:2]: said[2]}), threading.Event())
    options = {"cache": str(tmp_path / "cache")}
    with closing(Copies()) as made:
        assert len(Kernel(made, options).run([moves, "len(n)"], following, known=1)) == 2
        assert told["block", 1][0]["data"] == "1"
        assert len(made) == 2
        page = tmp_path / "page.md"
        page.write_text(
            f"```python\n{moves}\n```\n\n<!--pytest-codeblocks:cont-->\n```python\nlen(n)\n```\n"
        )
        checked = LiterateExtension(**options)
        checked.run_pages([page], made)
        assert len(begun) == 2
        (kept,) = (json.loads(f.read_text().partition("\n")[2]) for f in kept_in(options["cache"]))
        ((figure,), (count,)) = kept
        assert (figure["kind"], count["data"]) == ("interact", "2")
        made.forget_all(pages.base(options_from(checked.getConfigs())))
        assert len(made) == 0


def kept_in(cache):
    """The files of the outputs that are kept: they hold a list of lists."""
    return [file for file in Path(cache).glob("*.json") if "\n[[{" in file.read_text()]


def test_what_depends_on_other_things_runs_from_the_start(kept, begun):
    go(kept, "x = 1", "x")
    go(runner.Kept(kept.copies, "another base"), "x = 1", "x")
    go(kept, Raising("x = 1"), "x")
    assert len(begun) == 3


def test_an_error_is_told_with_its_block_and_line_and_the_next_run_is_right(kept, begun):
    go(kept, "x = 0", "print('at 2')", "x")
    failure = go(kept, "x = 0", "print('at 2')", "print('now')\n1 / x")
    assert failure == Failure(
        2, "ZeroDivisionError: division by zero", (("<block 2>", 2, "<module>"),), (), "now\n"
    )
    assert go(kept, "x = 0", "print('at 2')", "x + 1")[2][0]["data"] == "1"
    assert len(begun) == 1


def test_blocks_after_a_mistake_run_on_once_it_is_mended(kept, begun):
    assert isinstance(go(kept, "x = 1", "y = x / 0"), Failure)
    assert go(kept, "x = 1", "y = x / 2", "y")[2][0]["data"] == "0.5"
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("os._exit(3)", "the block ended its process, with status 3"),
        ("os.kill(os.getpid(), 11)", "the block's process was killed by SIGSEGV"),
    ],
)
def test_the_end_of_a_process_that_went_on_is_told(kept, end, said):
    go(kept, "import os", "1")
    assert go(kept, "import os", f"print('a')\n{end}") == Failure(1, said, printed="a\n")


def test_what_a_session_that_went_on_leaves_running_ends_with_it(kept):
    go(kept, "import subprocess", "1")
    count = len(processes())
    go(kept, "import subprocess", "subprocess.Popen(['sleep', '99'], start_new_session=True);")
    within(10, lambda: len(processes()) <= count + 1)  # it, and perhaps one above it
    assert "sleep" not in {one.name() for one in processes()}


def test_time_that_was_spent_counts(kept):
    limits = Limits(seconds=4)
    go(kept, "import time\ntime.sleep(3)", "1", limits=limits)
    start = time.monotonic()
    failure = go(kept, "import time\ntime.sleep(3)", "time.sleep(60)", limits=limits)
    assert "did not end within 4 seconds" in failure.text
    assert time.monotonic() - start < 3


def test_a_session_can_be_stopped(kept):
    stop = threading.Event()
    threading.Timer(1, stop.set).start()
    start = time.monotonic()
    said = go(
        kept,
        "x = 1",
        "print('on')\nwhile True:\n    pass",
        following=runner.Following(lambda *_: None, stop),
    )
    assert said == Failure(1, "the session was stopped", printed="on\n")
    assert time.monotonic() - start < 8
    stop.clear()
    following = runner.Following(lambda *_: None, stop)
    assert go(kept, "x = 1", "x", following=following)[1][0]["data"] == "1"


def test_what_a_block_gives_is_told_while_it_runs(kept):
    told = []
    code = (
        "import subprocess, time\nfrom IPython.display import HTML, display\nprint('first')\n"
        "time.sleep(0.5)\ndisplay(HTML('<b>figure</b>'))\nprint('then')\n"
        "subprocess.run(['echo', 'child'])\ntime.sleep(0.5)"
    )
    following = runner.Following(lambda *said: told.append(said), threading.Event())
    for codes in (["x = 1", code], ["x = 1", code]):  # from the start, and from a copy
        told.clear()
        go(kept, *codes, following=following)
        so_far = [said[2] for said in told if said[:2] == ("so far", 1)]
        assert so_far[0] == "first\n"
        assert "then\nchild\n" in so_far
        (part,) = [said for said in told if said[0] == "part"]
        assert [one["data"] for one in part[2]] == ["first\n", "<b>figure</b>"]
        assert [said[1] for said in told if said[0] == "block"][-1] == 1


# ---- how many, and for how long ----


def test_the_oldest_copies_go_first(begun):
    kept = runner.Kept(Copies(most=3), "base", after=0)
    go(kept, "x = 1", "x", "x")
    go(kept, "y = 1", "y", "0")
    assert len(kept.copies) == 3
    go(kept, "y = 1", "y", "1")
    assert len(begun) == 2
    go(kept, "x = 1", "x", "1")
    assert len(begun) == 3
    kept.copies.close()
    within(20, lambda: processes() == [])


def depths(kept):
    """After how many blocks there are copies."""
    return sorted(len(copy.outputs) for copy in kept.copies._copies.values())


def test_copies_are_left_where_they_save_work_and_on_both_sides_of_the_last_block():
    with closing(Copies()) as made:
        kept = runner.Kept(made, "base", after=1)
        go(kept, "import time", "time.sleep(1.2)", "1", "2", "3")
        assert depths(kept) == [2, 4, 5]
        time.sleep(1.2)  # to wait for somebody who goes on is no work
        go(kept, "import time", "time.sleep(1.2)", "1", "2", "4", "5", "6")
        assert depths(kept) == [2, 4, 5, 6, 7]


def test_copies_take_no_more_memory_than_they_may(monkeypatch):
    made = Copies(memory=400_000_000)
    monkeypatch.setattr(made, "trim", lambda: None)  # not in a thread
    kept = runner.Kept(made, "base", after=0)
    go(kept, *["import numpy as np"], *[f"a = np.ones(10**7) * {i}" for i in range(8)])
    assert made.memory() > 500_000_000
    monkeypatch.undo()
    made.trim()
    assert 0 < kept.copies.memory() <= 400_000_000
    assert 0 < len(kept.copies) < 9
    kept.copies.close()
    within(20, lambda: processes() == [])


def test_without_anybody_who_keeps_them_there_are_no_copies():
    run([["x = 1", "x"]])
    within(5, lambda: processes() == [])


def test_after_the_end_nothing_is_kept(kept):
    go(kept, "x = 1", "x")
    kept.copies.close()
    go(kept, "x = 1", "x")
    assert len(kept.copies) == 0
    within(10, lambda: processes() == [])
    assert multiprocessing.active_children() == []


def test_a_copy_that_was_killed_is_not_missed(kept, begun):
    go(kept, "x = 1", "y = 2", "x")
    for copy in kept.copies._copies.values():
        os.kill(copy.process, signal.SIGKILL)
    assert go(kept, "x = 1", "y = 2", "x + y")[2][0]["data"] == "3"
    assert len(begun) == 2


def test_a_copy_that_cannot_go_on_is_not_missed(kept, begun, monkeypatch):
    go(kept, "x = 1", "x")
    connected = copies._connected

    def cut(address):
        meant = [one.process for one in kept.copies._copies.values() if one._address == address]
        for process in meant:
            os.kill(process, signal.SIGSTOP)  # else it might go on before it is killed
        made = connected(address)
        for process in meant:
            os.kill(process, signal.SIGKILL)
            within(10, lambda process=process: has_ended(process))
        return made

    monkeypatch.setattr(copies, "_connected", cut)
    go(kept, "x = 1", "2")
    assert len(begun) == 2


def test_two_that_go_on_from_one_copy_do_not_meet(kept, begun):
    first = "from pathlib import Path\nPath('n').write_text('0');"
    last = (
        "import time\nfor _ in range(20):\n    n = int(Path('n').read_text())\n"
        "    time.sleep(0.01)\n    Path('n').write_text(str(n + 1));\nPath('n').read_text()"
    )
    go(kept, first, "1")
    results = []
    both = [threading.Thread(target=lambda: results.append(go(kept, first, last))) for _ in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [result[1][0]["data"] for result in results] == ["'20'", "'20'"]
    assert len(begun) == 2


def test_many_saves_leave_no_more_processes_than_copies(kept):
    for i in range(30):
        go(kept, "x = 1", f"y = {i}", "y")
    within(10, lambda: len(processes()) <= 2 * len(kept.copies) + 1)
    small = Copies(most=4)
    for i in range(30):
        go(runner.Kept(small, "base", after=0), "x = 1", f"y = {i}", "y")
    kept.copies.close()
    within(10, lambda: len(processes()) <= 2 * 4 + 1)
    small.close()


SERVER = """\
import os, sys, time
from pathlib import Path
from linreg.literate import Copies, runner

runner.PRELOAD = []
copies = Copies()
code = "import os\\nopen(os.environ['LITERATE_FLAG'] + str(os.getpid()), 'w').close()"
kept = runner.Kept(copies, "base", after=0)
done = lambda *_: None
runner.run_sessions([["x = 1", "x", "x"]], runner.Limits(), done, kept=kept)
runner.run_sessions([["x = 1", "x", "3", "4"]], runner.Limits(), done, kept=kept)
Path(os.environ["LITERATE_FLAG"]).touch()
runner.run_sessions([["x = 1", "x", "while True:\\n    pass"]], runner.Limits(), done, kept=kept)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_copy_outlives_the_server_however_it_ends(tmp_path, end):
    flag = tmp_path / "flag"
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env={**os.environ, "LITERATE_FLAG": str(flag), "TMPDIR": str(tmp_path)},
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    within(60, flag.exists)
    time.sleep(0.5)
    assert len(marked(flag)) >= 1 + 1 + 2 + 5
    if end == signal.SIGINT:
        os.killpg(server.pid, end)  # what a terminal does
    else:
        server.send_signal(end)
    server.wait(30)
    within(20, lambda: marked(flag) == [])
    assert [*tmp_path.glob("literate-*")] == []


def test_copies_end_with_the_process_above_them(kept):
    go(kept, "x = 1", "x", "x")
    above = {psutil.Process(copy.process).parent() for copy in kept.copies._copies.values()}
    (one,) = above
    one.kill()
    within(5, lambda: not any(psutil.pid_exists(c.process) for c in kept.copies._copies.values()))


def marked(flag):
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"LITERATE_FLAG={flag}".encode() in path.read_bytes():
                found += [path] if (path.parent / "cmdline").read_bytes() else []
        except OSError:
            continue
    return found


# ---- pages ----


def test_a_page_is_run_from_its_copies_and_its_outputs_are_kept(tmp_path, begun):
    page, made = tmp_path / "page.md", Copies()
    options = Options(cache=tmp_path / "cache")
    blocks = "```python\nx = 1\n```\n\n<!--pytest-codeblocks:cont-->\n```python\n{}\n```\n"
    for last in ("x", "x + 1", "x"):
        page.write_text(blocks.format(last))
        pages.run_pages([page], options, made)
    assert len(begun) == 1
    pages.run_pages([page], options)  # what came of a copy is in the cache
    assert len(begun) == 1
    made.close()


def test_copies_that_hold_an_edited_package_are_not_gone_on_from(tmp_path, begun, monkeypatch):
    (tmp_path / "heights.py").write_text("TALL = 1")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    page, made = tmp_path / "page.md", Copies()
    options = Options(packages=("heights",))
    blocks = (
        f"```python\nimport sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport heights\n```\n\n"
        "<!--pytest-codeblocks:cont-->\n```python\nheights.TALL, {}\n```\n"
    )
    page.write_text(blocks.format(1))
    pages.run_pages([page], options, made)
    (tmp_path / "heights.py").write_text("TALL = 22")
    page.write_text(blocks.format(2))
    pages.run_pages([page], options, made)
    assert len(begun) == 2
    made.close()


def test_a_build_of_everything_leaves_no_copies(tmp_path):
    made = Copies()
    blocks = "```python\nx = {}\n```\n\n<!--pytest-codeblocks:cont-->\n```python\nx\n```\n"
    written = [tmp_path / f"{i}.md" for i in range(9)]
    for i, page in enumerate(written):
        page.write_text(blocks.format(i))
    pages.run_pages(written, Options(), made)
    assert len(made) == 0
    pages.run_pages(written[:2], Options(), made)
    assert len(made) == 4
    made.close()
