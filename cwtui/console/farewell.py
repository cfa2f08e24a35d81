"""Leaving when told so from outside: the terminal is left as it was, and nobody waits for one that is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import termios
from collections.abc import Callable
from contextlib import suppress
from threading import Timer
from types import FrameType
from typing import Any

_FUSE_S = 5.0


def answer_farewells(driver: Any, leave: Callable[[int], None]) -> None:
    """A kill, a hang-up and an interrupt `leave` with 128 and the signal's number; after 5 s, whatever still waits.

    The command makes of an interrupt what it is everywhere: 1, and “Stopped.”. For the event loop's own thread.
    """
    loop = asyncio.get_running_loop()

    # Python's handlers, not the loop's: a terminal that takes nothing any more holds its writer up, and so the loop.
    def told(number: int, frame: FrameType | None) -> None:
        fuse = Timer(_FUSE_S, _give_up, (driver, 128 + number))
        fuse.daemon = True
        fuse.start()
        # It may be closed already: then the process is leaving.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(leave, 128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, told)


def _give_up(driver: Any, code: int) -> None:
    with suppress(termios.error, OSError, TypeError):
        termios.tcsetattr(driver.fileno, termios.TCSANOW, driver.attrs_before)
    os._exit(code)
