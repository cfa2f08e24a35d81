"""The zones of a picture that a platform's own interface leaves free."""

from __future__ import annotations

from dataclasses import dataclass

from engine.deliver.recipe import Recipe


@dataclass(frozen=True, slots=True)
class SafeZone:
    """A zone that stays free, as shares of the picture's width and height from its upper left corner."""

    title: str
    left: float
    top: float
    right: float
    bottom: float


def safe_zones(recipe: Recipe, size: tuple[int, int]) -> tuple[SafeZone, ...]:
    """The safe zones of a recipe's platform for a picture of this width and height in pixels."""
    return ()
