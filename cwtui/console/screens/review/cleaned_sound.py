"""The cleaned sound of the take in Review: it is found on the thread that owns the studio, and selected by a key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.screens.review.playhead import PlayheadScreen
from engine.catalog import Job, JobState, Project, Take

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


class CleanedSound:
    """The cleaned sound of the shown take, and whether it is selected."""

    def __init__(self, screen: PlayheadScreen) -> None:
        self._screen = screen
        self._found: tuple[Path, CleanReport] | None = None
        self._selected = False
        self._checked_job = ""

    @property
    def available(self) -> bool:
        """Whether the take has cleaned sound."""
        return self._found is not None

    @property
    def side(self) -> str:
        """The selected sound, raw or cleaned; empty for a take without cleaned sound."""
        return "" if self._found is None else "cleaned" if self._selected else "raw"

    @property
    def report(self) -> CleanReport | None:
        """The report of cleaning while the cleaned sound is selected."""
        return self._found[1] if self._found and self._selected else None

    def reset(self) -> None:
        """Begins with another take."""
        self._found, self._selected, self._checked_job = None, False, ""

    def find(self, take: Take, post: Callable[[Message], object]) -> None:
        """Searches for the cleaned sound, unless it is known; posts CleanedAudioFound."""
        app = self._screen.console_app
        jobs = [job for job in app.snapshot.jobs_of(take, "clean") if job.state is JobState.DONE and job.result]
        # Each job is read once, so that an error is shown once.
        if self._found is None and jobs and jobs[0].id != self._checked_job:
            self._checked_job = jobs[0].id
            app.submit(find_cleaned(take.id, jobs[0], post))

    def set_found(self, event: CleanedAudioFound) -> None:
        """Takes the cleaned sound of the shown take."""
        if self._screen.take and self._screen.take.id == event.take:
            self._found = event.found

    def action_side(self) -> None:
        """Switches between raw and cleaned sound, loudness-matched."""
        assert self._found
        path, report = self._found
        self._selected = not self._selected
        gain = report.before.integrated_lufs - report.after.integrated_lufs
        if self._screen.take:
            cleaned = path if self._selected else None
            self._screen.console_app.player.select_audio(self._screen.take, cleaned, gain)
        self._screen.show_position(self._screen.at)
