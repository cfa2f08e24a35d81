"""Jobs: what is under way is ended, tried again and read about; a dead studio is said to be dead and woken."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from cwtui.console.dialogs.text_viewer import Reader
from cwtui.console.screens.jobs.screen import Jobs
from engine.catalog import JobState
from engine.jobs import find_studio_process
from engine.studio import Studio

from ...pilot import keys_line, opened, press, until


async def test_a_job_is_ended_tried_again_and_read_about(desk: Path) -> None:
    async with opened(desk, room="deliver", recipe="youtube-4k") as (app, pilot):
        await press(app, pilot, "r", "J")
        room = app.room
        assert isinstance(room, Jobs)
        await until(pilot, lambda: any(job.state is JobState.RUNNING for job in app.snapshot.jobs))
        waiting = next(job for job in app.snapshot.jobs if job.kind == "deliver" and job.state is JobState.QUEUED)
        assert room.rows
        room.rows.go(waiting.id)
        await press(app, pilot, "x")
        await until(pilot, lambda: (job := app.snapshot.job(waiting.id)) and job.state is JobState.CANCELLED)
        await press(app, pilot, "x")
        assert "cancelled already" in keys_line(app)
        await press(app, pilot, "l")
        await until(pilot, lambda: isinstance(app.screen, Reader))
        await press(app, pilot, "escape", "r")
        await until(pilot, lambda: (job := app.snapshot.job(waiting.id)) and job.state is not JobState.CANCELLED)


async def test_a_studio_that_dies_is_missed_and_its_work_goes_on_when_it_is_woken(desk: Path) -> None:
    studio = Studio(desk)
    studio.catalog.reviews.set_verdict(studio.takes(studio.project(None))[0], "keep")
    studio.close()
    async with opened(desk, room="deliver", recipe="podcast") as (app, pilot):
        await press(app, pilot, "r", "J")
        await until(pilot, lambda: any(job.state is JobState.RUNNING for job in app.snapshot.jobs))
        await until(pilot, lambda: app.snapshot.present)
        present = find_studio_process(desk)
        assert present
        os.kill(present.pid, signal.SIGKILL)
        await until(pilot, lambda: app.snapshot.present is None)
        await press(app, pilot, "s")
        await until(pilot, lambda: app.snapshot.present)
        await until(pilot, lambda: app.snapshot.under_way == 0)
        delivered = [job for job in app.snapshot.jobs if job.kind == "deliver"]
        assert delivered
        assert {job.state for job in delivered} == {JobState.DONE}
