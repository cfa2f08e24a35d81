"""Details of the row under the cursor in Ingest: label, value and style."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.console.screens.ingest.rows import (
    COPY,
    VERDICT_TEXTS,
    format_counts,
    verification_summary,
    waiting_reasons,
)
from cwtui.console.screens.takes.take_details import format_summary
from cwtui.console.widgets.detail_list import Detail
from cwtui.console.workers.seal_verifier import Verification
from engine.catalog import Job, JobState, Take
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.transfer import FileVerification

_NEVER_GUESSED = "Log is never guessed; nothing is rendered before."
_RESTORE = "with {add} from the camera's card or a backup; the copy is replaced."


def take_details(take: Take, path: Path) -> list[Detail]:
    """Why a take waits, and what to do; `path` is the footage's."""
    lines: list[Detail] = [("take", f"{take.label} · {format_summary(take)} · {format_bytes(take.size)}", "text")]
    lines += [("why", why, "amber") for why in waiting_reasons(take)]
    if take.needs_director:
        lines.append(("do", f"Press {{answer}} to confirm the input transform. {_NEVER_GUESSED}", "text"))
    if not take.probe.original:
        lines.append(("do", "Add the camera's original if you have it. This copy can be used, too.", "text"))
    # The reason that the file is a copy is the warning above.
    lines += [("note", note, "quiet") for note in take.probe.notes if not note.startswith(COPY)]
    return [*lines, ("file", str(path), "quiet")]


def job_details(job: Job) -> list[Detail]:
    """The parameters of an ingest, its results and its failures."""
    result = job.result or {}
    when = f"{(job.finished_at or job.started_at or job.created_at).astimezone():%d %b %Y %H:%M}"
    lines: list[Detail] = [("ingest", f"{job.id[:8]} · {job.state} · {when}", "text")]
    if job.error:
        lines.append(("why", job.error["message"], "amber" if job.state is JobState.BLOCKED else "red"))
        lines.append(("do", job.error.get("hint", ""), "text"))
    if result:
        lines.append(("added", format_counts(result), "text"))
    if result.get("seal"):
        lines.append(("sealed", str(result["seal"]), "text"))
    lines += [("from", str(path), "quiet") for path in job.parameters.get("paths", ())]
    return [*lines, *(("skipped", f"{path}  (not media)", "faint") for path in result.get("skipped", ()))]


def refused_details(failure: Mapping[str, str]) -> list[Detail]:
    """Why a file could not be ingested, and what to do."""
    return [("file", failure["path"], "text"), ("why", failure["message"], "red"), ("do", failure["hint"], "text")]


def verification_details(verification: Verification) -> list[Detail]:
    """The result of verifying the originals."""
    if verification.finished_at is None:
        shown = "every original of the project against its seal; {verify} stops, nothing is written"
        return [("verifies", shown, "text")]
    parts, kind, _ = verification_summary(verification)
    lines: list[Detail] = [("found", parts, "text" if kind == "accent" else kind)]
    if verification.error:
        lines.append(("do", verification.error.hint, "text"))
    if verification.lost:
        lines.append(("do", f"Add these again {_RESTORE}", "text"))
    return lines


def file_details(one: FileVerification) -> list[Detail]:
    """A file that does not match its seal: its hashes, and what to do."""
    lost = one.verdict != "new"
    lines: list[Detail] = [
        ("file", str(one.path), "text"),
        ("found", VERDICT_TEXTS[one.verdict], "red" if lost else "text"),
    ]
    if one.wanted:
        lines.append(("sealed", f"xxh128 {one.wanted}", "quiet"))
    if one.measured:
        lines.append(("now", f"xxh128 {one.measured}", "quiet"))
    if lost:
        lines.append(("do", f"Add it again {_RESTORE}", "text"))
    return lines
