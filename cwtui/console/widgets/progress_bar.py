"""How a job is drawn: a sign for its state, a bar for how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from engine.catalog import Job, JobState

if TYPE_CHECKING:
    from cwtui.console.app import Console

SIGNS = {
    JobState.RUNNING: ("▸", "accent"),
    JobState.BLOCKED: ("!", "amber"),
    JobState.QUEUED: ("·", "quiet"),
    JobState.DONE: ("✓", "accent"),
    JobState.FAILED: ("✗", "red"),
    JobState.CANCELLED: ("–", "faint"),
}
"""A sign, and the ink it is drawn in."""


def bar(job: Job, width: int, desk: Console) -> Text:
    """How far a job is; nothing for one that does not say."""
    return share_bar(job.done / job.total if job.total else 0.0, width, desk)


def share_bar(share: float, width: int, desk: Console) -> Text:
    """A share of a whole; plain text says it in per cent."""
    ink, share = desk.ink.styles, min(1.0, share)
    if desk.plain:
        return Text(f"{share:.0%}", ink["text"])
    full = round(share * width)
    return Text("▰" * full, ink["accent"]) + Text("▱" * (width - full), ink["faint"])
