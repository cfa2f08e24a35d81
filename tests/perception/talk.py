"""Synthetic faces of people who sit in a frame and take turns."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from engine.perception.faces import FaceSample, FaceTrack, SpokenSpan, TakeFaces

RATE = Fraction(30)
Turn = tuple[float, float, str]


def spoken(turns: Sequence[Turn]) -> list[SpokenSpan]:
    """Turns (start, end, speaker) in seconds."""
    return [SpokenSpan(Fraction(start), Fraction(end), who) for start, end, who in turns]


def sitting(
    places: Sequence[tuple[float, float]],
    seconds: float,
    turns: Sequence[Turn] = (),
    *,
    size: float = 0.06,
    sway: float = 0.006,
    seed: int = 0,
) -> TakeFaces:
    """People at these places (x, y), named A, B … in order, whose mouths move while they speak.

    `size` is the width of a face, `sway` the deviation of its slow movement; both are shares of the width of 16:9.
    """
    count = round(seconds * float(RATE))
    generator = np.random.default_rng(seed)
    at = np.arange(count) / float(RATE)
    tracks = []
    for number, (x, y) in enumerate(places):
        name = "ABCDEF"[number]
        phase = generator.uniform(0, 2 * np.pi, 4)
        across = x + sway * (np.sin(0.9 * at + phase[0]) + 0.5 * np.sin(2.3 * at + phase[1]))
        across += generator.normal(0, size / 60, count)
        down = y + sway * np.sin(0.7 * at + phase[2])
        speaks = np.zeros(count, bool)
        for start, end, who in turns:
            if who == name:
                speaks |= (at >= start) & (at < end)
        mouth = 0.05 + np.where(speaks, 0.2 * np.abs(np.sin(2 * np.pi * 2.2 * at + phase[3])), 0)
        mouth += generator.normal(0, 0.01, count)
        height = size * 16 / 9 * 1.1
        samples = tuple(
            FaceSample(
                tick=n,
                box=(float(across[n] - size / 2), float(down[n] - height / 2), size, height),
                score=0.9,
                mouth=max(0.0, float(mouth[n])),
                eyes=0.3,
                sharpness=0.5,
                light=0.3,
                clipped=0.0,
                crushed=0.0,
            )
            for n in range(count)
        )
        tracks.append(FaceTrack(id=number + 1, samples=samples))
    return TakeFaces(rate=RATE, step=1, ticks=count, width=960, height=540, tracks=tuple(tracks))
