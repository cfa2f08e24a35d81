"""How far work is and how long it takes, for people."""

from __future__ import annotations

from datetime import datetime

from engine.catalog import Job, JobState


def format_progress(job: Job) -> str:
    """How far a job is, in its own unit."""
    if job.unit == "bytes":
        return f"{job.done / 1e6:,.0f} / {job.total / 1e6:,.0f} MB"
    if job.unit == "ms":
        return f"{job.done / 1000:.0f} / {job.total / 1000:.0f} s"
    if job.unit == "‰":
        return f"{job.done / 10:.0f} %"
    return f"{job.done} / {job.total} {job.unit}" if job.total else ""


def format_duration(seconds: float) -> str:
    """3.2 s, 47 s, 12:05, or 1:02:03."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def format_job_time(job: Job, now: datetime) -> str:
    """How long a running job will still take, where that is known; else how long it has taken, or took."""
    if job.state is JobState.RUNNING and job.expected_at:
        return f"{format_duration(max(0.0, (job.expected_at - now).total_seconds()))} left"
    if job.started_at is None:
        return ""
    until = job.finished_at or (now if job.state is JobState.RUNNING else None)
    return format_duration((until - job.started_at).total_seconds()) if until else ""
