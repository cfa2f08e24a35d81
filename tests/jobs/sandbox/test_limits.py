"""Limits on memory and processor time."""

from __future__ import annotations

import signal

from engine.jobs.sandbox import SandboxPolicy, limit_exceeded

from .confined_process import LINUX, ConfinedProcess


@LINUX
def test_memory_without_bound_ends_in_a_memory_error(place: ConfinedProcess) -> None:
    # Untouched zero pages take no physical memory.
    grow = "held = []\nwhile len(held) < 100: held.append(bytes(1 << 28))"
    (grown, after), _ = place.send(grow, "held.clear(); bytes(1 << 20)", memory=1 << 28)
    assert grown.outcome == "MemoryError"
    assert grown.said == "This job exceeded its limit of 268 MB of memory."
    assert after.outcome == "done"


@LINUX
def test_a_busy_loop_ends_by_the_processor_limit(place: ConfinedProcess) -> None:
    told, exit_code = place.send("while True: pass", cpu_seconds=1)
    assert (told, exit_code) == ([], -signal.SIGXCPU)


@LINUX
def test_nothing_is_dumped(place: ConfinedProcess) -> None:
    assert place.outcomes("import resource; assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)") == ["done"]


@LINUX
def test_open_limits_stay_as_they_are(place: ConfinedProcess) -> None:
    looked = "import resource as r; assert r.getrlimit(r.RLIMIT_DATA) == r.getrlimit(r.RLIMIT_AS) == (-1, -1)"
    assert place.outcomes(looked) == ["done"]


def test_an_end_by_the_limit_is_told_from_other_ends() -> None:
    walls = SandboxPolicy((), network=False, memory=None, cpu_seconds=90)
    stopped = limit_exceeded(-signal.SIGXCPU, walls)
    assert stopped is not None
    assert stopped.message == "This job used up its 90 seconds of processor time and was stopped."
    assert limit_exceeded(-signal.SIGSEGV, walls) is limit_exceeded(0, walls) is None
