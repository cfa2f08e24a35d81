"""All effects by the name of their table in a look file."""

from __future__ import annotations

from functools import cache

from engine.effects.effect import Effect
from engine.effects.exposure import ExposureEffect
from engine.errors import RequestError


@cache
def effect_types() -> dict[str, type[Effect]]:
    """The effect classes by `kind`, in alphabetical order."""
    known: list[type[Effect]] = [
        ExposureEffect,
    ]
    return {effect.kind: effect for effect in sorted(known, key=lambda effect: effect.kind)}


def effect_type(kind: str) -> type[Effect]:
    """The class of an effect. Raises RequestError, with the known names, for an unknown one."""
    found = effect_types().get(kind)
    if found is None:
        raise RequestError(f"There is no effect “{kind}”.", f"Effects: {', '.join(effect_types())}.")
    return found
