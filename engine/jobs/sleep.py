"""Keeps the machine from falling asleep over its work."""

from __future__ import annotations

import os
import subprocess
import sys


class SleepInhibitor:
    """An idle-sleep assertion, held while jobs run: `caffeinate` on macOS, nothing elsewhere."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def active(self) -> bool:
        """Whether the machine is being kept awake."""
        return self._process is not None and self._process.poll() is None

    def set_active(self, active: bool) -> bool:
        """Takes or lets go of the assertion; whether anything changed."""
        if active == self.active:
            return False
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
        elif active and (command := inhibit_command()):
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        return self.active == active


def can_inhibit_sleep() -> bool:
    """Whether jobs keep this machine awake."""
    return bool(inhibit_command())


def inhibit_command() -> list[str]:
    """The command that keeps this machine awake for as long as this process lives; empty where there is none."""
    return ["caffeinate", "-i", "-w", str(os.getpid())] if sys.platform == "darwin" else []
