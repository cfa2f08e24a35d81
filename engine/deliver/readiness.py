"""Whether a deliverable is ready for the platform of its recipe: before it is built, and when it is finished."""

from __future__ import annotations

from datetime import date

from engine.deliver.estimate import Estimate
from engine.deliver.outputs import Outputs
from engine.deliver.platform_facts import movie_facts, planned_facts, sound_facts
from engine.deliver.platform_verdict import PlatformVerdict, judge
from engine.deliver.platforms import load_platform
from engine.deliver.receipt import Check
from engine.deliver.recipe import Recipe


def planned_readiness(
    recipe: Recipe, estimate: Estimate | None = None, today: date | None = None
) -> PlatformVerdict | None:
    """The verdict on what a recipe makes, of a take with an estimate; None if the recipe names no platform."""
    if recipe.platform is None:
        return None
    return judge(load_platform(recipe.platform), planned_facts(recipe, estimate), today or date.today())


def check_readiness(recipe: Recipe, made: Outputs, today: date | None = None) -> PlatformVerdict | None:
    """The verdict on the finished files, and a check of it; None if the recipe names no platform or only captions.

    A file that is not ready gives a warning: it can be used elsewhere, and the rules are not Cleanwater's.
    """
    found = next((path for path, role in made.files if role in ("movie", "sound")), None)
    if recipe.platform is None or found is None:
        return None
    if made.movie:
        facts = movie_facts(recipe, found, made.movie, made.checks)
    else:
        facts = sound_facts(recipe, found, made.checks)
    verdict = judge(load_platform(recipe.platform), facts, today or date.today())
    made.check(found, [_check(verdict)])
    return verdict


def _check(verdict: PlatformVerdict) -> Check:
    return Check(
        name="platform",
        passed=verdict.ready,
        warning=not verdict.ready,
        measured=verdict.summary,
        wanted=f"every limit of {verdict.title}",
    )
