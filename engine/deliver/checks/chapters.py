"""Checks of a movie's chapters."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal, near
from engine.deliver.receipt import Check


@check(
    "chapters",
    "Chapters",
    remedy="Deliver it again: other software may have removed them.",
)
def chapters(finished: Finished) -> Iterator[Check]:
    """The movie has the titles of the requested chapters, in order."""
    if wanted := finished.order.chapters:
        yield equal("chapters", [one.title for one in finished.chapters], [one.title for one in wanted])


@check(
    "chapter-timing",
    "Times of chapters",
    remedy="Deliver it again.",
)
def chapter_timing(finished: Finished) -> Iterator[Check]:
    """Each chapter starts at its requested time, to 2 ms."""
    wanted, found = finished.order.chapters, finished.chapters
    if wanted and len(found) == len(wanted):
        placed = near([one.start for one in found], [one.start for one in wanted])
        yield Check(name="chapter timing", passed=placed, measured=len(found), wanted=f"{len(wanted)} chapters")
