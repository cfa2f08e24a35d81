"""Waits for changes in a folder."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

# The longest time until a cancel request is seen, in seconds.
_STEP_S = 0.5
# Events that a scan causes itself.
_READS = frozenset({"opened", "closed_no_write"})


class FolderEvents(FileSystemEventHandler):
    """The system's notice of changes below a folder, as a context manager.

    Notices can be lost (macOS drops them under load, network volumes send none), so `wait` also ends after a time.
    """

    def __init__(self, folder: Path) -> None:
        self._changed = threading.Event()
        self._observer = Observer()
        # Without notices (too many watched folders, an unsupported volume) the time alone decides.
        with suppress(OSError):
            self._observer.schedule(self, str(folder), recursive=True)

    def __enter__(self) -> Self:
        """Begins to notice changes."""
        with suppress(OSError):
            self._observer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends the system's notices."""
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wakes `wait`, unless a file was only read."""
        if event.event_type not in _READS:
            self._changed.set()

    def wait(self, least: float, most: float, cancelled: Callable[[], bool]) -> None:
        """Waits for a change, at most `most` seconds, or until cancelled.

        A copy causes changes all the time: `least` seconds pass in any case.
        """
        began = time.monotonic()
        while (left := began + most - time.monotonic()) > 0 and not cancelled():
            if (early := began + least - time.monotonic()) > 0:
                time.sleep(min(_STEP_S, early))
            elif self._changed.wait(min(_STEP_S, left)):
                break
        self._changed.clear()
