"""Originals held against their seals, on a thread and a studio of their own: it may take hours, and can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import in_words
from engine.catalog import Project
from engine.errors import Cancelled, EngineError

if TYPE_CHECKING:
    from engine.transfer import FileVerification

_TELL_EVERY_S = 0.25
# The worst first; what is intact is only counted.
_WORST = ("changed", "missing", "unsealed")


@dataclass(frozen=True)
class Proof:
    """A project's originals read again: `read` of `total` bytes since `began` (the console's clock), and what came."""

    project: Project
    total: int
    began: float
    read: int = 0
    over: datetime | None = None
    stopped: bool = False
    error: EngineError | None = None
    found: Sequence[FileVerification] = ()

    @property
    def amiss(self) -> list[FileVerification]:
        """What is not as it was sealed, the worst first."""
        return sorted((one for one in self.found if one.verdict in _WORST), key=lambda one: _WORST.index(one.verdict))

    @property
    def lost(self) -> list[FileVerification]:
        """What is changed or missing."""
        return [one for one in self.amiss if one.verdict != "unsealed"]

    @property
    def share(self) -> float:
        """How much of it has been read; what lies beside the takes is read too, and not counted before."""
        return min(1.0, self.read / self.total) if self.total else 0.0

    def left(self, now: float) -> float | None:
        """The seconds still to go at the pace so far."""
        return (now - self.began) * (1 - self.share) / self.share if self.share > 0.01 else None


class Proved(Message):
    """How far it is, or what came of it."""

    def __init__(self, proof: Proof) -> None:
        super().__init__()
        self.proof = proof

    def can_replace(self, message: Message) -> bool:
        """A newer one makes those that still wait superfluous."""
        return isinstance(message, Proved)


class Proving(Thread):
    """Reads a project's originals; `tell` takes messages from this thread. It never holds the console back."""

    def __init__(self, folder: Path, proof: Proof, tell: Callable[[Message], object]) -> None:
        super().__init__(name="proving", daemon=True)
        self._folder, self._proof, self._tell = folder, proof, tell
        self._told = 0.0
        self._stop = Event()

    def stop(self) -> None:
        """Ends it soon; nothing was written, so nothing is undone."""
        self._stop.set()

    def run(self) -> None:
        """To its end, however that is."""
        found: Sequence[FileVerification] = ()
        error: EngineError | None = None
        try:
            from engine.studio import Studio

            studio = Studio(self._folder)
            try:
                found = studio.verify(self._proof.project, self._count, self._stop.is_set)
            finally:
                studio.close()
        except Exception as why:
            error = in_words(why)
        stopped = isinstance(error, Cancelled)
        over = datetime.now(UTC)
        ended = replace(self._proof, over=over, found=tuple(found), stopped=stopped, error=None if stopped else error)
        self._tell(Proved(ended))

    def _count(self, count: int) -> None:
        self._proof = replace(self._proof, read=self._proof.read + count)
        if self._stop.is_set():
            raise Cancelled("Verifying was stopped.")
        if time.monotonic() - self._told > _TELL_EVERY_S:
            self._told = time.monotonic()
            self._tell(Proved(self._proof))
