"""Jobs: cancel, retry, read the log; restart a studio process that has died."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cwtui.console.dialogs.text_viewer import TextViewer
from cwtui.console.screens.jobs.screen import JobsScreen
from engine.catalog import JobState
from engine.jobs import find_studio_process
from engine.studio import Studio

from ...pilot import key_hints, opened, press, until


async def test_a_job_is_ended_tried_again_and_read_about(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="deliver", recipe="youtube-4k") as (app, pilot):
        await press(app, pilot, "r", "J")
        screen = app.mode_screen
        assert isinstance(screen, JobsScreen)
        await until(pilot, lambda: any(job.state is JobState.RUNNING for job in app.snapshot.jobs))
        waiting = next(job for job in app.snapshot.jobs if job.kind == "deliver" and job.state is JobState.QUEUED)
        assert screen.rows
        screen.rows.move_to(waiting.id)
        await press(app, pilot, "x")
        await until(pilot, lambda: (job := app.snapshot.job(waiting.id)) and job.state is JobState.CANCELLED)
        await press(app, pilot, "x")
        assert "already cancelled" in key_hints(app)
        await press(app, pilot, "l")
        await until(pilot, lambda: isinstance(app.screen, TextViewer))
        await press(app, pilot, "escape", "r")
        again = (JobState.QUEUED, JobState.RUNNING, JobState.DONE)
        await until(pilot, lambda: (job := app.snapshot.job(waiting.id)) and job.state in again)


async def test_a_studio_that_dies_is_missed_and_its_work_goes_on_when_it_is_woken(studio_folder: Path) -> None:
    studio = Studio(studio_folder)
    studio.catalog.reviews.set_verdict(studio.takes(studio.project(None))[0], "keep")
    studio.close()
    async with opened(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        await press(app, pilot, "r", "J")
        await until(pilot, lambda: any(job.state is JobState.RUNNING for job in app.snapshot.jobs))
        await until(pilot, lambda: app.snapshot.studio_process)
        present = find_studio_process(studio_folder)
        assert present
        os.kill(present.pid, signal.SIGKILL)
        await until(pilot, lambda: app.snapshot.studio_process is None)
        await press(app, pilot, "s")
        await until(pilot, lambda: app.snapshot.studio_process)
        await until(pilot, lambda: app.snapshot.open_job_count == 0)
        delivered = [job for job in app.snapshot.jobs if job.kind == "deliver"]
        assert delivered
        assert {job.state for job in delivered} == {JobState.DONE}
