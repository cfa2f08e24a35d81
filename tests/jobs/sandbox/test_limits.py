"""Limits on memory and processor time."""

from __future__ import annotations

import signal

from engine.jobs.sandbox import SandboxPolicy, limit_exceeded

from .confined_process import LINUX, ConfinedProcess


@LINUX
def test_exceeding_the_memory_limit_raises_memory_error(confined: ConfinedProcess) -> None:
    # Untouched zero pages take no physical memory.
    grow = "held = []\nwhile len(held) < 100: held.append(bytes(1 << 28))"
    (grown, after), _ = confined.run(grow, "held.clear(); bytes(1 << 20)", memory=1 << 28)
    assert grown.outcome == "MemoryError"
    assert grown.message == "This job exceeded its limit of 268 MB of memory."
    assert after.outcome == "done"


@LINUX
def test_a_busy_loop_is_stopped_by_the_processor_time_limit(confined: ConfinedProcess) -> None:
    results, exit_code = confined.run("while True: pass", cpu_seconds=1)
    assert (results, exit_code) == ([], -signal.SIGXCPU)


@LINUX
def test_core_dumps_are_disabled(confined: ConfinedProcess) -> None:
    assert confined.outcomes("import resource; assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)") == ["done"]


@LINUX
def test_memory_limits_that_are_not_set_stay_unlimited(confined: ConfinedProcess) -> None:
    check = "import resource as r; assert r.getrlimit(r.RLIMIT_DATA) == r.getrlimit(r.RLIMIT_AS) == (-1, -1)"
    assert confined.outcomes(check) == ["done"]


def test_only_the_processor_time_signal_exceeds_a_limit() -> None:
    policy = SandboxPolicy((), (), network=False, memory=None, cpu_seconds=90)
    stopped = limit_exceeded(-signal.SIGXCPU, policy)
    assert stopped is not None
    assert stopped.message == "This job used up its 90 seconds of processor time and was stopped."
    assert limit_exceeded(-signal.SIGSEGV, policy) is limit_exceeded(0, policy) is None
