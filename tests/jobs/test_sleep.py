"""Running jobs prevent sleep on supported platforms."""

from __future__ import annotations

import os
import sys

from engine.jobs import can_inhibit_sleep
from engine.jobs.sleep import SleepInhibitor, inhibit_command


def test_the_machine_is_kept_awake_while_it_is_wanted() -> None:
    power = SleepInhibitor()
    assert not power.active
    assert power.set_active(True) == can_inhibit_sleep()
    assert power.active == can_inhibit_sleep()
    power.set_active(False)
    assert not power.active


def test_the_assertion_ends_with_its_process() -> None:
    assert can_inhibit_sleep() == (sys.platform == "darwin")
    if can_inhibit_sleep():
        assert inhibit_command() == ["caffeinate", "-i", "-w", str(os.getpid())]
