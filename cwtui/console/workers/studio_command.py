"""Runs one command that waits for the studio process, on a thread with its own studio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.studio_worker import Notice

if TYPE_CHECKING:
    from engine.studio import Studio


class StudioCommand(Thread):
    """Runs `work` with a studio, and posts the message that it returns, or its error, as a Notice.

    The studio worker would read no snapshot while a command waits.
    """

    def __init__(self, folder: Path, work: Callable[[Studio], str | None], post: Callable[[Message], object]) -> None:
        super().__init__(name="studio command", daemon=True)
        self._folder, self._work, self._post = folder, work, post

    def run(self) -> None:
        try:
            from engine.studio import Studio

            with Studio(self._folder) as studio:
                message = self._work(studio)
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
        else:
            if message:
                self._post(Notice(message))
