"""Settings of OpenMP, which reads them when it is loaded. They come before every import of faster-whisper."""

from __future__ import annotations

import os


def sleep_while_waiting() -> None:
    """Makes idle threads sleep. Threads that wait in a loop take the cores from other jobs."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
