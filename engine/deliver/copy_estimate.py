"""Estimates which frames of a film are copied from their recordings, from the indices of the files."""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog import Condition
from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_copy import CopyPlan, plan_copies
from engine.deliver.cut_request import CutRequest, CutTake
from engine.deliver.hdr10 import film_light
from engine.deliver.movie import picture_format
from engine.picture import RecordedStretch, index_stretch


def estimate_copies(order: CutRequest, conditions: Mapping[str, Condition]) -> CopyPlan:
    """The probable plan of a possible film, by what is known of its takes; none of them is decoded.

    Raises EngineError if a take cannot be opened.
    """
    recipe, size = order.recipe.picture, order.frame_size
    if recipe is None or size is None or recipe.copy_shots == "never":
        return CopyPlan()
    wanted = picture_format(recipe, size, order.rate, order.frames, film_light(order, recipe))
    known = {
        take: Condition(checked=True, damage=conditions[take].damage if take in conditions else ())
        for take in order.cut.takes
    }
    return plan_copies(order, wanted, CutCondition(order, known, accepted=True), read=_index_take)


def _index_take(take: CutTake, first: int, last: int) -> RecordedStretch:
    picture, grid = take.footage.probe.picture, take.footage.grid
    assert picture
    assert grid
    return index_stretch(take.footage.path, picture.index, grid.pts, first, last)
