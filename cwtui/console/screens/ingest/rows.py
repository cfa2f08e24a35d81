"""What arrives, in words and in lines: takes that wait, ingests and what came of them, originals and their seals."""

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

from cwtui.console.screens.takes.take_details import flags
from cwtui.console.widgets.detail_list import Line
from cwtui.console.widgets.progress_bar import SIGNS, bar, share_bar
from cwtui.console.workers.seal_verifier import Proof
from cwtui.formatting import ago, cut, filled, plural, size
from cwtui.job_status import amount, clock, span
from engine.catalog import Job, JobState, Take

if TYPE_CHECKING:
    from cwtui.console.app import Console
    from engine.transfer import FileVerification

_VERDICTS = {
    "changed": "is not what was sealed",
    "missing": "is missing",
    "unsealed": "was put there later, without a seal",
}
_BAR = 12
_NAME, _CLOCK = 22, 12


def paths_in(text: str) -> list[Path]:
    """The paths that were written or pasted: quoted or not, of one file or several, from ~ on, or as file://."""
    whole = _path(text)
    if whole.exists():
        return [whole]
    try:
        parts = shlex.split(text)
    except ValueError:
        # An apostrophe in a name opens a quotation that nobody closes.
        parts = [text]
    return [_path(part) for part in parts]


def folder_of(job: Job) -> str:
    """The folder that an ingest was asked about, as one would write it again."""
    asked = [Path(str(path)) for path in job.parameters.get("paths", ())]
    if not asked:
        return ""
    folder = asked[0].parent if asked[0].suffix or len(asked) > 1 else asked[0]
    home = Path.home()
    known = folder.relative_to(home) if folder.is_relative_to(home) and folder != home else None
    return f"~/{shlex.quote(str(known))}" if known else shlex.quote(str(folder))


def why_waiting(take: Take) -> list[str]:
    """What a director should know or say of a take before it is used."""
    told = ["log: confirm how it is read  (a)"] if take.needs_director else []
    if not take.probe.original:
        notes = [note.split(";")[0] for note in take.probe.notes if note.startswith("not an original")]
        told += notes or ["not an original"]
    return told


# Rows


def take_row(desk: Console, take: Take, width: int, here: bool) -> Iterator[Segment]:
    """A take that waits, and for what."""
    ink = desk.ink.styles
    yield _mark(desk, "!" if take.needs_director else "·", "amber")
    yield Segment(f"{take.number:03d}  ", ink["strong" if here else "text"])
    yield Segment(filled(cut(take.name, _NAME - 7), _NAME - 5), ink["strong" if here else "text"])
    used = 4 + _NAME
    if width >= 100:
        yield Segment(filled(flags(take), 14), ink["quiet"])
        used += 14
    yield Segment(filled("; ".join(why_waiting(take)), width - used - 1), ink["amber"])


def job_row(desk: Console, job: Job, width: int, here: bool) -> Iterator[Segment]:
    """An ingest that is under way, waits, or failed."""
    ink = desk.ink.styles
    yield _mark(desk, *SIGNS[job.state])
    yield Segment(filled(_name(job), _NAME), ink["strong" if here else "text"])
    left = width - 4 - _NAME - _CLOCK
    if job.state is JobState.RUNNING and job.total:
        shown = bar(job, _BAR, desk)
        yield from _segments(desk, shown)
        told = f"  {amount(job)}  {job.message}" if job.unit == "bytes" else f"  {amount(job)}"
        yield Segment(filled(told, left - shown.cell_len), ink["quiet"])
        yield Segment(filled(clock(job, desk.today()), _CLOCK - 1, right=True), ink["faint"])
        return
    story = job.error["message"] if job.error else job.message
    if desk.plain or not story:
        state = {"queued": "waits for its turn", "running": "looking at what is there"}.get(job.state, str(job.state))
        story = f"{state}: {story}" if story else state
    kind = {JobState.FAILED: "red", JobState.BLOCKED: "amber"}.get(job.state, "quiet")
    yield Segment(filled(story, left + _CLOCK - 1), ink[kind])


def arrived_row(desk: Console, job: Job, width: int, here: bool) -> Iterator[Segment]:
    """An ingest that is over: how much of what, and its seal."""
    ink, result = desk.ink.styles, job.result or {}
    bad = len(result.get("failed", ()))
    yield _mark(desk, "✗" if bad else "✓", "red" if bad else "accent")
    yield Segment(filled(_name(job), _NAME), ink["strong" if here else "text"])
    seal = sealed(desk, result, short=width < 100)
    wide = len(seal) + 2 if seal else 0
    left = width - 4 - _NAME - wide - 16
    yield Segment(filled(counted(result), left), ink["text"])
    yield Segment(filled(seal, wide, right=True), ink["accent"])
    yield Segment(filled(ago(job.finished_at, desk.today()) if job.finished_at else "", 15, right=True), ink["faint"])


def refused_row(desk: Console, failure: Mapping[str, str], width: int, here: bool) -> Iterator[Segment]:
    """A file that could not be brought in."""
    ink = desk.ink.styles
    yield Segment("    ", ink["text"])
    yield _mark(desk, "✗", "red")
    yield Segment(filled(Path(failure["path"]).name, _NAME - 4), ink["strong" if here else "text"])
    yield Segment(filled(failure["message"], width - _NAME - 5), ink["red"])


def proof_row(desk: Console, proof: Proof, width: int, here: bool) -> Iterator[Segment]:
    """How far the reading is, or what it found."""
    ink = desk.ink.styles
    name = "strong" if here else "text"
    if proof.over is None:
        yield _mark(desk, "▸", "accent")
        yield Segment(filled("reading again", _NAME), ink[name])
        shown = share_bar(proof.share, _BAR, desk)
        yield from _segments(desk, shown)
        told = f"  {size(min(proof.read, proof.total))} of {size(proof.total)}   v stops it"
        yield Segment(filled(told, width - 4 - _NAME - shown.cell_len - _CLOCK), ink["quiet"])
        left = proof.left(desk.clock())
        yield Segment(filled("" if left is None else f"{span(left)} left", _CLOCK - 1, right=True), ink["faint"])
        return
    told, kind, sign = outcome(proof)
    yield _mark(desk, sign, kind)
    yield Segment(filled(proof.project.name, _NAME), ink[name])
    yield Segment(filled(told, width - 4 - _NAME - 16), ink["text" if kind == "accent" else kind])
    yield Segment(filled(ago(proof.over, desk.today()), 15, right=True), ink["faint"])


def file_row(desk: Console, one: FileVerification, width: int, here: bool) -> Iterator[Segment]:
    """A file that is not as it was sealed."""
    ink = desk.ink.styles
    lost = one.verdict != "unsealed"
    yield Segment("    ", ink["text"])
    yield _mark(desk, "✗" if lost else "·", "red" if lost else "quiet")
    yield Segment(filled(one.path.name, _NAME - 4), ink["strong" if here else "text"])
    yield Segment(filled(_VERDICTS[one.verdict], width - _NAME - 5), ink["red" if lost else "quiet"])


# The same, closer


def about_take(desk: Console, take: Take) -> list[Line]:
    """Why a take waits, and what to do."""
    lines: list[Line] = [("take", f"{take.label} · {flags(take)} · {size(take.size)}", "text")]
    lines += [("why", why, "amber") for why in why_waiting(take)]
    if take.needs_director:
        lines.append(("do", "a says how it is read: log is never guessed. Nothing is rendered of it before.", "text"))
    if not take.probe.original:
        lines.append(("do", "Bring the camera's own file in, if there is one; this one can be used as it is.", "text"))
    lines += [("note", note, "quiet") for note in take.probe.notes]
    return [*lines, ("file", str(desk.folder / take.path), "quiet")]


def about_job(job: Job) -> list[Line]:
    """An ingest: what was asked, what came, what did not and why."""
    result = job.result or {}
    when = f"{(job.finished_at or job.started_at or job.created_at).astimezone():%d %b %Y %H:%M}"
    lines: list[Line] = [("ingest", f"{job.id[:8]} · {job.state} · {when}", "text")]
    if job.error:
        lines.append(("why", job.error["message"], "amber" if job.state is JobState.BLOCKED else "red"))
        lines.append(("do", job.error.get("hint", ""), "text"))
    if result:
        lines.append(("came", counted(result), "text"))
    if result.get("seal"):
        lines.append(("sealed", str(result["seal"]), "text"))
    lines += [("from", str(path), "quiet") for path in job.parameters.get("paths", ())]
    return [*lines, *(("left", f"{path}  (no footage)", "faint") for path in result.get("left_alone", ()))]


def about_refused(failure: Mapping[str, str]) -> list[Line]:
    """Why a file could not be brought in, and what to do."""
    return [("file", failure["path"], "text"), ("why", failure["message"], "red"), ("do", failure["hint"], "text")]


def about_proof(proof: Proof) -> list[Line]:
    """What holding against the seals found."""
    if proof.over is None:
        return [
            ("reads", "every original of the project again, against its seal; v stops it, nothing is written", "text")
        ]
    told, kind, _ = outcome(proof)
    lines: list[Line] = [("found", told, "text" if kind == "accent" else kind)]
    if proof.error:
        lines.append(("do", proof.error.hint, "text"))
    if proof.lost:
        lines.append(
            ("do", "Bring these in again with + from the camera's card or a backup: the copy is replaced.", "text")
        )
    return lines


def about_file(one: FileVerification) -> list[Line]:
    """A file, what it was and what it is."""
    lost = one.verdict != "unsealed"
    lines: list[Line] = [("file", str(one.path), "text"), ("found", _VERDICTS[one.verdict], "red" if lost else "text")]
    if one.wanted:
        lines.append(("sealed", f"xxh128 {one.wanted}", "quiet"))
    if one.measured:
        lines.append(("now", f"xxh128 {one.measured}", "quiet"))
    if lost:
        lines.append(
            ("do", "Bring it in again with + from the camera's card or a backup: the copy is replaced.", "text")
        )
    return lines


# In words


def counted(result: Mapping[str, Any]) -> str:
    """9 takes, 2 already here, 1 failed, 3 left alone."""
    new, known = len(result.get("takes", ())), len(result.get("already_here", ()))
    bad, other = len(result.get("failed", ())), len(result.get("left_alone", ()))
    told = [plural(new, "take")] if new or not known else []
    told += [
        f"{count:,} {word}"
        for count, word in ((known, "already here"), (bad, "failed"), (other, "left alone"))
        if count
    ]
    return ", ".join(told)


def sealed(desk: Console, result: Mapping[str, Any], short: bool) -> str:
    """Which generation of the folder's seal it is, or that there is one."""
    if not result.get("seal"):
        return ""
    word = "sealed" if desk.plain else "sealed ✓"
    generation = Path(str(result["seal"])).name.partition("_")[0].lstrip("0")
    return word if short else f"ASC MHL generation {generation}, {word}"


def outcome(proof: Proof) -> tuple[str, str, str]:
    """What it came to, in which ink, with which mark."""
    if proof.stopped:
        return "stopped; v reads them again", "quiet", "–"
    if proof.error:
        return proof.error.message, "red", "✗"
    lost, other = proof.lost, len(proof.amiss) - len(proof.lost)
    intact = len(proof.found) - len(proof.amiss)
    told = [plural(intact, "file") + " as sealed"] if intact or not lost else []
    for verdict in ("changed", "missing"):
        if count := sum(one.verdict == verdict for one in lost):
            told.append(f"{count:,} {verdict}")
    if other:
        told.append(f"{other:,} without a seal")
    return ", ".join(told), "red" if lost else "accent", "✗" if lost else "✓"


def _mark(desk: Console, sign: str, kind: str) -> Segment:
    return Segment(f"  {' ' if desk.plain and sign != '!' else sign} ", desk.ink.styles[kind])


def _segments(desk: Console, text: Text) -> Iterator[Segment]:
    return (Segment(part, style or Style()) for part, style, _ in text.render(desk.console) if part != "\n")


def _name(job: Job) -> str:
    return cut(job.title.removeprefix("ingest "), _NAME - 2)


def _path(text: str) -> Path:
    text = text.strip()
    if text.startswith("file://"):
        text = unquote(urlsplit(text).path)
    return Path(os.path.expanduser(text))
