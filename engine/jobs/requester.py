"""Names the program, the terminal and the machine from which the user requests something."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


def requester(program: str) -> str:
    """Such as “the console, pts/3 on studio-mac”; without a terminal, “cwtui cancel on studio-mac”."""
    for descriptor in (0, 1, 2):
        with suppress(OSError):
            terminal = os.ttyname(descriptor).removeprefix("/dev/")
            return f"{program}, {terminal} on {socket.gethostname()}"
    return f"{program} on {socket.gethostname()}"
