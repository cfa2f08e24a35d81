"""An idle console uses almost no processor time and sends almost nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .measured import idle_console

IDLE_S = 5.0
MAX_BYTES = 1_000
# On a busy machine, the end of the start may lie in the first one.
PERIODS = 4


def test_an_idle_console_uses_almost_no_time_and_bytes(studio_of_size: Callable[[int], Path]) -> None:
    with idle_console(studio_of_size(1_000)) as terminal:
        start = terminal.cpu_seconds()
        for _ in range(PERIODS):
            before, sent = terminal.cpu_seconds(), terminal.sent
            terminal.until_quiet(IDLE_S)
            used, sent = terminal.cpu_seconds() - before, terminal.sent - sent
            # A start takes about one second, so that this is 2 % of the idle time. The link's latency and the free disk
            # space may have been redrawn.
            if used < 0.1 * start and sent < MAX_BYTES:
                return
        raise AssertionError(f"{used:.2f} s and {sent} bytes in an idle period; the start took {start:.2f} s")
