"""Checks of posters."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.receipt import Check
from engine.time import format_time


@check(
    "poster",
    "Poster",
    remedy="Choose a time within the movie in `poster.at`, or deliver it again.",
    applies_to=("poster",),
)
def poster(finished: Finished) -> Iterator[Check]:
    """A poster decodes, has the size of its movie, and shows its time to the frame. A time after the end gives a
    warning: the last frame is the poster.
    """
    from PIL import Image, UnidentifiedImageError

    frame = finished.poster
    if frame is None:
        return
    try:
        with Image.open(finished.path) as image:
            image.load()
            found = (image.height, image.width)
    except (OSError, UnidentifiedImageError):
        found = (0, 0)
    whole, on_time = found == frame.size, frame.at is None or abs(frame.shown - frame.at) <= frame.frame
    wanted = "the sharpest frame" if frame.at is None else f"at {format_time(frame.at, 2)}"
    yield Check(
        name="poster",
        passed=whole and on_time,
        warning=whole and not on_time,
        measured=f"{found[1]} × {found[0]} at {format_time(frame.shown, 2)}",
        wanted=f"{frame.size[1]} × {frame.size[0]}, {wanted}",
    )
