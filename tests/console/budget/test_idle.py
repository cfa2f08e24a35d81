"""An idle console uses almost no processor time and sends almost nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .measured import idle_console

IDLE_S = 5.0
MAX_BYTES = 1_000


def test_an_idle_console_uses_almost_no_time_and_bytes(studio_of_size: Callable[[int], Path]) -> None:
    with idle_console(studio_of_size(1_000)) as terminal:
        start, sent = terminal.cpu_seconds(), terminal.sent
        terminal.until_quiet(IDLE_S)
        # A start takes about one second, so that this is 2 % of the idle time.
        assert terminal.cpu_seconds() - start < 0.1 * start
        # The link's latency and the free disk space may have been redrawn.
        assert terminal.sent - sent < MAX_BYTES
