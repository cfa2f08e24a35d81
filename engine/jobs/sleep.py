"""Prevents system sleep while jobs run."""

from __future__ import annotations

import os
import subprocess
import sys


class SleepInhibitor:
    """An idle-sleep assertion: `caffeinate` on macOS, no effect elsewhere."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def active(self) -> bool:
        """Whether sleep is prevented now."""
        return self._process is not None and self._process.poll() is None

    def set_active(self, active: bool) -> bool:
        """Starts or ends the assertion. Returns whether the state changed."""
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
    """Whether sleep can be prevented on this platform."""
    return bool(inhibit_command())


def inhibit_command() -> list[str]:
    """The command that prevents sleep until this process exits; empty if the platform has none."""
    return ["caffeinate", "-i", "-w", str(os.getpid())] if sys.platform == "darwin" else []
