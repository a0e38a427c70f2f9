"""Ctrl-C: as usual before there is a plan to lose, later on a wish to stop; the second one ends the program."""

import signal
from importlib.resources import files

import numpy as np
import pytest

from camgap.config.project import load_settings
from camgap.coverage.planning import plan_study
from camgap.coverage.siting.clock import Clock
from camgap.coverage.study import load_study

PROJECT = files("camgap.config").joinpath("demo", "camgap.toml")


@pytest.fixture(autouse=True)
def hears_ctrl_c():
    """Listen to Ctrl-C as usual: a shell that starts the tests in the background has it ignored."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


def test_ctrl_c_is_a_wish_once_choosing_has_begun_and_the_second_one_is_an_order():
    heard = []
    clock = Clock.of(None, lambda: heard.append(1))
    with clock.listening():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        clock.begin()
        signal.raise_signal(signal.SIGINT)
        assert (clock.stopped, clock.over(), heard) == ("interrupted", True, [1])
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_time_before_choosing_does_not_count():
    clock = Clock(limit=60.0, started=-1e9)
    assert clock.left == 0
    clock.begin()
    assert 0 < clock.left <= 60
    assert Clock.of(None).left == np.inf


@pytest.mark.parametrize(("at", "stopped"), [("choose sites", "interrupted"), ("measure every step", "")])
def test_a_plan_is_not_lost_once_choosing_has_begun(at, stopped):
    told = []

    def progress(name, _done, _total):
        if name == at and not told:
            told.append(name)
            signal.raise_signal(signal.SIGINT)

    more = {"plan.spacing_m": 120.0, "plan.azimuth_steps": 8, "bands.draws": 0, "plan.frontier": []}
    plan = plan_study(load_study(load_settings(PROJECT, budget=60_000, **more)), progress)
    assert told == [at]
    assert plan.stopped == stopped
    assert len(plan.sites) > 0
    assert plan.steps is not None
