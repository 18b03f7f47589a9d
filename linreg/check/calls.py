"""Calls of a learner's function that leave no trace: quiet, limited in time, everything undone."""

from __future__ import annotations

import contextlib
import io
import logging
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any, NamedTuple

import numpy as np
import torch

SECONDS = 5.0
"""How long a call may compute, in seconds of this process' own time."""
_gave_up: ContextVar[bool] = ContextVar("_gave_up", default=False)
"""Whether a call of this check went on for too long, so that no other is begun."""


class Called(NamedTuple):
    """What came of a call: a result or an exception, and what was printed."""

    result: Any
    error: BaseException | None
    printed: str


def call(f: Callable[..., Any], *args: object, **kwargs: object) -> Called:
    """Call `f` and return what it gives, what it raises and what it prints.

    An `exit()` counts as an exception, and a call that goes on for ever ends in a TimeoutError.
    """
    with captured() as printed:
        result, error = None, None
        try:
            with limited():
                result = f(*args, **kwargs)
        except (Exception, SystemExit) as raised:
            error = raised
    return Called(result, error, printed())


@contextlib.contextmanager
def captured() -> Iterator[Callable[[], str]]:
    """Keep what is written to stdout and stderr, and in IPython what is displayed."""
    if "IPython" in sys.modules:
        from IPython.utils.capture import capture_output

        with capture_output() as shown:
            yield lambda: shown.stdout + shown.stderr
        return
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield stream.getvalue


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Raise TimeoutError in what runs too long, where the system has timers: not on Windows."""
    message = f"still running after {SECONDS:g} seconds"
    if _gave_up.get():
        raise TimeoutError(message)
    if not hasattr(signal, "setitimer") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        _gave_up.set(True)
        raise TimeoutError(message)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS, 1.0)  # again, where it is caught
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Leave the learner's session as it was, whatever the function does to it.

    That is: the random states, the gradient mode, the default dtype and device, the number of
    threads, the warnings' filters, the loggers' threshold, NumPy's way of printing, and
    matplotlib's settings and open figures. Inside, everything is seeded, so that a check says the
    same each time.
    """
    python, array = random.getstate(), np.random.get_state()  # noqa: NPY002
    dtype, device = torch.get_default_dtype(), torch.empty(0).device
    giving_up = _gave_up.set(False)
    threads, threshold = torch.get_num_threads(), logging.root.manager.disable
    with (
        torch.random.fork_rng(),
        torch.enable_grad(),
        warnings.catch_warnings(),
        np.printoptions(),
        _same_figures(),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        try:
            torch.manual_seed(0)
            random.seed(0)
            np.random.seed(0)  # noqa: NPY002
            yield
        finally:
            _gave_up.reset(giving_up)
            random.setstate(python)
            np.random.set_state(array)  # noqa: NPY002
            logging.disable(threshold)
            torch.set_default_dtype(dtype)
            if torch.empty(0).device != device:
                torch.set_default_device(None if device.type == "cpu" else device)
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)


@contextlib.contextmanager
def _same_figures() -> Iterator[None]:
    """Close the figures that are opened inside, and undo what is set in matplotlib."""
    if "matplotlib.pyplot" not in sys.modules:
        yield
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        return
    from matplotlib import pyplot as plt

    before, current = plt.get_fignums(), plt.gcf().number if plt.get_fignums() else None
    with plt.rc_context():
        yield
    for number in plt.get_fignums():
        if number not in before:
            plt.close(number)
    if current is not None and plt.fignum_exists(current):
        plt.figure(current)


def local_variables(error: BaseException | None, f: Callable[..., Any]) -> dict[str, Any]:
    """Return the variables of the learner's function at the line where it raised `error`."""
    code = getattr(f, "__code__", None)
    traceback = error.__traceback__ if error is not None else None
    found: dict[str, Any] = {}
    while traceback is not None:
        if traceback.tb_frame.f_code is code:
            found = dict(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next
    return found
