"""A job as a row of Jobs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.cells import cell_len
from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.progress_bar import job_share, progress_segments
from cwtui.formatting import recent_age
from cwtui.job_status import STATE_SYMBOLS, format_job_time, format_progress, short_title
from engine.catalog import Job, JobState

_BAR, _NARROW_BAR = 12, 8
# A narrower list has shorter columns.
_WIDE = 100


def job_row(job: Job, snapshot: Snapshot, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """The state, title, progress or message, duration and age of a job."""
    styles = row.styles
    mark, kind = STATE_SYMBOLS[job.state]
    narrow, runs = row.width < _WIDE, job.state is JobState.RUNNING
    seconds = snapshot.queue.left.get(job.id)
    waits = job.state in (JobState.QUEUED, JobState.BLOCKED)
    # A narrow list has the time left of running jobs, and the age of others. What a job waits for has more room if
    # its time is unknown.
    with_time, with_age = runs or not (narrow or (waits and seconds is None)), not (runs and narrow)
    story, tone = job_status(job, snapshot, row.plain)
    # The title may have what the bar, the time left and the age leave.
    title = 27 if narrow else min(54, max(row.width * 31 // 100, row.width - 74))
    # What a job waits for needs its words more than its time or its age.
    least = min(cell_len(story), row.width - title - 5) if waits and not narrow else 10
    columns = (
        Column(2),
        # Without a story, the title has its room.
        Column(title, gap=1, grow=0 if story or runs else 1),
        *([Column(least, grow=1, rank=1)] if story or runs else []),
        *([Column(18 if narrow else 22, right=True, rank=2)] if with_time else []),
        *([Column(11, right=True, rank=3)] if with_age else []),
    )
    when = recent_age((not job.state.open and job.finished_at) or job.created_at, now)
    cells: list[Cell] = [
        (f" {mark}", styles[kind]),
        lambda room: (short_title(job, room), row.name),
        *([(story, styles[tone])] if story or runs else []),
        *([(format_job_time(job, now, seconds), styles["faint"])] if with_time else []),
        *([(when, styles["faint"])] if with_age else []),
    ]
    if runs and job.total:
        bar = progress_segments(job_share(job), _NARROW_BAR if narrow else _BAR, row.palette, row.plain)
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
