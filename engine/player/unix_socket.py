"""Tests whether a process listens at a Unix socket."""

from __future__ import annotations

import socket
from pathlib import Path


def is_listening(address: Path | str, timeout_s: float | None = None) -> bool:
    """Whether a connection is accepted; a name that starts with a zero byte is abstract."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout_s)
        try:
            connection.connect(str(address))
        except OSError:
            return False
    return True
