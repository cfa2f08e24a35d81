"""Keyframes by which the user overrides the crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil

import numpy as np

from engine.keyframes import Keyframe, KeyframeCurve
from engine.perception.framing.crop_path import CropPath, Floats
from engine.perception.framing.reframe_key import ReframeKey

# A path with the least jerk over the time T reaches this many times distance / T² as its acceleration.
_JERK_FREE = 5.7735
# The shortest time in seconds in which the crop goes to a manual position.
_EASES = 0.6


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Manual keys without an automatic one between them; `end` is the time of the automatic one after them."""

    keys: tuple[ReframeKey, ...]
    end: Fraction | None


def with_manual_keys(path: CropPath, keys: Sequence[ReframeKey], acceleration: float) -> CropPath:
    """The path with the keys of the user; `acceleration` is the most, in shares of the picture per second squared.

    Where a key does not set a value, that of the automatic crop at its time applies.
    """
    for stretch in _stretches(keys):
        path = _overridden(path, stretch, acceleration)
    return path


def _stretches(keys: Sequence[ReframeKey]) -> list[_Stretch]:
    found: list[_Stretch] = []
    current: list[ReframeKey] = []
    for key in sorted(keys, key=lambda one: one.time):
        if key.is_manual:
            current.append(key)
        elif current:
            found.append(_Stretch(tuple(current), key.time))
            current = []
    return [*found, _Stretch(tuple(current), None)] if current else found


def _overridden(path: CropPath, stretch: _Stretch, acceleration: float) -> CropPath:
    count, rate = len(path.x), float(path.rate)
    first = min(ceil(stretch.keys[0].time * path.rate), count)
    end = count if stretch.end is None else min(ceil(stretch.end * path.rate), count)
    if first >= end:
        return path
    ticks = range(first, end)
    cuts = {one for one in path.cuts if one <= first or one >= end}
    changed = {}
    for name in ("x", "y", "zoom"):
        automatic: Floats = getattr(path, name)
        curve = _curve(stretch, name, automatic, path.rate)
        values = automatic.copy()
        values[first:end] = [curve.at(tick / path.rate) for tick in ticks]
        changed[name] = values
    for one, two in pairwise(stretch.keys):
        if one.interpolation == "hold" and one is not two:
            cuts.add(ceil(two.time * path.rate))
    if stretch.keys[0].cut or first == 0:
        cuts.add(first)
    else:
        cuts.discard(first)
        _ease(changed, path, first, acceleration / rate**2, cuts, before=True)
    if end < count:
        cuts.discard(end)
        _ease(changed, path, end, acceleration / rate**2, cuts, before=False)
    kept = frozenset(one for one in cuts if 0 < one < count)
    return replace(path, x=changed["x"], y=changed["y"], zoom=changed["zoom"], cuts=kept)


def _curve(stretch: _Stretch, name: str, automatic: Floats, rate: Fraction) -> KeyframeCurve:
    keys = []
    for one in stretch.keys:
        value = getattr(one, name)
        if value is None:
            value = float(automatic[min(int(one.time * rate), len(automatic) - 1)])
        keys.append(Keyframe(one.time, value, one.interpolation))
    return KeyframeCurve.of(keys)


def _ease(
    changed: dict[str, Floats], path: CropPath, at: int, acceleration: float, cuts: set[int], *, before: bool
) -> None:
    """Joins the manual and the automatic part at a tick without a jump, in the automatic part.

    `acceleration` is in shares of the picture per tick squared. A cut of the automatic part ends the movement there.
    """
    count = len(path.x)
    step = max(abs(float(values[at] - values[at - 1])) for values in changed.values())
    length = round(max(_EASES * float(path.rate), np.sqrt(_JERK_FREE * step / acceleration)))
    if before:
        begin = max([0, at - length, *(one for one in cuts if one < at)])
        ticks = np.arange(begin, at)
        share = (ticks - begin) / max(at - begin, 1)
    else:
        finish = min([count, at + length, *(one for one in cuts if one > at)])
        ticks = np.arange(at, finish)
        share = 1 - (ticks - at) / max(finish - at, 1)
    if not len(ticks):
        return
    smooth = share**3 * (10 - 15 * share + 6 * share**2)
    for values in changed.values():
        manual = float(values[at] if before else values[at - 1])
        values[ticks] = values[ticks] + (manual - values[ticks]) * smooth
