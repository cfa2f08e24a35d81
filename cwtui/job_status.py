"""Formats the progress, time and state of jobs for display."""

from __future__ import annotations

from datetime import datetime

from cwtui.formatting import format_duration
from engine.catalog import Job, JobState


def format_progress(job: Job) -> str:
    """A job's progress in its unit; empty if its total is unknown."""
    if job.unit == "bytes":
        # One unit for both numbers while the first one grows.
        return f"{job.done / 1e6:,.0f} / {job.total / 1e6:,.0f} MB"
    if job.unit == "ms":
        return f"{job.done / 1000:.0f} / {job.total / 1000:.0f} s"
    if job.unit == "‰":
        return f"{job.done / 10:.0f} %"
    return f"{job.done} / {job.total} {job.unit}" if job.total else ""


def format_job_time(job: Job, now: datetime) -> str:
    """The time left of a running job if known, else the time it has run or took; empty if it has not started."""
    if job.state is JobState.RUNNING and job.expected_at:
        return f"{format_duration(max(0.0, (job.expected_at - now).total_seconds()))} left"
    if job.started_at is None:
        return ""
    until = job.finished_at or (now if job.state is JobState.RUNNING else None)
    return format_duration((until - job.started_at).total_seconds()) if until else ""


STATE_SYMBOLS = {
    JobState.RUNNING: ("▸", "accent"),
    JobState.BLOCKED: ("!", "amber"),
    JobState.QUEUED: ("·", "quiet"),
    JobState.DONE: ("✓", "accent"),
    JobState.FAILED: ("✗", "red"),
    JobState.CANCELLED: ("–", "faint"),
}
"""For each state, a symbol and the name of its palette style."""
