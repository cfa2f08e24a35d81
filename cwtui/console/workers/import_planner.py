"""Plans an ingest on a thread with its own catalog connection. Cancellable."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.footage_messages import PlanCompleted, PlanProgressed
from cwtui.console.workers.error_report import to_engine_error
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.transfer import ImportPlan

_POST_INTERVAL_S = 0.1


class ImportPlanner(Thread):
    """Plans the ingest of paths into a project; `post` accepts messages from this thread."""

    def __init__(self, studio: Path, project: str, paths: Sequence[Path], post: Callable[[Message], object]) -> None:
        super().__init__(name="ingest plan", daemon=True)
        self._studio, self._project, self._paths, self._post = studio, project, paths, post
        self._cancel = Event()
        self._posted_at = 0.0

    def stop(self) -> None:
        """Request cancellation. A plan writes nothing."""
        self._cancel.set()

    def run(self) -> None:
        plan: ImportPlan | None = None
        error: EngineError | None = None
        try:
            from engine.studio import plan_ingest

            plan = plan_ingest(
                self._studio, self._project, self._paths, progress=self._report, cancelled=self._cancel.is_set
            )
        except Exception as raised:
            error = to_engine_error(raised)
        self._post(PlanCompleted(plan, error))

    def _report(self, done: int, total: int, name: str) -> None:
        if time.monotonic() - self._posted_at > _POST_INTERVAL_S:
            self._posted_at = time.monotonic()
            self._post(PlanProgressed(done, total, name))
