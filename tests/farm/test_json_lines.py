"""Lines between a process and its sandboxed child, which may run hostile code."""

from __future__ import annotations

import socket

from engine.farm.json_lines import LineChannel


def test_a_side_that_does_not_read_cannot_stop_the_other_one() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        channel = LineChannel(ours, lambda message: None, lambda: None, patience=1)
        assert channel.is_open
        while channel.send({"lease": "0" * 4000}):
            pass
        assert not channel.is_open
        # The next lines do not wait either.
        assert not channel.send({"lease": "1"})
        channel.close()
