"""Formats the progress, time and state of jobs for display."""

from __future__ import annotations

from datetime import datetime

from rich.cells import cell_len

from cwtui.formatting import format_duration
from engine.catalog import Job, JobState
from engine.jobs import QueueTime

DELIVERIES = ("deliver", "cut-deliver")
"""The kinds of jobs that deliver a take or a cut."""


def take_label(job: Job) -> str:
    """The label of the take that a job is about, or the last part of its title."""
    return str(job.parameters.get("label") or job.title.rpartition(": ")[2])


def short_title(job: Job, width: int) -> str:
    """A job's title. If it is wider than `width` cells, its take has only its number: “make the proxy of 004”."""
    number, dash, _ = (label := take_label(job)).partition("-")
    if cell_len(job.title) <= width or not dash or not number.isdigit():
        return job.title
    return job.title.replace(label, number)


def format_progress(job: Job) -> str:
    """A job's progress in its unit; empty if its total is unknown."""
    if job.unit == "bytes":
        # One unit for both numbers while the first one grows.
        return f"{job.done / 1e6:,.0f} / {job.total / 1e6:,.0f} MB"
    if job.unit == "ms":
        return f"{job.done / 1000:.0f} / {job.total / 1000:.0f} s"
    if job.unit == "‰":
        # A job that runs is not complete.
        return f"{min(job.done // 10, 99) if job.state is JobState.RUNNING else round(job.done / 10)} %"
    return f"{job.done} / {job.total} {job.unit}" if job.total else ""


def format_time_left(seconds: float | None) -> str:
    """a few seconds, about 40 s, about 4 min, about 1 h 20 min; “unknown yet” for None."""
    if seconds is None:
        return "unknown yet"
    if seconds < 7.5:
        return "a few seconds"
    if seconds < 57.5:
        return f"about {round(seconds / 5) * 5} s"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"about {minutes} min"
    hours, minutes = divmod(round(minutes / 10) * 10, 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"


def format_queue_time(time: QueueTime) -> str:
    """The time left of all jobs: about 12 min, or “more than 12 min” if that of some jobs is unknown."""
    if time.complete:
        return format_time_left(time.seconds)
    return format_time_left(time.seconds).replace("about", "more than") if time.seconds >= 7.5 else "unknown yet"


def describe_queue_time(time: QueueTime) -> str:
    """about 12 min left, or “time left unknown yet”; empty if no job will end by itself."""
    if not time.pending:
        return ""
    left = format_queue_time(time)
    return f"time left {left}" if left == format_time_left(None) else f"{left} left"


def format_job_time(job: Job, now: datetime, left: float | None = None) -> str:
    """The time left of a running job, the time that a queued one takes if that is known, or that an ended one took.

    A service has no time left: “until ended”. `left` is in seconds; the expected end of a running job is more recent.
    """
    if job.state is JobState.RUNNING and job.expected_at:
        left = max(0.0, (job.expected_at - now).total_seconds())
    if left is not None and job.state is JobState.RUNNING:
        return f"{format_time_left(left)} left"
    if left is not None and job.state is JobState.QUEUED:
        return f"takes {format_time_left(left)}"
    if job.started_at is None or job.state.open:
        running = job.state is JobState.RUNNING
        return ("until ended" if job.is_service else "unknown yet") if running else ""
    return format_duration((job.finished_at - job.started_at).total_seconds()) if job.finished_at else ""


STATE_SYMBOLS = {
    JobState.RUNNING: ("▸", "accent"),
    JobState.BLOCKED: ("!", "amber"),
    JobState.QUEUED: ("·", "quiet"),
    JobState.DONE: ("✓", "accent"),
    JobState.FAILED: ("✗", "red"),
    JobState.CANCELLED: ("–", "faint"),
}
"""For each state, a symbol and the name of its palette style."""
