"""Checks files that are not trusted in a process of their own, with limits of time and memory.

The job that installs a package is limited as a whole. A child of it that crashes, grows or does not end is one named
error instead of a job that was killed; and `cwtui market pack`, which runs outside of the sandbox, has the same limits.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Literal

from engine.errors import RequestError
from engine.units import format_bytes

CheckName = Literal["font", "shader"]
CPU_SECONDS: Mapping[CheckName, int] = {"font": 60, "shader": 20}
"""The processor time of a check. A font of 31,000 glyphs needs 18 s."""
WALL_SECONDS: Mapping[CheckName, int] = {"font": 600, "shader": 180}
MEMORY = 640 << 20
REFUSED = 3
"""The exit code of a child whose error output is the reason."""


def check_limited(check: CheckName, content: bytes, name: str) -> bytes:
    """The result of a check of `engine.market.limited_child` on a file's content.

    Raises RequestError with the reason if the file is refused, needs more than the limits, or the check crashes.
    """
    command = [sys.executable, "-P", "-m", "engine.market.limited_child", check]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=WALL_SECONDS[check], check=False)
    except subprocess.TimeoutExpired:
        raise _beyond(check, name) from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == REFUSED:
        raise RequestError(f"{name}: {done.stderr.decode('utf-8', 'replace')[:600]}.", _HINT)
    raise _beyond(check, name)


_HINT = "Nothing was installed. docs/market.md describes what a package may contain."


def _beyond(check: CheckName, name: str) -> RequestError:
    limits = f"{CPU_SECONDS[check]} s and {format_bytes(MEMORY)}"
    return RequestError(f"{name} could not be checked within {limits}, or its reader crashed.", _HINT)
