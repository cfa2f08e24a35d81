"""Running jobs prevent sleep on supported platforms."""

from __future__ import annotations

import os
import sys

from engine.jobs import can_inhibit_sleep
from engine.jobs.sleep import SleepInhibitor, inhibit_command


def test_the_inhibitor_is_active_only_while_it_is_set() -> None:
    inhibitor = SleepInhibitor()
    assert not inhibitor.active
    assert inhibitor.set_active(True) == can_inhibit_sleep()
    assert inhibitor.active == can_inhibit_sleep()
    inhibitor.set_active(False)
    assert not inhibitor.active


def test_the_inhibit_command_ends_with_its_process() -> None:
    assert can_inhibit_sleep() == (sys.platform == "darwin")
    if can_inhibit_sleep():
        assert inhibit_command() == ["caffeinate", "-i", "-w", str(os.getpid())]
