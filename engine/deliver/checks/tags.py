"""Checks of the tags, the cover and the chapters of sound files, which are read back."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import near
from engine.deliver.cover import check_cover
from engine.deliver.receipt import Check

_REMEDY = "Deliver it again: other software may have changed or removed it."


@check("tags", "Tags", remedy=_REMEDY, applies_to=("sound",))
def tags(finished: Finished) -> Iterator[Check]:
    """A sound file has the texts of the recipe's tags, and no others."""
    if finished.tags and not finished.tags.empty:
        found, wanted = finished.found_tags.texts, {name: text for name, text in finished.tags.texts.items() if text}
        yield Check(
            name="tags",
            passed=dict(found) == wanted,
            measured=[f"{name}: {text}" for name, text in found.items()],
            wanted=[f"{name}: {text}" for name, text in wanted.items()],
        )


@check("cover", "Cover", remedy=_REMEDY, applies_to=("sound",))
def cover(finished: Finished) -> Iterator[Check]:
    """A sound file has its cover, a square of 1400 to 3000 pixels. WAV has no place for one."""
    if finished.tags and not finished.tags.empty:
        yield check_cover(None if finished.format == "wav" else finished.tags.cover, finished.found_tags.cover)


@check("sound-chapters", "Chapters of a sound file", remedy=_REMEDY, applies_to=("sound",))
def sound_chapters(finished: Finished) -> Iterator[Check]:
    """A sound file has the titles of the chapters, which start at their times to 2 ms."""
    if finished.tags and (wanted := finished.tags.chapters):
        found = finished.found_tags.chapters
        placed = near([start for start, _ in found], [start for start, _ in wanted])
        yield Check(
            name="chapters",
            passed=placed and [title for _, title in found] == [title for _, title in wanted],
            measured=[f"{float(start):.3f} {title}" for start, title in found],
            wanted=[f"{float(start):.3f} {title}" for start, title in wanted],
        )
