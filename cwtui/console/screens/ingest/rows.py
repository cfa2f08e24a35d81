"""Rows of Ingest: takes that wait, ingest jobs and their results, originals and their seals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.screens.takes.take_details import format_summary
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.progress_bar import job_share, progress_segments
from cwtui.console.workers.seal_verifier import Verification
from cwtui.formatting import format_duration, plural, recent_age
from cwtui.job_status import STATE_SYMBOLS, format_job_time, format_progress
from engine.catalog import Job, JobState, Take
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.transfer import FileVerification

VERDICT_TEXTS = {
    "changed": "differs from its seal",
    "missing": "is missing",
    "renamed": "has another name",
    "moved": "is in another folder",
    "new": "added later, not sealed",
}
COPY = "edited or exported copy"
"""The warning of a file that is not the camera's, and the start of the note about it."""

_BAR = 12
# A narrower list has shorter texts.
_WIDE = 100
_NAME = 26
_MARK, _NAME_COLUMN, _REST = Column(2), Column(_NAME - 2, gap=1), Column(10, grow=1)
_CLOCK, _AGE = Column(20, right=True, rank=2), Column(12, right=True, rank=2)
_FILE_COLUMNS = (Column(2), Column(3, gap=1), Column(_NAME - 6, gap=1), _REST)


def waiting_reasons(take: Take) -> list[str]:
    """The warnings and open questions of a take."""
    parts = ["log: confirm colour ({answer})"] if take.needs_director else []
    if not take.probe.original:
        reason = take.probe.copy_reason
        parts.append(COPY + (f": {reason}" if reason else ""))
    return parts


# Rows


def take_row(take: Take, row: RowStyle) -> Iterator[Segment]:
    """A take that waits, and its reasons."""
    columns = (_MARK, Column(3, gap=1), Column(_NAME - 7), Column(12, rank=1 if row.width < _WIDE else 0), _REST)
    cells: list[Cell] = [
        _mark(row, "!" if take.needs_director else "·", "amber"),
        (f"{take.number:03d}", row.name),
        (take.name, row.name),
        (format_summary(take), row.styles["quiet"]),
        (row.with_keys("; ".join(waiting_reasons(take))), row.styles["amber"]),
    ]
    yield from lay_out(columns, cells, row.width)


def job_row(job: Job, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """An ingest that runs, waits or has failed."""
    styles = row.styles
    cells: list[Cell] = [_mark(row, *STATE_SYMBOLS[job.state]), (_name(job), row.name)]
    if job.state is JobState.RUNNING and job.total:
        bar = progress_segments(job_share(job), _BAR, row.palette, row.plain)
        summary = f"  {format_progress(job)}"
        if job.unit == "bytes" and row.width >= _WIDE:
            summary += f"  {job.message}"
        cells.append([*bar, Segment(summary, styles["quiet"])])
        cells.append((format_job_time(job, now), styles["faint"]))
        yield from lay_out((_MARK, _NAME_COLUMN, _REST, _CLOCK), cells, row.width)
        return
    story = job.error["message"] if job.error else job.message
    if row.plain or not story:
        state = {"queued": "queued", "running": "scanning"}.get(job.state, str(job.state))
        story = f"{state}: {story}" if story else state
    kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "quiet")
    yield from lay_out((_MARK, _NAME_COLUMN, _REST), [*cells, (story, styles[kind])], row.width)


def arrived_row(job: Job, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """A finished ingest: counts of its files, and its seal."""
    styles, result = row.styles, job.result or {}
    bad = len(result.get("failed", ()))
    seal = format_seal(result, short=row.width < _WIDE, plain=row.plain)
    columns = (_MARK, _NAME_COLUMN, _REST, Column(len(seal), right=True, rank=1), _AGE)
    cells: list[Cell] = [
        _mark(row, "✗" if bad else "✓", "red" if bad else "accent"),
        (_name(job), row.name),
        (format_counts(result), styles["text"]),
        (seal, styles["accent"]),
        (recent_age(job.finished_at, now) if job.finished_at else "", styles["faint"]),
    ]
    yield from lay_out(columns, cells, row.width)


def refused_row(failure: Mapping[str, str], row: RowStyle) -> Iterator[Segment]:
    """A file that could not be ingested."""
    cells: list[Cell] = [
        ("", row.styles["text"]),
        _mark(row, "✗", "red"),
        (Path(failure["path"]).name, row.name),
        (failure["message"].removeprefix(f"{Path(failure['path']).name} "), row.styles["red"]),
    ]
    yield from lay_out(_FILE_COLUMNS, cells, row.width)


def verification_row(verification: Verification, now: datetime, clock: float, row: RowStyle) -> Iterator[Segment]:
    """The progress or the result of a verification; `clock` is the console's clock in seconds."""
    styles = row.styles
    if verification.finished_at is None:
        bar = progress_segments(verification.progress, _BAR, row.palette, row.plain)
        total = verification.total_bytes
        stops = row.with_keys("{verify} stops")
        summary = f"  {format_bytes(min(verification.bytes_read, total))} of {format_bytes(total)}   {stops}"
        left = verification.seconds_left(clock)
        cells: list[Cell] = [
            _mark(row, "▸", "accent"),
            ("verifying", row.name),
            [*bar, Segment(summary, styles["quiet"])],
            ("" if left is None else f"{format_duration(left)} left", styles["faint"]),
        ]
        yield from lay_out((_MARK, _NAME_COLUMN, _REST, _CLOCK), cells, row.width)
        return
    summary, kind, sign = verification_summary(verification)
    cells = [
        _mark(row, sign, kind),
        (verification.project.name, row.name),
        (row.with_keys(summary), styles["text" if kind == "accent" else kind]),
        (recent_age(verification.finished_at, now), styles["faint"]),
    ]
    yield from lay_out((_MARK, _NAME_COLUMN, _REST, _AGE), cells, row.width)


def file_row(one: FileVerification, row: RowStyle) -> Iterator[Segment]:
    """A file that does not match its seal."""
    lost = one.verdict != "new"
    cells: list[Cell] = [
        ("", row.styles["text"]),
        _mark(row, "✗" if lost else "·", "red" if lost else "quiet"),
        (one.path.name, row.name),
        (VERDICT_TEXTS[one.verdict], row.styles["red" if lost else "quiet"]),
    ]
    yield from lay_out(_FILE_COLUMNS, cells, row.width)


# Texts


def format_counts(result: Mapping[str, Any]) -> str:
    """A summary such as “9 takes, 2 already here, 1 failed, 3 skipped (not media)”."""
    new, known = len(result.get("takes", ())), len(result.get("already_here", ()))
    bad, other = len(result.get("failed", ())), len(result.get("skipped", ()))
    parts = [plural(new, "take")] if new or not known else []
    parts += [
        f"{count:,} {word}"
        for count, word in ((known, "already here"), (bad, "failed"), (other, "skipped (not media)"))
        if count
    ]
    return ", ".join(parts)


def format_seal(result: Mapping[str, Any], *, short: bool, plain: bool) -> str:
    """The generation of the folder's seal; short, only that it is sealed."""
    if not result.get("seal"):
        return ""
    word = "sealed" if plain else "sealed ✓"
    generation = Path(str(result["seal"])).name.partition("_")[0].lstrip("0")
    return word if short else f"ASC MHL generation {generation}, {word}"


def verification_summary(verification: Verification) -> tuple[str, str, str]:
    """(text, style, symbol) of a verification's result."""
    if verification.stopped:
        return "stopped; {verify} starts again", "quiet", "–"
    if verification.error:
        return verification.error.message, "red", "✗"
    lost, other = verification.lost, len(verification.problems) - len(verification.lost)
    intact = len(verification.results) - len(verification.problems)
    parts = [plural(intact, "file") + " intact"] if intact or not lost else []
    for verdict in ("changed", "missing", "renamed", "moved"):
        if count := sum(one.verdict == verdict for one in lost):
            parts.append(f"{count:,} {verdict}")
    if other:
        parts.append(f"{other:,} not sealed")
    return ", ".join(parts), "red" if lost else "accent", "✗" if lost else "✓"


def _mark(row: RowStyle, sign: str, kind: str) -> Cell:
    return f" {' ' if row.plain and sign != '!' else sign}", row.styles[kind]


def _name(job: Job) -> str:
    return job.title.removeprefix("ingest ")
