"""Checks of a movie's container: the order of its boxes, and edit lists."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check


@check(
    "faststart",
    "Fast start",
    remedy="Deliver it again: other software may have saved the file.",
)
def faststart(finished: Finished) -> Iterator[Check]:
    """The index (moov) is before the media data (mdat), so that a player can start while it loads."""
    if finished.recipe.container.faststart:
        from engine.isobmff import top_level_boxes

        boxes = top_level_boxes(finished.path)
        first = boxes.index("moov") < boxes.index("mdat")
        yield Check(name="faststart", passed=first, measured=boxes, wanted="moov before mdat")


@check(
    "edit-list",
    "Edit list",
    remedy="Deliver it again: other software may have saved the file.",
)
def edit_list(finished: Finished) -> Iterator[Check]:
    """No track has an edit list, if the recipe excludes them."""
    if not finished.recipe.container.edit_list:
        from engine.isobmff import has_edit_list

        yield equal("no edit list", not has_edit_list(finished.path), True)
