"""Renders the studio process and its jobs as a table: running, waiting and finished."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cwtui.commands._tables import ACCENT, QUIET, plain_table
from cwtui.job_status import STATE_SYMBOLS, describe_queue_time, format_job_time, format_progress, short_title
from cwtui.queue_status import QueueStatus, queue_status
from engine.catalog import Job, JobState
from engine.jobs import Presence
from engine.studio import Studio
from engine.units import format_bytes

# The command line's colours for the palette styles of the console.
_COLORS = {"accent": ACCENT, "amber": "yellow", "quiet": QUIET, "red": "red", "faint": QUIET}
STATE_MARKS = {state: f"[{_COLORS[style]}]{symbol}[/]" for state, (symbol, style) in STATE_SYMBOLS.items()}
"""For each state, its symbol in colour, as Rich markup."""


def job_verdict(job: Job) -> tuple[str, str]:
    """(symbol, text) for a job. A job that is done with a bad result does not count as successful.

    An ingest may have found no footage or unreadable files; a deliverable may have failed a check.
    """
    result = job.result or {}
    if job.state is JobState.DONE and job.kind == "ingest":
        failed, came = len(result.get("failed", ())), len(result.get("takes", ())) + len(result.get("already_here", ()))
        if failed:
            mark = STATE_MARKS[JobState.BLOCKED] if came else STATE_MARKS[JobState.FAILED]
            return mark, f"{failed} of {failed + came} could not be read"
        if not came:
            return STATE_MARKS[JobState.FAILED], "no footage found"
    if job.state is JobState.DONE and job.kind == "offload" and not result.get("safe"):
        return STATE_MARKS[JobState.BLOCKED], "done, not safe to erase"
    if job.state is JobState.DONE and job.kind == "usb" and not result.get("proven"):
        return STATE_MARKS[JobState.BLOCKED], "done, not all files proven"
    if job.state is JobState.DONE and "delivered" in result:
        checks = result["delivered"]["checks"]
        missed = sum(not (check["passed"] or check.get("accepted") or check.get("warning")) for check in checks)
        if missed:
            return STATE_MARKS[JobState.FAILED], f"{missed} check{'s' * (missed != 1)} failed"
        if any(check.get("accepted") for check in checks):
            return STATE_MARKS[JobState.BLOCKED], "done, incomplete: source damaged"
        if warned := [check["name"] for check in checks if check.get("warning")]:
            return STATE_MARKS[JobState.BLOCKED], f"done, warning: {', '.join(dict.fromkeys(warned))}"
    return STATE_MARKS[job.state], str(job.state)


_BAR = 8
_LOOK_EVERY_S = 0.1
# Open jobs come first.
_ORDER = (JobState.RUNNING, JobState.BLOCKED, JobState.QUEUED)


def show_jobs(studio: Studio, limit: int | None, one_line: bool = False) -> RenderableType:
    """The studio process and up to `limit` jobs: open jobs, then finished ones, newest first.

    With `one_line`, long text is truncated so that each job takes one line.
    """
    queue = studio.catalog.queue
    counts = queue.counts()
    listed: list[Job] = []
    for state in _ORDER:
        among = queue.jobs([state], limit)
        listed += among if state is not JobState.QUEUED else reversed(among)
    over = queue.jobs([state for state in JobState if state not in _ORDER], limit)
    listed = [*listed, *over][:limit]
    now = datetime.now(UTC)
    status = studio_queue_status(studio, now)
    lines: list[RenderableType] = [_heading(studio.studio_process(), counts, status)]
    if listed:
        lines.append(_table(listed, status, now, one_line))
        if (rest := sum(counts.values()) - len(listed)) > 0:
            lines.append(Text.from_markup(f"[{QUIET}]{rest} more; --limit 0 lists all[/]", emoji=False))
    else:
        lines.append("no jobs yet")
    return Group(*lines)


def studio_queue_status(studio: Studio, now: datetime) -> QueueStatus:
    """The status of a studio's open jobs."""
    unended = studio.catalog.queue.jobs([JobState.RUNNING, JobState.QUEUED, JobState.BLOCKED])
    return queue_status(unended, studio.catalog.speeds.all(), now, studio.studio_process() is not None)


def watch_jobs(console: Console, studio: Studio, limit: int | None) -> None:
    """Updates the list on the terminal until interrupted with Ctrl-C. Jobs continue."""
    version, drawn = -1, 0.0
    with Live(console=console, screen=False, auto_refresh=False, vertical_overflow="crop") as live:
        try:
            while True:
                now = studio.catalog.version()
                # Elapsed times change even if the catalog does not.
                if now != version or time.monotonic() - drawn > 1:
                    version, drawn = now, time.monotonic()
                    rows = max(3, console.height - 4)
                    live.update(show_jobs(studio, min(limit or rows, rows), one_line=True), refresh=True)
                time.sleep(_LOOK_EVERY_S)
        except KeyboardInterrupt:
            return


def follow_jobs(console: Console, studio: Studio) -> None:
    """Prints a line for each change of state until no job but services runs or is queued; for pipes and logs."""
    seen: dict[str, JobState] = {}
    version = -1
    while True:
        now = studio.catalog.version()
        if now != version:
            version = now
            open_jobs = studio.catalog.queue.jobs([JobState.RUNNING, JobState.QUEUED])
            moving = [job for job in open_jobs if not job.is_service]
            fresh = [*moving, *(studio.catalog.queue.job(one) for one in seen.keys() - {job.id for job in moving})]
            for job in fresh:
                if job and seen.get(job.id) != job.state:
                    seen[job.id] = job.state
                    console.print(
                        f"{STATE_MARKS[job.state]} {job.id[:8]} {escape(job.title)}: {job.state}", soft_wrap=True
                    )
            if not moving:
                return
        time.sleep(_LOOK_EVERY_S)


def _heading(present: Presence | None, counts: Mapping[JobState, int], status: QueueStatus) -> Text:
    if present is None and (counts[JobState.QUEUED] or counts[JobState.RUNNING]):
        who = "[yellow]studio process not running[/]: start it with cwtui studio --detach"
    elif present is None:
        who = f"[{QUIET}]studio process not running; it starts when there is work[/]"
    else:
        since = present.since.astimezone().strftime("%H:%M")
        awake = "  keeps this Mac awake" if present.awake else ""
        who = f"[{ACCENT}]studio[/] process {present.pid} on {escape(present.host)} since {since}{awake}"
    summary = "  ".join(f"{STATE_MARKS[state]} {count} {state}" for state, count in counts.items() if count)
    left = describe_queue_time(status.total) if counts[JobState.RUNNING] else ""
    return Text.from_markup(f"{who}   {summary}{f'   {left}' if left else ''}", emoji=False)


def _table(jobs: Sequence[Job], status: QueueStatus, now: datetime, one_line: bool) -> Table:
    table = plain_table("", "job", "what", "", "", right=())
    for column in table.columns[:2]:
        column.no_wrap = True
    table.columns[3].justify = "right"
    table.columns[3].no_wrap = True
    if one_line:
        table.expand = True
        for column, width in zip((table.columns[0], table.columns[1], table.columns[3]), (1, 8, 20), strict=True):
            column.width = width
        for column, ratio in zip((table.columns[2], table.columns[4]), (4, 3), strict=True):
            column.no_wrap, column.overflow, column.ratio = True, "ellipsis", ratio
    for job in jobs:
        table.add_row(
            STATE_MARKS[job.state],
            f"[{QUIET}]{job.id[:8]}[/]",
            _Title(job) if one_line else escape(job.title),
            _time_cell(job, status, now),
            _job_line(job, status),
        )
    return table


@dataclass(frozen=True, slots=True)
class _Title:
    """The title of a job on one line, as short as the column needs."""

    job: Job

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(short_title(self.job, options.max_width), no_wrap=True, overflow="ellipsis")


def _job_line(job: Job, status: QueueStatus) -> str:
    if job.state is JobState.RUNNING:
        if job.cancel_requested:
            return "[yellow]stopping[/]"
        if not job.total:
            return escape(job.message)
        filled = round(_BAR * min(1.0, job.done / job.total))
        bar = f"[{ACCENT}]{'━' * filled}[/][{QUIET}]{'━' * (_BAR - filled)}[/]"
        return f"{bar} {format_progress(job)}"
    if wait := status.waits.get(job.id):
        return f"[{'yellow' if job.state is JobState.BLOCKED else QUIET}]{escape(wait)}[/]"
    if job.state is JobState.CANCELLED and job.cancelled_by:
        return f"[{QUIET}]cancelled by {escape(job.cancelled_by)}[/]"
    if job.state is JobState.DONE and job.cpu_seconds is not None and job.peak_memory is not None:
        return f"[{QUIET}]{job.cpu_seconds:.1f} s cpu, {format_bytes(job.peak_memory)}[/]"
    return escape(job.error["message"].splitlines()[0]) if job.error else ""


def _time_cell(job: Job, status: QueueStatus, now: datetime) -> str:
    summary = format_job_time(job, now, status.left.get(job.id))
    return summary if job.state is JobState.RUNNING and job.expected_at else f"[{QUIET}]{summary}[/]"
