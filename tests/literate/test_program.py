"""What a block does in plain Python it does on the page: Python itself says what that is."""

from __future__ import annotations

import os
import subprocess
import sys
from textwrap import dedent

import pytest

from linreg.literate.outputs import Failure

from .conftest import run

START = "import multiprocessing as mp, os, sys\n"
GUARDED = START + dedent(
    """\
    def square(x):
        return x * x

    def tell():
        print("child", mp.current_process().name, mp.parent_process().name, flush=True)

    if __name__ == "__main__":
        {}
    """
)
IN_A_POOL = "with mp.get_context({!r}).Pool(2) as pool:\n        print(pool.map(square, range(4)))"
IN_A_PROCESS = (
    "p = mp.get_context({!r}).Process(target=tell)\n    p.start()\n    p.join()\n"
    "    print(p.name, p.exitcode)"
)

# Programs that print the same when Python runs them as main.py.
PROGRAMS = {
    "the start method": START + "print(mp.get_start_method())",
    "the first process": START
    + "print(mp.current_process().name, mp.parent_process(), mp.active_children())\n"
    "print(mp.Process().name, mp.Process().name, mp.current_process()._identity)",
    "a start method chosen": START + "mp.set_start_method('spawn')\nprint(mp.get_start_method())",
    "a pool by the default": GUARDED.format(IN_A_POOL.format(None)),
    "a pool, spawned": GUARDED.format(IN_A_POOL.format("spawn")),
    "a pool by a server": GUARDED.format(IN_A_POOL.format("forkserver")),
    "a process by the default": GUARDED.format(IN_A_PROCESS.format(None)),
    "a process, spawned": GUARDED.format(IN_A_PROCESS.format("spawn")),
    "a process by a server": GUARDED.format(IN_A_PROCESS.format("forkserver")),
    "a process spawned without a guard": START
    + "print(__name__)\np = mp.get_context('spawn').Process(target=print)\n"
    "sys.stderr = open(os.devnull, 'w')\np.start()\np.join()\nprint(p.exitcode)",
    "an executor": "from concurrent.futures import ProcessPoolExecutor\n"
    "def f(x):\n    return x + 1\n"
    "with ProcessPoolExecutor(2) as pool:\n    print(list(pool.map(f, range(3))))",
    "a manager": START + "with mp.Manager() as m:\n    print(dict(m.dict(a=1)))",
    "a queue": START
    + "def put(queue):\n    queue.put([1, 2])\n"
    "q = mp.Queue()\np = mp.Process(target=put, args=(q,))\np.start()\nprint(q.get())\np.join()",
    "a loader with workers": dedent(
        """\
        import torch
        from torch.utils.data import DataLoader, Dataset

        class Numbers(Dataset):
            def __len__(self):
                return 6

            def __getitem__(self, i):
                return torch.tensor([float(i)])

        print([batch.tolist() for batch in DataLoader(Numbers(), batch_size=3, num_workers=2)])
        """
    ),
    "arguments": "import sys\nprint(sys.argv)",
    "a parser of arguments": "import argparse\n"
    "parser = argparse.ArgumentParser(description=__doc__)\n"
    "parser.add_argument('--lr', default=1)\n"
    "print(parser.parse_args())\nprint(parser.format_help())",
    "a documented program": '"""About."""\nimport sys\nprint(__doc__)',
    "names": "a = 1\n"
    "print(sorted(set(globals()) - {'__annotations__', '__cached__', '__file__'}))\n"
    "print(__name__, __doc__, __package__)",
    "the main module": "import sys\nx = 3\n"
    "print(sys.modules['__main__'].x, sys.modules[__name__].x)",
    "a module beside it": "open('beside.py', 'w').write('x = 3')\nimport beside\nprint(beside.x)",
    "where modules are looked for": "import os, sys\nprint(sys.path[0] == os.getcwd())",
    "no prompt": "import sys\nprint(hasattr(sys, 'ps1'))",
    "hooks": "import sys, threading\n"
    "print(sys.excepthook is sys.__excepthook__, threading.excepthook is threading.__excepthook__)",
    "an exception hook called": "import sys\ntry:\n    1 / 0\nexcept Exception as e:\n"
    "    sys.excepthook(type(e), e.with_traceback(None), None)",
    "input": "import sys\nprint(sys.stdin.isatty(), sys.stdin.fileno(), sys.stdin.name)\n"
    "print(sys.stdin is sys.__stdin__, repr(sys.stdin.read()), repr(sys.stdin.buffer.read()))",
    "no line of input": "try:\n    input()\nexcept EOFError as error:\n    print(error)",
    "signals": "import signal\n"
    "print([signal.getsignal(s) for s in (2, 13, 15, 17)], signal.set_wakeup_fd(-1))",
    "the state of the process": "import gc, logging, os, sys, threading\n"
    "print(gc.isenabled(), logging.root.handlers, os.umask(0), sys.getrecursionlimit())\n"
    "print(threading.main_thread().name, threading.active_count(), sys.gettrace())",
    "an event loop": "import asyncio\n\nasync def main():\n    await asyncio.sleep(0)\n"
    "    return 3\n\n"
    "print(asyncio.run(main()))\nprint(asyncio.run(main()))",
    "constants": "a = 1000\nb = 1000\nprint(a is b)",
    "a warning twice": "import sys, warnings\n"
    "warnings.formatwarning = lambda message, *_: f'{message}\\n'\n"
    "def f():\n    warnings.warn('careful')\nf()\nf()",
    "a file opened by its number": "open(1, 'w', closefd=False).write('a\\n')",
    "exit": "try:\n    exit(3)\nexcept SystemExit as error:\n    print(error.code)",
    "bytes": "import sys\nsys.stdout.buffer.write(b'x\\n')\nsys.stdout.buffer.raw if 0 else None\n"
    "print('a')\nsys.stderr.buffer.write(b'y\\n')\nsys.stdout.buffer.flush()\nprint('b')",
    "a character in two writes": "import sys\nfor b in '梯'.encode():\n"
    "    sys.stdout.buffer.write(bytes([b]))\nprint()",
    "streams set anew": "import sys\n"
    "sys.stdout.reconfigure(line_buffering=True, newline='\\r\\n')\n"
    "print(sys.stdout.line_buffering, sys.stdout.encoding, sys.stdout.newlines)\n"
    "sys.stdout.reconfigure(encoding='ascii', errors='backslashreplace')\nprint('梯')",
    "what a stream is": "import io, sys\nfor s in (sys.stdout, sys.stderr):\n"
    "    print(type(s), s.name, s.mode, s.fileno(), s.isatty(), s.writable(), s.readable())\n"
    "    print(s.buffer.writable(), s.seekable() in (True, False), s.write_through)",
    "streams side by side": "import os, sys\nprint('a', end='')\nos.write(1, b'b')\n"
    "print('c', file=sys.__stdout__, end='')\nprint('d', file=sys.stderr)\n"
    "os.write(2, b'e\\n')\nprint('f', file=sys.__stderr__)\nsys.stdout.writelines(['g', 'h\\n'])",
    "a stream put elsewhere": "import contextlib, io\n"
    "with contextlib.redirect_stdout(io.StringIO()) as s:\n"
    "    print('hidden')\nprint(repr(s.getvalue()))",
    "a program with our output": "import subprocess, sys\n"
    "subprocess.run(['echo', 'a'], stdout=sys.stdout)\nprint('b')",
    "a fork": "import os\nprint('a')\nif os.fork() == 0:\n    print('child')\n    os._exit(0)\n"
    "os.wait()\nprint('b')",
}  # fmt: skip


@pytest.fixture(scope="module")
def ran():
    return dict(zip(PROGRAMS, run([[code] for code in PROGRAMS.values()]), strict=True))


def plain(code, folder):
    """What Python prints when it runs a program."""
    (folder / "main.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    return done.stdout.decode()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_prints_what_python_prints(ran, name, tmp_path):
    assert not isinstance(ran[name], Failure), ran[name]
    (outputs,) = ran[name]
    printed = "".join(output["data"] for output in outputs if output["stream"] != "value")
    assert printed == plain(PROGRAMS[name], tmp_path)


# Blocks of one session, and what the last of them prints.
SESSIONS = {
    "the lines of many processes stay whole": (
        [
            START + "def say(i):\n    for _ in range(50):\n        print('x' * 9, 'y' * 9)\n"
            "ps = [mp.Process(target=say, args=(i,)) for i in range(4)]\n"
            "[p.start() for p in ps]\n[p.join() for p in ps];"
        ],
        "xxxxxxxxx yyyyyyyyy\n" * 200,
    ),
    "what a stream was set to stays": (
        ["import sys\nsys.stdout.reconfigure(errors='replace')", "print(sys.stdout.errors)"],
        "replace\n",
    ),
    "a string first in a later block documents nothing": (
        ["x = 1", "'about'\nprint(__doc__)"],
        "None\n",
    ),
    "all blocks so far are spawned": (
        [
            "import multiprocessing as mp\ndef f(x):\n    return -x",
            "if __name__ == '__main__':\n    with mp.get_context('spawn').Pool(1) as p:\n"
            "        print(p.map(f, [1, 2]))",
        ],
        "[-1, -2]\n",
    ),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_blocks_are_one_program(name):
    codes, printed = SESSIONS[name]
    (result,) = run([codes])
    assert not isinstance(result, Failure), result
    assert "".join(output["data"] for output in result[-1]) == printed
