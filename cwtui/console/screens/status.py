"""Builds the header, status bar and key hints of a screen from a snapshot of the studio."""

from __future__ import annotations

from datetime import datetime

from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.status_lines import APP_NAME, HeaderData, JobProgress, StatusData
from cwtui.job_status import describe_queue_time, short_title
from engine.catalog import Job, JobState


def header_data(snapshot: Snapshot) -> HeaderData:
    """Returns what the header shows; without a project, the studio's folder is named, unless it has the app's name."""
    waiting = {take.id for take in (*snapshot.needs_confirmation, *snapshot.new_damage)}
    folder = "" if snapshot.studio.name == APP_NAME else snapshot.studio.name
    return HeaderData(snapshot.project.name if snapshot.project else folder, len(waiting))


def status_data(
    snapshot: Snapshot, now: datetime, *, gpu: str, link: str, slow_link: bool, plain: bool, motion: bool = False
) -> StatusData:
    """Returns what the status bar shows. With `motion`, a running job is animated, unless the line is slow."""
    jobs = snapshot.jobs
    # A watched folder and reception from phones run until they are ended: they have no progress and no time left.
    services = sum(job.is_service for job in jobs if job.state is JobState.RUNNING)
    running = next((job for job in jobs if job.state is JobState.RUNNING and not job.is_service), None)
    return StatusData(
        open_jobs=max(0, snapshot.open_job_count - services),
        running=_progress_of(running) if running else None,
        time_left=describe_queue_time(snapshot.queue.total) if running else "",
        failed=any(job.state is JobState.FAILED for job in jobs),
        unattended=bool(snapshot.open_job_count) and snapshot.studio_process is None,
        network=next((job.title for job in jobs if job.network and job.state is JobState.RUNNING), ""),
        disk_free=snapshot.disk_free,
        gpu=gpu,
        link=link,
        slow_link=slow_link,
        plain=plain,
        motion=motion and running is not None and not plain and not slow_link,
    )


def _progress_of(job: Job) -> JobProgress:
    return JobProgress(job.title, job.done / job.total if job.total else 0.0, short_title(job, 0))
