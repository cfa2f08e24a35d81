"""Jobs: cancel, retry, read the log; restart a studio process that has died."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from textual.widgets import Static

from cwtui.console.dialogs.text_viewer import TextViewer
from cwtui.console.screens.jobs.screen import JobsScreen
from engine.catalog import JobState
from engine.jobs import find_studio_process
from engine.studio import Studio

from ...pilot import key_hints, open_console, press, wait_until


async def test_a_job_is_cancelled_and_retried_and_its_log_is_shown(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="youtube-4k") as (app, pilot):
        await press(app, pilot, "r", "J")
        screen = app.mode_screen
        assert isinstance(screen, JobsScreen)
        await wait_until(pilot, lambda: any(job.state is JobState.RUNNING for job in app.snapshot.jobs))
        waiting = next(job for job in app.snapshot.jobs if job.kind == "deliver" and job.state is JobState.QUEUED)
        assert screen.rows
        screen.rows.move_to(waiting.id)
        await press(app, pilot, "x")
        await wait_until(pilot, lambda: (job := app.snapshot.job(waiting.id)) and job.state is JobState.CANCELLED)
        await press(app, pilot, "x")
        assert "already cancelled" in key_hints(app)
        summary = screen.query_one("#list-summary", Static)
        await press(app, pilot, "f", "f")
        assert "f for another filter, esc for all jobs" in str(summary.render())
        assert waiting.id not in screen.rows.keys
        await press(app, pilot, "escape")
        assert waiting.id in screen.rows.keys
        screen.rows.move_to(waiting.id)
        await press(app, pilot, "l")
        await wait_until(pilot, lambda: isinstance(app.screen, TextViewer))
        await press(app, pilot, "escape", "r")
        states_after_retry = (JobState.QUEUED, JobState.RUNNING, JobState.DONE)
        await wait_until(pilot, lambda: (job := app.snapshot.job(waiting.id)) and job.state in states_after_retry)


async def test_a_killed_studio_process_is_restarted_and_finishes(studio_folder: Path) -> None:
    studio = Studio(studio_folder)
    studio.catalog.reviews.set_verdict(studio.takes(studio.project(None))[0], "keep")
    studio.close()
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        await press(app, pilot, "r", "J")
        await wait_until(pilot, lambda: any(job.state is JobState.RUNNING for job in app.snapshot.jobs))
        await wait_until(pilot, lambda: app.snapshot.studio_process)
        process = find_studio_process(studio_folder)
        assert process
        os.kill(process.pid, signal.SIGKILL)
        await wait_until(pilot, lambda: app.snapshot.studio_process is None)
        await press(app, pilot, "s")
        await wait_until(pilot, lambda: app.snapshot.studio_process)
        await wait_until(pilot, lambda: app.snapshot.open_job_count == 0)
        delivered = [job for job in app.snapshot.jobs if job.kind == "deliver"]
        assert delivered
        assert {job.state for job in delivered} == {JobState.DONE}
