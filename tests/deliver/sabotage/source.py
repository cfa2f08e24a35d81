"""Saboteurs of sources: what a file lacks because its source does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from engine.catalog import Damage
from engine.deliver.checks import Finished
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("source-complete", "wav")
def damaged_source(good: Finished, path: Path) -> Finished:
    """The source lacks half a second, which the user accepted. The file does not show that."""
    lost = Damage(kind="missing", media="sound", start=Fraction(1), end=Fraction(3, 2), detail="Missing.")
    return replace(good.moved_to(path), damage=(lost,), accepted=True)
