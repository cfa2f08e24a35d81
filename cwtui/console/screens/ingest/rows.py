"""Rows of Ingest: takes that wait, ingest jobs and their results, originals and their seals."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rich.segment import Segment

from cwtui.console.screens.row_style import RowStyle
from cwtui.console.screens.takes.take_details import format_summary
from cwtui.console.widgets.progress_bar import job_share, progress_segments
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.console.workers.seal_verifier import Verification
from cwtui.formatting import format_age, format_duration, plural
from cwtui.job_status import STATE_SYMBOLS, format_job_time, format_progress
from engine.catalog import Job, JobState, Take
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.transfer import FileVerification

VERDICT_TEXTS = {
    "changed": "differs from its seal",
    "missing": "is missing",
    "unsealed": "added later, not sealed",
}
_BAR = 12
_NAME, _CLOCK = 22, 20


def paths_in(text: str) -> list[Path]:
    """The paths in typed or pasted text: one or several, quoted or not, with ~ or as file:// URLs."""
    whole = _parse_path(text)
    if whole.exists():
        return [whole]
    try:
        parts = shlex.split(text)
    except ValueError:
        # An apostrophe in a name is an unbalanced quote.
        parts = [text]
    return [_parse_path(part) for part in parts]


def folder_of(job: Job) -> str:
    """The folder of an ingest job's paths, as the user would type it."""
    asked = [Path(str(path)) for path in job.parameters.get("paths", ())]
    if not asked:
        return ""
    folder = asked[0].parent if asked[0].suffix or len(asked) > 1 else asked[0]
    home = Path.home()
    known = folder.relative_to(home) if folder.is_relative_to(home) and folder != home else None
    return f"~/{shlex.quote(str(known))}" if known else shlex.quote(str(folder))


def waiting_reasons(take: Take) -> list[str]:
    """The warnings and open questions of a take."""
    parts = ["log: confirm colour  (a)"] if take.needs_director else []
    if not take.probe.original:
        reason = take.probe.copy_reason
        parts.append("edited or exported copy" + (f": {reason}" if reason else ""))
    return parts


# Rows


def take_row(take: Take, row: RowStyle) -> Iterator[Segment]:
    """A take that waits, and its reasons."""
    yield _mark(row, "!" if take.needs_director else "·", "amber")
    yield Segment(f"{take.number:03d}  ", row.name)
    yield Segment(pad(truncate(take.name, _NAME - 7), _NAME - 5), row.name)
    used = 4 + _NAME
    if row.width >= 100:
        yield Segment(pad(format_summary(take), 14), row.styles["quiet"])
        used += 14
    yield Segment(pad("; ".join(waiting_reasons(take)), row.width - used - 1), row.styles["amber"])


def job_row(job: Job, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """An ingest that runs, waits or has failed."""
    styles = row.styles
    yield _mark(row, *STATE_SYMBOLS[job.state])
    yield Segment(pad(_name(job), _NAME), row.name)
    left = row.width - 4 - _NAME - _CLOCK
    if job.state is JobState.RUNNING and job.total:
        bar = progress_segments(job_share(job), _BAR, row.palette, row.plain)
        yield from bar
        summary = f"  {format_progress(job)}  {job.message}" if job.unit == "bytes" else f"  {format_progress(job)}"
        yield Segment(pad(summary, left - Segment.get_line_length(bar)), styles["quiet"])
        yield Segment(pad(format_job_time(job, now), _CLOCK - 1, right=True), styles["faint"])
        return
    story = job.error["message"] if job.error else job.message
    if row.plain or not story:
        state = {"queued": "queued", "running": "scanning"}.get(job.state, str(job.state))
        story = f"{state}: {story}" if story else state
    kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "quiet")
    yield Segment(pad(story, left + _CLOCK - 1), styles[kind])


def arrived_row(job: Job, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """A finished ingest: counts of its files, and its seal."""
    styles, result = row.styles, job.result or {}
    bad = len(result.get("failed", ()))
    yield _mark(row, "✗" if bad else "✓", "red" if bad else "accent")
    yield Segment(pad(_name(job), _NAME), row.name)
    seal = format_seal(result, short=row.width < 100, plain=row.plain)
    wide = len(seal) + 2 if seal else 0
    left = row.width - 4 - _NAME - wide - 16
    yield Segment(pad(format_counts(result), left), styles["text"])
    yield Segment(pad(seal, wide, right=True), styles["accent"])
    yield Segment(pad(format_age(job.finished_at, now) if job.finished_at else "", 15, right=True), styles["faint"])


def refused_row(failure: Mapping[str, str], row: RowStyle) -> Iterator[Segment]:
    """A file that could not be ingested."""
    yield Segment("    ", row.styles["text"])
    yield _mark(row, "✗", "red")
    yield Segment(pad(Path(failure["path"]).name, _NAME - 4), row.name)
    yield Segment(pad(failure["message"], row.width - _NAME - 5), row.styles["red"])


def verification_row(verification: Verification, now: datetime, clock: float, row: RowStyle) -> Iterator[Segment]:
    """The progress or the result of a verification; `clock` is the console's clock in seconds."""
    styles = row.styles
    if verification.finished_at is None:
        yield _mark(row, "▸", "accent")
        yield Segment(pad("verifying", _NAME), row.name)
        bar = progress_segments(verification.progress, _BAR, row.palette, row.plain)
        yield from bar
        total = verification.total_bytes
        summary = f"  {format_bytes(min(verification.bytes_read, total))} of {format_bytes(total)}   v stops"
        yield Segment(pad(summary, row.width - 4 - _NAME - Segment.get_line_length(bar) - _CLOCK), styles["quiet"])
        left = verification.seconds_left(clock)
        yield Segment(
            pad("" if left is None else f"{format_duration(left)} left", _CLOCK - 1, right=True), styles["faint"]
        )
        return
    summary, kind, sign = verification_summary(verification)
    yield _mark(row, sign, kind)
    yield Segment(pad(verification.project.name, _NAME), row.name)
    yield Segment(pad(summary, row.width - 4 - _NAME - 16), styles["text" if kind == "accent" else kind])
    yield Segment(pad(format_age(verification.finished_at, now), 15, right=True), styles["faint"])


def file_row(one: FileVerification, row: RowStyle) -> Iterator[Segment]:
    """A file that does not match its seal."""
    lost = one.verdict != "unsealed"
    yield Segment("    ", row.styles["text"])
    yield _mark(row, "✗" if lost else "·", "red" if lost else "quiet")
    yield Segment(pad(one.path.name, _NAME - 4), row.name)
    yield Segment(pad(VERDICT_TEXTS[one.verdict], row.width - _NAME - 5), row.styles["red" if lost else "quiet"])


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
        return "stopped; v starts again", "quiet", "–"
    if verification.error:
        return verification.error.message, "red", "✗"
    lost, other = verification.lost, len(verification.problems) - len(verification.lost)
    intact = len(verification.results) - len(verification.problems)
    parts = [plural(intact, "file") + " intact"] if intact or not lost else []
    for verdict in ("changed", "missing"):
        if count := sum(one.verdict == verdict for one in lost):
            parts.append(f"{count:,} {verdict}")
    if other:
        parts.append(f"{other:,} not sealed")
    return ", ".join(parts), "red" if lost else "accent", "✗" if lost else "✓"


def _mark(row: RowStyle, sign: str, kind: str) -> Segment:
    return Segment(f"  {' ' if row.plain and sign != '!' else sign} ", row.styles[kind])


def _name(job: Job) -> str:
    return truncate(job.title.removeprefix("ingest "), _NAME - 2)


def _parse_path(text: str) -> Path:
    text = text.strip()
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    return Path(os.path.expanduser(text))
