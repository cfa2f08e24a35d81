"""A job as a row of Jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.progress_bar import job_share, progress_segments
from cwtui.formatting import recent_age
from cwtui.job_status import STATE_SYMBOLS, format_job_time, format_progress
from engine.catalog import Job, JobState

_BAR = 12
# A narrower list has shorter columns.
_WIDE = 100


def job_row(job: Job, snapshot: Snapshot, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """The state, title, progress or message, duration and age of a job."""
    styles = row.styles
    mark, kind = STATE_SYMBOLS[job.state]
    narrow = row.width < _WIDE
    waits = job.state in (JobState.QUEUED, JobState.BLOCKED)
    # In a narrow list, what a job waits for has the room of the time that it takes.
    time = 22 if not narrow else 0 if waits else 18
    columns = (
        Column(3),
        Column(max(20, min(48, row.width * 3 // 8)), gap=1),
        Column(10, grow=1, rank=1),
        *([Column(time, right=True, rank=2)] if time else []),
        Column(11, right=True, rank=3),
    )
    when = recent_age((not job.state.open and job.finished_at) or job.created_at, now)
    story, tone = job_status(job, snapshot, row.plain)
    seconds = snapshot.queue.left.get(job.id)
    cells: list[Cell] = [
        (f"  {mark}", styles[kind]),
        (job.title, row.name),
        (story, styles[tone]),
        *([(format_job_time(job, now, seconds), styles["faint"])] if time else []),
        (when, styles["faint"]),
    ]
    if job.state is JobState.RUNNING and job.total:
        bar = progress_segments(job_share(job), _BAR, row.palette, row.plain)
        cells[2] = [*bar, Segment(f"  {format_progress(job)}", styles["quiet"])]
    yield from lay_out(columns, cells, row.width)


def job_status(job: Job, snapshot: Snapshot, plain: bool) -> tuple[str, str]:
    """(text, style) of a job: its error, its message, what it waits for, or by whom it was cancelled."""
    if job.cancel_requested:
        return "cancelling", "amber"
    if plain and not job.state.open and not job.error and not job.cancelled_by:
        return str(job.state), "quiet"
    if job.state is JobState.BLOCKED and (wait := snapshot.queue.waits.get(job.id)):
        return wait, "amber"
    if job.error:
        return job.error["message"], "amber" if job.state is JobState.BLOCKED else "quiet"
    if job.state is JobState.CANCELLED:
        return f"cancelled by {job.cancelled_by}" if job.cancelled_by else "cancelled", "quiet"
    delivered = (job.result or {}).get("delivered")
    if delivered and not delivered.get("complete", True):
        return "incomplete (accepted)", "amber"
    if job.state is JobState.QUEUED:
        return snapshot.queue.waits.get(job.id, ""), "faint"
    return job.message, "faint"
