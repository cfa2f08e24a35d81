"""A progress bar in text."""

from __future__ import annotations

from rich.segment import Segment
from rich.text import Text

from cwtui.console.theme import Palette
from cwtui.formatting import format_share
from engine.catalog import Job, JobState

# A job that runs is not complete, even if all its work is counted: it still writes its result.
_MOST_RUNNING = 0.99


def job_share(job: Job) -> float:
    """Returns a job's progress, 0 to 1, and 1 only after it has ended; 0 where the job reports no total."""
    share = job.done / job.total if job.total else 0.0
    return min(share, _MOST_RUNNING if job.state is JobState.RUNNING else 1.0)


def progress_bar(share: float, width: int, palette: Palette, plain: bool) -> Text:
    """Returns a share, 0 to 1, as a bar of `width` cells; in plain text as per cent."""
    text = Text()
    for part, style, _ in progress_segments(share, width, palette, plain):
        text.append(part, style)
    return text


def progress_segments(share: float, width: int, palette: Palette, plain: bool) -> list[Segment]:
    """Returns the bar as segments of a row."""
    styles, share = palette.styles, min(1.0, share)
    if plain:
        return [Segment(f"{format_share(share)}", styles["text"])]
    full = min(round(share * width), width if share == 1 else width - 1)
    return [Segment("▰" * full, styles["accent"]), Segment("▱" * (width - full), styles["faint"])]
