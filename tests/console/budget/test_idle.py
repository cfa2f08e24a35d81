"""An idle console uses almost no processor time and sends almost nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .measured import at_rest

A_WHILE_S = 5.0
A_LINE = 1_000


def test_a_console_at_rest_sends_nothing_and_works_next_to_nothing(stocked: Callable[[int], Path]) -> None:
    with at_rest(stocked(1_000)) as terminal:
        start, sent = terminal.cpu_seconds(), terminal.sent
        terminal.until_quiet(A_WHILE_S)
        # A start takes about one second: this is 2 % of the time waited.
        assert terminal.cpu_seconds() - start < 0.1 * start
        # The link's latency and the free disk space may have been redrawn.
        assert terminal.sent - sent < A_LINE
