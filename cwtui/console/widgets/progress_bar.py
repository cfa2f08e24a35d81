"""How a job is drawn: a sign for its state, a bar for how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from engine.catalog import Job

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp


def job_progress(job: Job, width: int, app: ConsoleApp) -> Text:
    """How far a job is; nothing for one that does not say."""
    return progress_bar(job.done / job.total if job.total else 0.0, width, app)


def progress_bar(share: float, width: int, app: ConsoleApp) -> Text:
    """A share of a whole; plain text says it in per cent."""
    styles, share = app.palette.styles, min(1.0, share)
    if app.plain:
        return Text(f"{share:.0%}", styles["text"])
    full = round(share * width)
    return Text("▰" * full, styles["accent"]) + Text("▱" * (width - full), styles["faint"])
