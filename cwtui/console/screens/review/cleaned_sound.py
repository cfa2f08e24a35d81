"""Finds the cleaned sound of a take, on the thread that owns the studio."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from engine.catalog import Job, Project

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.sound import CleanReport
    from engine.studio import Studio


class CleanedAudioFound(Message):
    """The cleaned sound of a take: its file and the report, or None."""

    def __init__(self, take: str, found: tuple[Path, CleanReport] | None) -> None:
        super().__init__()
        self.take = take
        self.found = found


def find_cleaned(take: str, job: Job, post: Callable[[Message], object]) -> Work:
    """Returns the work that posts CleanedAudioFound for a clean job that is done."""

    def find(studio: Studio, _: Project | None) -> None:
        from engine.tasks import cleaned_dialog

        assert job.result
        post(CleanedAudioFound(take, cleaned_dialog(studio, job.result)))

    return find
