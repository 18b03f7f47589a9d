"""Starts ranks for tests: real processes, forked from one that has imported torch already.

As a program it reads requests from its standard input, one a line, and answers each with a line.
"""

import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import torch

HERE = Path(__file__).parent
RIGHT = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PYTHONPATH": f"{HERE.parent}:{HERE}"}
LIMIT = 120  # seconds after which a rank that still runs is stopped: nothing here takes as many


class Rank(NamedTuple):
    """What became of a rank: what its job gave, what it printed, whether it had to be stopped."""

    result: object
    said: str
    code: int | None  # None if it had to be stopped
    seconds: float  # from the start of all ranks to its end


class Ranks:
    """The program below, running."""

    def __enter__(self):
        self.program = subprocess.Popen(
            [sys.executable, __file__],
            env=os.environ | RIGHT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_):
        self.program.communicate()

    def run(self, world, job, *args, missing=(), hangs=None, environment=None, patience=60):
        """Run a job in ranks.

        Args:
            world: how many ranks.
            job: its name in `test_distributed.JOBS`.
            args: what it is called with.
            missing: ranks that are never started.
            hangs: a rank that never ends; it is stopped once the others have ended.
            environment: variables that are set otherwise.
            patience: seconds that a rank waits for another.
        """
        with tempfile.TemporaryDirectory() as folder:
            request = {
                "world": world,
                "job": job,
                "args": args,
                "missing": missing,
                "hangs": hangs,
                "environment": environment or {},
                "patience": patience,
                "limit": LIMIT,
                "folder": folder,
            }
            print(json.dumps(request), file=self.program.stdin, flush=True)
            answer = json.loads(self.program.stdout.readline())
            return {
                int(rank): Rank(result_of(folder, rank), Path(folder, rank).read_text(), *ended)
                for rank, ended in sorted(answer.items())
            }


def result_of(folder, rank):
    file = Path(folder, f"{rank}.pt")
    return torch.load(file) if file.exists() else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def answer(world, missing, hangs, limit, **request):
    """Start ranks, wait for them, and say how each ended."""
    started, port = time.monotonic(), free_port()
    running, ended = {}, {}
    for rank in sorted({*range(world)} - {*missing}):
        child = os.fork()
        if child == 0:
            one_rank(rank, world, port, **request)
        running[child] = rank
    while running and time.monotonic() - started < limit:
        child, status = os.waitpid(-1, os.WNOHANG)
        if child:
            code = os.waitstatus_to_exitcode(status)
            ended[running.pop(child)] = (code, time.monotonic() - started)
        else:
            time.sleep(0.005)
        if [*running.values()] == [hangs]:  # the others have given it up; it is left to us
            break
    for child, rank in running.items():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        ended[rank] = (None, time.monotonic() - started)
    return ended


def one_rank(rank, world, port, environment, patience, folder, job, args):
    """Do a job as one of the ranks, and end."""
    code = 1
    with Path(folder, str(rank)).open("w", buffering=1) as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
        try:
            os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world)}
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)} | environment
            group = importlib.import_module("linreg.distributed.group")
            group.PATIENCE = timedelta(seconds=patience)
            torch.save(JOBS[job](*args), Path(folder, f"{rank}.pt"))
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
        with contextlib.suppress(Exception):
            group.leave()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    torch.set_num_threads(1)
    from test_distributed import JOBS

    # the first optimizer of a program imports much: better here, once
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)
