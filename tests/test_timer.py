"""The stopwatch."""

import time

import pytest

from linreg import Timer


def test_a_new_timer_is_running_and_each_stop_adds_a_time(monkeypatch):
    seconds = iter([10, 12, 20, 25])
    monkeypatch.setattr(time, "perf_counter", lambda: next(seconds))
    timer = Timer()
    assert timer.stop() == 2
    timer.start()
    assert timer.stop() == 5
    assert timer.times == [2, 5]
    assert (timer.avg(), timer.sum(), timer.cumsum()) == (3.5, 7, [2, 7])


def test_a_timer_measures_seconds():
    timer = Timer()
    time.sleep(0.02)
    assert timer.stop() >= 0.02


def test_a_timer_that_measured_nothing_has_no_average():
    timer = Timer()
    assert (timer.sum(), timer.cumsum()) == (0, [])
    with pytest.raises(ValueError, match=r"call stop\(\) before avg\(\)"):
        timer.avg()
