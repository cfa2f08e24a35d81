"""A progress bar in text."""

from __future__ import annotations

from rich.text import Text

from cwtui.console.theme import Palette
from engine.catalog import Job


def job_progress(job: Job, width: int, palette: Palette, plain: bool) -> Text:
    """Returns the progress bar of a job; an empty one where the job reports no total."""
    return progress_bar(job.done / job.total if job.total else 0.0, width, palette, plain)


def progress_bar(share: float, width: int, palette: Palette, plain: bool) -> Text:
    """Returns a share, 0 to 1, as a bar of `width` cells; in plain text as per cent."""
    styles, share = palette.styles, min(1.0, share)
    if plain:
        return Text(f"{share:.0%}", styles["text"])
    full = round(share * width)
    return Text("▰" * full, styles["accent"]) + Text("▱" * (width - full), styles["faint"])
