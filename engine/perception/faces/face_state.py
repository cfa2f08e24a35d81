"""What can be seen of a face in a stretch of a take: sharp, exposed, eyes open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from engine.perception.faces.take_faces import FaceSample, FaceTrack, TakeFaces

# Eyes are closed below this share of the openness of the same person's open eyes, and below the least of these.
_CLOSED, _OPEN, _LEAST_OPEN = 0.62, 80, 0.16
# A blink is shorter than this, in seconds.
_BLINK = Fraction(2, 5)
# Median linear luminance of a face in SDR: skin of any tone that is exposed well lies between these.
_DARK, _BRIGHT = 0.03, 0.75
_CLIPPED, _BLURRED = 0.08, 0.42


@dataclass(frozen=True, slots=True)
class EyesClosed:
    """A stretch with closed eyes, in seconds on the take's clock."""

    start: Fraction
    end: Fraction

    @property
    def is_blink(self) -> bool:
        """Whether it is as short as a blink."""
        return self.end - self.start <= _BLINK


@dataclass(frozen=True, slots=True)
class FaceState:
    """The most prominent face of a stretch; measures are medians, as in `FaceQuality`.

    `seen` is the share of the stretch in which the face is seen, `closed` the share of that with closed eyes. `blinks`
    is the number of blinks. `closed_at_start` and `closed_at_end`: the eyes are closed in the first or last frame.
    """

    seen: float
    sharpness: float | None
    light: float | None
    clipped: float | None
    closed: float | None
    blinks: int = 0
    closed_at_start: bool = False
    closed_at_end: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the face, each a short phrase."""
        found = []
        if self.sharpness is not None and self.sharpness < _BLURRED:
            found.append("the face is blurred")
        if self.light is not None and self.light < _DARK:
            found.append("the face is too dark")
        if (self.clipped or 0.0) > _CLIPPED or (self.light or 0.0) > _BRIGHT:
            found.append("the face is too bright")
        if self.closed_at_start:
            found.append("the eyes are closed at the start")
        if self.closed_at_end:
            found.append("the eyes are closed at the end")
        if (self.closed or 0.0) > 0.5:
            found.append("the eyes are closed most of the time")
        return tuple(found)


def face_state(faces: TakeFaces, start: Fraction | None = None, end: Fraction | None = None) -> FaceState | None:
    """The state of the most prominent face from `start` to `end` seconds; None if no face is seen."""
    first = faces.tick_at(start) if start is not None else 0.0
    last = faces.tick_at(end) if end is not None else float(faces.ticks)
    shares = list(faces.visible(first, last))
    if not shares:
        return None
    track, seen = max(shares, key=lambda one: one[1] * one[0].size)
    samples = track.within(first, last)
    closed = [
        one for one in closed_eyes(track, faces) if one.end * faces.rate > first and one.start * faces.rate < last
    ]
    eyes = [one for one in samples if one.eyes is not None]
    shut = [one for one in eyes if any(span.start <= one.tick / faces.rate < span.end for span in closed)]
    return FaceState(
        seen=round(seen, 3),
        sharpness=_median(samples, "sharpness"),
        light=_median(samples, "light"),
        clipped=_median(samples, "clipped"),
        closed=round(len(shut) / len(eyes), 3) if eyes else None,
        blinks=sum(one.is_blink for one in closed),
        closed_at_start=bool(eyes) and eyes[0] in shut and eyes[0].tick < first + 2 * faces.step,
        closed_at_end=bool(eyes) and eyes[-1] in shut and eyes[-1].tick >= last - 2 * faces.step,
    )


def closed_eyes(track: FaceTrack, faces: TakeFaces) -> list[EyesClosed]:
    """The stretches in which the eyes of a track are closed, by its own open eyes."""
    openness = track.series("eyes")
    known = ~np.isnan(openness)
    if not known.any():
        return []
    level = max(float(np.percentile(openness[known], _OPEN)), _LEAST_OPEN)
    shut = known & (openness < _CLOSED * level)
    found: list[EyesClosed] = []
    begun: int | None = None
    last = 0
    for sample, is_shut in zip(track.samples, shut, strict=True):
        if begun is not None and (not is_shut or sample.tick - last > 2 * faces.step):
            found.append(EyesClosed(begun / faces.rate, (last + faces.step) / faces.rate))
            begun = None
        if is_shut:
            begun = sample.tick if begun is None else begun
            last = sample.tick
    if begun is not None:
        found.append(EyesClosed(begun / faces.rate, (last + faces.step) / faces.rate))
    return found


def _median(samples: Sequence[FaceSample], name: str) -> float | None:
    values = [value for one in samples if (value := getattr(one, name)) is not None]
    return round(float(np.median(values)), 4) if values else None
