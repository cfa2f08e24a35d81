"""Verifies originals against their ASC MHL hashes, on a thread with its own catalog connection. Cancellable."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from engine.catalog import Project
from engine.errors import Cancelled, EngineError

if TYPE_CHECKING:
    from engine.transfer import FileVerification

_POST_INTERVAL_S = 0.25
# The worst first. Intact files are only counted.
_SEVERITY = ("changed", "missing", "renamed", "moved", "new")


@dataclass(frozen=True)
class Verification:
    """Progress and results of verifying a project's originals.

    `bytes_read` of `total_bytes` have been read since `started_at` (seconds of the console's clock).
    """

    project: Project
    total_bytes: int
    started_at: float
    bytes_read: int = 0
    finished_at: datetime | None = None
    stopped: bool = False
    error: EngineError | None = None
    results: Sequence[FileVerification] = ()

    @property
    def problems(self) -> list[FileVerification]:
        """The files that do not match their seals, the worst first."""
        return sorted(
            (one for one in self.results if one.verdict in _SEVERITY), key=lambda one: _SEVERITY.index(one.verdict)
        )

    @property
    def lost(self) -> list[FileVerification]:
        """The files that are not as they were sealed."""
        return [one for one in self.problems if one.verdict != "new"]

    @property
    def progress(self) -> float:
        """The share that has been read, 0 to 1. Files beside the takes are read, but not part of `total_bytes`."""
        return min(1.0, self.bytes_read / self.total_bytes) if self.total_bytes else 0.0

    def seconds_left(self, now: float) -> float | None:
        """The estimated seconds left at the average rate so far; None in the first per cent."""
        return (now - self.started_at) * (1 - self.progress) / self.progress if self.progress > 0.01 else None


class VerificationUpdated(Message):
    """Progress or the result of a verification."""

    def __init__(self, verification: Verification) -> None:
        super().__init__()
        self.verification = verification

    def can_replace(self, message: Message) -> bool:
        """Textual drops pending messages of this type when a newer one is posted."""
        return isinstance(message, VerificationUpdated)


class SealVerifier(Thread):
    """Verifies a project's originals; `post` accepts messages from this thread."""

    def __init__(self, folder: Path, verification: Verification, post: Callable[[Message], object]) -> None:
        super().__init__(name="proving", daemon=True)
        self._folder, self._verification, self._post = folder, verification, post
        self._posted_at = 0.0
        self._cancel = Event()

    def stop(self) -> None:
        """Request cancellation. Verifying writes nothing, so that nothing is left to undo."""
        self._cancel.set()

    def run(self) -> None:
        found: Sequence[FileVerification] = ()
        error: EngineError | None = None
        try:
            from engine.studio import Studio

            studio = Studio(self._folder)
            try:
                found = studio.verify(self._verification.project, self._count, self._cancel.is_set)
            finally:
                studio.close()
        except Exception as why:
            error = to_engine_error(why)
        stopped = isinstance(error, Cancelled)
        over = datetime.now(UTC)
        ended = replace(
            self._verification,
            finished_at=over,
            results=tuple(found),
            stopped=stopped,
            error=None if stopped else error,
        )
        self._post(VerificationUpdated(ended))

    def _count(self, count: int) -> None:
        self._verification = replace(self._verification, bytes_read=self._verification.bytes_read + count)
        if self._cancel.is_set():
            raise Cancelled("Verification stopped.")
        if time.monotonic() - self._posted_at > _POST_INTERVAL_S:
            self._posted_at = time.monotonic()
            self._post(VerificationUpdated(self._verification))
