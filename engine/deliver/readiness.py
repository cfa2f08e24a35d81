"""Whether what a recipe makes is ready for its platform, as far as that is known before it is built."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from engine.deliver.platform_facts import planned_facts
from engine.deliver.platform_verdict import PlatformVerdict, judge
from engine.deliver.platforms import load_platform
from engine.deliver.recipe import Recipe

if TYPE_CHECKING:
    from engine.deliver.estimate import Estimate


def planned_readiness(
    recipe: Recipe, estimate: Estimate | None = None, today: date | None = None
) -> PlatformVerdict | None:
    """The verdict on what a recipe makes, of a take with an estimate; None if the recipe names no platform."""
    if recipe.platform is None:
        return None
    return judge(load_platform(recipe.platform), planned_facts(recipe, estimate), today or date.today())
