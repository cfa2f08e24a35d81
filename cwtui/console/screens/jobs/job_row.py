"""A job as a row of Jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.progress_bar import job_share, progress_segments
from cwtui.formatting import short_age
from cwtui.job_status import STATE_SYMBOLS, format_job_time, format_progress
from engine.catalog import Job, JobState

_BAR = 12


def job_row(job: Job, snapshot: Snapshot, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """The state, title, progress or message, duration and age of a job."""
    styles = row.styles
    mark, kind = STATE_SYMBOLS[job.state]
    columns = (
        Column(3),
        Column(max(20, min(48, row.width * 2 // 5)), gap=1),
        Column(10, grow=1, rank=1),
        Column(10, right=True, rank=2),
        Column(10, right=True, rank=3),
    )
    when = short_age((not job.state.open and job.finished_at) or job.created_at, now)
    story, tone = job_status(job, snapshot, row.plain)
    cells: list[Cell] = [
        (f"  {mark}", styles[kind]),
        (job.title, row.name),
        (story, styles[tone]),
        (format_job_time(job, now), styles["faint"]),
        (when if when == "now" else f"{when} ago", styles["faint"]),
    ]
    if job.state is JobState.RUNNING and job.total:
        bar = progress_segments(job_share(job), _BAR, row.palette, row.plain)
        cells[2] = [*bar, Segment(f"  {format_progress(job)}", styles["quiet"])]
    yield from lay_out(columns, cells, row.width)


def job_status(job: Job, snapshot: Snapshot, plain: bool) -> tuple[str, str]:
    """(text, style) of a job: its error, its message, or the job that it waits for."""
    if job.cancel_requested:
        return "cancelling", "amber"
    if plain and not job.state.open and not job.error:
        return str(job.state), "quiet"
    if job.error:
        return job.error["message"], "amber" if job.state is JobState.BLOCKED else "quiet"
    delivered = (job.result or {}).get("delivered")
    if delivered and not delivered.get("complete", True):
        return "incomplete (accepted)", "amber"
    if job.state is JobState.QUEUED:
        before = [one for need in job.needs if (one := snapshot.job(need)) and one.state is not JobState.DONE]
        return (f"after {before[0].title}", "faint") if before else ("", "faint")
    return job.message, "faint"
