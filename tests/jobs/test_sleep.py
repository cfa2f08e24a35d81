"""Work keeps the machine awake where that can be asked for."""

from __future__ import annotations

import os
import sys

from engine.jobs import keeps_awake
from engine.jobs.sleep import Wakefulness, assertion


def test_the_machine_is_kept_awake_while_it_is_wanted() -> None:
    power = Wakefulness()
    assert not power.held
    assert power.keep(True) == keeps_awake()
    assert power.held == keeps_awake()
    power.keep(False)
    assert not power.held


def test_the_assertion_ends_with_its_process() -> None:
    assert keeps_awake() == (sys.platform == "darwin")
    if keeps_awake():
        assert assertion() == ["caffeinate", "-i", "-w", str(os.getpid())]
