"""The looks of a delivery: that of the recipe, and those of the clips of a cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.deliver.recipe import Recipe
from engine.timeline import NO_LOOK, Clip, ClipLayer, Cut, curves_of

if TYPE_CHECKING:
    from engine.keyframes import KeyframeCurve
    from engine.looks import ClipLook, Look, TakeSources
    from engine.time import FrameGrid


def recipe_look(recipe: Recipe, studio: Path) -> Look | None:
    """The look of a recipe; a name is looked up in the looks of the studio in this folder, then in the built-in ones.

    Raises RequestError if there is none of this name, or if it is not valid.
    """
    if recipe.look is None:
        return None
    from engine.looks import OWN_LOOKS, load_look

    return load_look(recipe.look, studio / OWN_LOOKS)


def cut_looks(cut: Cut, recipe: Recipe, studio: Path) -> dict[str, Look]:
    """The looks that the film of a cut shows, by name. Errors as `recipe_look`."""
    if not recipe.shows:
        return {}
    found = clip_looks(cut, studio)
    plain = any(clip.take is not None and not clip.look for clip in cut.clips)
    if recipe.look and plain and (look := recipe_look(recipe, studio)):
        found[recipe.look] = look
    return found


def clip_looks(cut: Cut, studio: Path) -> dict[str, Look]:
    """The looks of the clips of a cut, by name. Errors as `recipe_look`."""
    names = {clip.look for clip in cut.clips if clip.take is not None} - {"", NO_LOOK}
    if not names:
        return {}
    from engine.looks import OWN_LOOKS, load_look

    return {name: load_look(name, studio / OWN_LOOKS) for name in sorted(names)}


def layer_look(
    cut: Cut,
    layer: ClipLayer,
    looks: Mapping[str, Look],
    default: str = NO_LOOK,
    sources: TakeSources | None = None,
    grid: FrameGrid | None = None,
    step: Fraction | None = None,
) -> ClipLook | None:
    """The look of a layer of a cut with its keyframes; `default` is that of clips without one of their own.

    `sources` and `grid` are those of the clip's take; `step` is the time between two frames of the film, by default
    that of the cut. Raises KeyError if `looks` does not have the look.
    """
    clip = cut.clips[layer.clip]
    name = clip.look or default
    if name == NO_LOOK or clip.take is None:
        return None
    from engine.looks import ClipLook, TakeMoments

    time = Fraction(layer.tick) / cut.rate
    shown = TakeMoments(grid).nearest(time) if grid else time
    return ClipLook(looks[name], time, layer.clip, _curves(clip), sources, shown, step or 1 / cut.rate)


@lru_cache(maxsize=256)
def _curves(clip: Clip) -> dict[str, KeyframeCurve]:
    return curves_of(clip)


def looks_as_json(looks: Iterable[tuple[str, Look]]) -> dict[str, dict[str, Any]]:
    """Looks by name with all their values, for a job: it applies them as they were when it was requested."""
    return {name: {**look.as_json(), "digest": look.digest} for name, look in looks}


def looks_from_json(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Look]:
    """The looks of `looks_as_json`. Raises EngineError if they are damaged."""
    if not values:
        return {}
    from engine.looks import look_from_json

    return {name: look_from_json(value) for name, value in values.items()}
