"""Clean exit on signals: the terminal is restored, also when it no longer reads its output."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from threading import Timer
from types import FrameType

_FORCE_EXIT_S = 5.0
# Modes that Textual enables: mouse, focus, resize, bracketed paste, alternate screen; and modes that it disables: line
# wrap, cursor. "\x1b[<u" ends the kitty keyboard protocol.
_DISABLE, _ENABLE = (1000, 1003, 1006, 1015, 1004, 2004, 2048, 1049), (7, 25)
_RESET_SEQUENCE = "".join(
    ["\x1b[<u", *(f"\x1b[?{mode}l" for mode in _DISABLE), *(f"\x1b[?{mode}h" for mode in _ENABLE)]
).encode()


class ShutdownSignals:
    """SIGTERM, SIGHUP and SIGINT exit with 128 and the signal's number, by force after 5 s.

    Create it in the main thread, before anything is drawn. A signal before `set_exit` takes effect once that is called.
    `cwtui` reports SIGINT as “Stopped.” with exit code 1, as for all commands.
    """

    def __init__(self) -> None:
        self._exit_code: int | None = None
        self._exit: Callable[[int], None] | None = None
        self._terminal_settings = None
        with suppress(termios.error, OSError, ValueError):
            self._terminal_settings = termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ else None
        # Python's handlers, not the loop's: a terminal that stops reading blocks the writer, and so the event loop.
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._handle)

    def set_exit(self, exit_with: Callable[[int], None]) -> None:
        """Set the function that exits with a code. Call this in the event loop's thread."""
        loop = asyncio.get_running_loop()

        def soon(code: int) -> None:
            # The loop is closed once the process is exiting.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(exit_with, code)

        self._exit = soon
        if self._exit_code is not None:
            soon(self._exit_code)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._exit_code = 128 + number
        fuse = Timer(_FORCE_EXIT_S, self._force_exit)
        fuse.daemon = True
        fuse.start()
        if self._exit:
            self._exit(self._exit_code)

    def _force_exit(self) -> None:
        with suppress(termios.error, OSError, ValueError):
            if sys.__stderr__ and self._terminal_settings:
                handle = sys.__stderr__.fileno()
                termios.tcsetattr(handle, termios.TCSANOW, self._terminal_settings)
                os.set_blocking(handle, False)
                os.write(handle, _RESET_SEQUENCE)
        os._exit(self._exit_code or 1)
