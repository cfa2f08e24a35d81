"""Keeps the machine from falling asleep over its work."""

from __future__ import annotations

import os
import subprocess
import sys


class Wakefulness:
    """An idle-sleep assertion, held while jobs run: `caffeinate` on macOS, nothing elsewhere."""

    def __init__(self) -> None:
        self._held: subprocess.Popen[bytes] | None = None

    @property
    def held(self) -> bool:
        """Whether the machine is being kept awake."""
        return self._held is not None and self._held.poll() is None

    def keep(self, wanted: bool) -> bool:
        """Takes or lets go of the assertion; whether anything changed."""
        if wanted == self.held:
            return False
        if self._held is not None:
            self._held.terminate()
            self._held.wait()
            self._held = None
        elif wanted and (command := assertion()):
            self._held = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        return self.held == wanted


def keeps_awake() -> bool:
    """Whether jobs keep this machine awake."""
    return bool(assertion())


def assertion() -> list[str]:
    """The command that keeps this machine awake for as long as this process lives; empty where there is none."""
    return ["caffeinate", "-i", "-w", str(os.getpid())] if sys.platform == "darwin" else []
