"""The looks of a delivery: that of the recipe, and those of the clips of a cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.deliver.recipe import Recipe
from engine.timeline import NO_LOOK, Cut

if TYPE_CHECKING:
    from engine.looks import Look


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
    names = {clip.look or recipe.look or "" for clip in cut.clips if clip.take is not None} - {"", NO_LOOK}
    if not names:
        return {}
    from engine.looks import OWN_LOOKS, load_look

    return {name: load_look(name, studio / OWN_LOOKS) for name in sorted(names)}


def looks_as_json(looks: Iterable[tuple[str, Look]]) -> dict[str, dict[str, Any]]:
    """Looks by name with all their values, for a job: it applies them as they were when it was requested."""
    return {name: {**look.as_json(), "digest": look.digest} for name, look in looks}


def looks_from_json(values: Mapping[str, Mapping[str, Any]]) -> dict[str, Look]:
    """The looks of `looks_as_json`. Raises EngineError if they are damaged."""
    if not values:
        return {}
    from engine.looks import look_from_json

    return {name: look_from_json(value) for name, value in values.items()}
