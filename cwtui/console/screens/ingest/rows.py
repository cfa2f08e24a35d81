"""Rows of Ingest: takes that wait, ingest jobs and their results, originals and their seals."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from cwtui.console.screens.takes.take_details import format_summary
from cwtui.console.widgets.progress_bar import job_progress, progress_bar
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.console.workers.seal_verifier import Verification
from cwtui.formatting import format_age, format_bytes, format_duration, plural
from cwtui.job_status import STATE_SYMBOLS, format_job_time, format_progress
from engine.catalog import Job, JobState, Take

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.transfer import FileVerification

VERDICT_TEXTS = {
    "changed": "differs from its seal",
    "missing": "is missing",
    "unsealed": "added later, not sealed",
}
_BAR = 12
_NAME, _CLOCK = 22, 12


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


def take_row(app: ConsoleApp, take: Take, width: int, here: bool) -> Iterator[Segment]:
    """A take that waits, and its reasons."""
    styles = app.palette.styles
    yield _mark(app, "!" if take.needs_director else "·", "amber")
    yield Segment(f"{take.number:03d}  ", styles["strong" if here else "text"])
    yield Segment(pad(truncate(take.name, _NAME - 7), _NAME - 5), styles["strong" if here else "text"])
    used = 4 + _NAME
    if width >= 100:
        yield Segment(pad(format_summary(take), 14), styles["quiet"])
        used += 14
    yield Segment(pad("; ".join(waiting_reasons(take)), width - used - 1), styles["amber"])


def job_row(app: ConsoleApp, job: Job, width: int, here: bool) -> Iterator[Segment]:
    """An ingest that runs, waits or has failed."""
    styles = app.palette.styles
    yield _mark(app, *STATE_SYMBOLS[job.state])
    yield Segment(pad(_name(job), _NAME), styles["strong" if here else "text"])
    left = width - 4 - _NAME - _CLOCK
    if job.state is JobState.RUNNING and job.total:
        shown = job_progress(job, _BAR, app.palette, app.plain)
        yield from _segments(app, shown)
        summary = f"  {format_progress(job)}  {job.message}" if job.unit == "bytes" else f"  {format_progress(job)}"
        yield Segment(pad(summary, left - shown.cell_len), styles["quiet"])
        yield Segment(pad(format_job_time(job, app.today()), _CLOCK - 1, right=True), styles["faint"])
        return
    story = job.error["message"] if job.error else job.message
    if app.plain or not story:
        state = {"queued": "queued", "running": "scanning"}.get(job.state, str(job.state))
        story = f"{state}: {story}" if story else state
    kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "quiet")
    yield Segment(pad(story, left + _CLOCK - 1), styles[kind])


def arrived_row(app: ConsoleApp, job: Job, width: int, here: bool) -> Iterator[Segment]:
    """A finished ingest: counts of its files, and its seal."""
    styles, result = app.palette.styles, job.result or {}
    bad = len(result.get("failed", ()))
    yield _mark(app, "✗" if bad else "✓", "red" if bad else "accent")
    yield Segment(pad(_name(job), _NAME), styles["strong" if here else "text"])
    seal = format_seal(app, result, short=width < 100)
    wide = len(seal) + 2 if seal else 0
    left = width - 4 - _NAME - wide - 16
    yield Segment(pad(format_counts(result), left), styles["text"])
    yield Segment(pad(seal, wide, right=True), styles["accent"])
    yield Segment(
        pad(format_age(job.finished_at, app.today()) if job.finished_at else "", 15, right=True), styles["faint"]
    )


def refused_row(app: ConsoleApp, failure: Mapping[str, str], width: int, here: bool) -> Iterator[Segment]:
    """A file that could not be ingested."""
    styles = app.palette.styles
    yield Segment("    ", styles["text"])
    yield _mark(app, "✗", "red")
    yield Segment(pad(Path(failure["path"]).name, _NAME - 4), styles["strong" if here else "text"])
    yield Segment(pad(failure["message"], width - _NAME - 5), styles["red"])


def verification_row(app: ConsoleApp, verification: Verification, width: int, here: bool) -> Iterator[Segment]:
    """The progress or the result of a verification."""
    styles = app.palette.styles
    name = "strong" if here else "text"
    if verification.finished_at is None:
        yield _mark(app, "▸", "accent")
        yield Segment(pad("verifying", _NAME), styles[name])
        shown = progress_bar(verification.progress, _BAR, app.palette, app.plain)
        yield from _segments(app, shown)
        total = verification.total_bytes
        summary = f"  {format_bytes(min(verification.bytes_read, total))} of {format_bytes(total)}   v stops"
        yield Segment(pad(summary, width - 4 - _NAME - shown.cell_len - _CLOCK), styles["quiet"])
        left = verification.seconds_left(app.clock())
        yield Segment(
            pad("" if left is None else f"{format_duration(left)} left", _CLOCK - 1, right=True), styles["faint"]
        )
        return
    summary, kind, sign = verification_summary(verification)
    yield _mark(app, sign, kind)
    yield Segment(pad(verification.project.name, _NAME), styles[name])
    yield Segment(pad(summary, width - 4 - _NAME - 16), styles["text" if kind == "accent" else kind])
    yield Segment(pad(format_age(verification.finished_at, app.today()), 15, right=True), styles["faint"])


def file_row(app: ConsoleApp, one: FileVerification, width: int, here: bool) -> Iterator[Segment]:
    """A file that does not match its seal."""
    styles = app.palette.styles
    lost = one.verdict != "unsealed"
    yield Segment("    ", styles["text"])
    yield _mark(app, "✗" if lost else "·", "red" if lost else "quiet")
    yield Segment(pad(one.path.name, _NAME - 4), styles["strong" if here else "text"])
    yield Segment(pad(VERDICT_TEXTS[one.verdict], width - _NAME - 5), styles["red" if lost else "quiet"])


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


def format_seal(app: ConsoleApp, result: Mapping[str, Any], short: bool) -> str:
    """The generation of the folder's seal; short, only that it is sealed."""
    if not result.get("seal"):
        return ""
    word = "sealed" if app.plain else "sealed ✓"
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


def _mark(app: ConsoleApp, sign: str, kind: str) -> Segment:
    return Segment(f"  {' ' if app.plain and sign != '!' else sign} ", app.palette.styles[kind])


def _segments(app: ConsoleApp, text: Text) -> Iterator[Segment]:
    return (Segment(part, style or Style()) for part, style, _ in text.render(app.console) if part != "\n")


def _name(job: Job) -> str:
    return truncate(job.title.removeprefix("ingest "), _NAME - 2)


def _parse_path(text: str) -> Path:
    text = text.strip()
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    return Path(os.path.expanduser(text))
