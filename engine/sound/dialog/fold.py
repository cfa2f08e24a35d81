"""Dialog is one voice: how the two sides of a track become one channel, after looking at both."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from engine.catalog import Row
from engine.sound.dialog.filters import Mono, decibels
from engine.sound.track import Block

_DEAD_DB = 20.0
_OPPOSED = -0.3


class Fold(Row):
    """How much of the left and of the right side, and why."""

    left: float
    right: float
    why: str

    def mono(self, block: Block) -> Mono:
        """(samples, 2) as (samples,)."""
        return np.asarray(block[:, 0] * np.float32(self.left) + block[:, 1] * np.float32(self.right), np.float32)


def fold_of(blocks: Iterable[Block]) -> Fold:
    """The mean of both; but a dead side is left out, and of two that cancel each other the louder is taken."""
    power = np.zeros(2)
    cross = 0.0
    same = True
    for block in blocks:
        power += np.square(block, dtype=np.float64).sum(axis=0)
        cross += float((block[:, 0].astype(np.float64) * block[:, 1]).sum())
        same = same and bool(np.array_equal(block[:, 0], block[:, 1]))
    if same:
        return Fold(left=1.0, right=0.0, why="both sides are the same")
    louder = int(power[1] > power[0])
    apart = float(abs(decibels(power[0]) - decibels(power[1])))
    name = ("left", "right")[louder]
    sides = {"left": float(louder == 0), "right": float(louder == 1)}
    if apart > _DEAD_DB:
        return Fold(**sides, why=f"the {name} side alone: the other is {apart:.0f} dB quieter")
    alike = cross / max(float(np.sqrt(power[0] * power[1])), 1e-20)
    if alike < _OPPOSED:
        return Fold(**sides, why=f"the {name} side alone: together they would cancel each other")
    return Fold(left=0.5, right=0.5, why="the mean of both sides")
