"""Assigns the speakers of a take to its faces, by the movement of their mouths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.perception.faces.take_faces import FaceTrack, TakeFaces

# Seconds over which the movement of a mouth is measured: a syllable or two.
_WINDOW = 0.5
# Seconds for which somebody must lead before they have the floor, if only mouths tell who speaks.
_LEADS = 0.8
# The movement, as a share of the nose's length, below which nobody speaks.
_STILL = 0.02
# A difference of correlations that leaves no doubt.
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class SpokenSpan:
    """A stretch in which somebody speaks, in seconds on the take's clock. Spans of different speakers may overlap."""

    start: Fraction
    end: Fraction
    speaker: str


@dataclass(frozen=True, slots=True)
class SpeakerFace:
    """The face of a speaker: the id of its track, and how certain that is, 0 to 1. `chosen`: the user chose it."""

    speaker: str
    track: int
    confidence: float
    chosen: bool = False


def mouth_activity(track: FaceTrack, faces: TakeFaces) -> NDArray[np.float64]:
    """How much the mouth of a track moves at each analysed frame of a take, NaN where it is not seen.

    It is the deviation of the mouth's opening over half a second, so that a mouth that stays open does not count.
    """
    count = -(-faces.ticks // faces.step)
    opening = np.full(count, np.nan)
    for sample, value in zip(track.samples, track.series("mouth"), strict=True):
        if sample.tick // faces.step < count:
            opening[sample.tick // faces.step] = value
    reach = max(1, round(_WINDOW * float(faces.rate) / faces.step / 2))
    known = ~np.isnan(opening)
    held = np.where(known, opening, 0.0)
    kernel = np.ones(2 * reach + 1)
    weight = np.convolve(known, kernel, "same")
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.convolve(held, kernel, "same") / weight
        square = np.convolve(held**2, kernel, "same") / weight
        deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where(known, deviation, np.nan)


def match_speakers(
    faces: TakeFaces, spoken: Sequence[SpokenSpan], chosen: Mapping[str, int] | None = None
) -> tuple[SpeakerFace, ...]:
    """The face of each speaker who has one, in the order of their first words.

    A face belongs to one speaker, unless the take has only one face: then everybody in sight is that one. `chosen` are
    the user's decisions, speaker → track; a track that does not exist is ignored.
    """
    speakers = list(dict.fromkeys(one.speaker for one in sorted(spoken, key=lambda one: one.start)))
    known = {name: id for name, id in (chosen or {}).items() if faces.track(id)}
    decided = {name: SpeakerFace(name, known[name], 1.0, chosen=True) for name in speakers if name in known}
    free = [one for one in speakers if one not in decided]
    tracks = [one for one in faces.tracks if one.id not in known.values()]
    found = {**decided, **{one.speaker: one for one in _matched(faces, tracks, spoken, free)}}
    return tuple(found[name] for name in speakers if name in found)


def _matched(
    faces: TakeFaces, tracks: Sequence[FaceTrack], spoken: Sequence[SpokenSpan], speakers: Sequence[str]
) -> list[SpeakerFace]:
    if not (tracks and speakers):
        return []
    if len(faces.tracks) == 1:
        return [SpeakerFace(name, tracks[0].id, 1.0) for name in speakers]
    from scipy.optimize import linear_sum_assignment

    activities = [mouth_activity(one, faces) for one in tracks]
    speaking = [_speaks(faces, spoken, name) for name in speakers]
    scores = np.array([[_correlation(one, speaks) for one in activities] for speaks in speaking])
    made = []
    for row, column in zip(*linear_sum_assignment(-scores), strict=True):
        score = float(scores[row, column])
        others = [float(scores[row, other]) for other in range(len(tracks)) if other != column]
        margin = score - max(others, default=0.0)
        if score > 0:
            confidence = min(1.0, max(0.0, margin / _SURE))
            made.append(SpeakerFace(speakers[row], tracks[column].id, round(confidence, 3)))
    return made


def _speaks(faces: TakeFaces, spoken: Sequence[SpokenSpan], speaker: str) -> NDArray[np.float64]:
    """1 at the analysed frames in which a speaker speaks alone, 0 in the others, NaN where several speak."""
    count = -(-faces.ticks // faces.step)
    own, others = np.zeros(count), np.zeros(count)
    for one in spoken:
        first, last = (int(np.ceil(faces.tick_at(time) / faces.step)) for time in (one.start, one.end))
        (own if one.speaker == speaker else others)[max(first, 0) : max(last, 0)] = 1.0
    return np.where((own > 0) & (others > 0), np.nan, own)


def _correlation(activity: NDArray[np.float64], speaks: NDArray[np.float64]) -> float:
    """Pearson's correlation where both are known; 0 if one of them does not change."""
    known = ~(np.isnan(activity) | np.isnan(speaks))
    if known.sum() < 3:
        return 0.0
    one, two = activity[known], speaks[known]
    # Ranks: laughter is not worth more than a sentence.
    one = np.argsort(np.argsort(one)).astype(np.float64)
    if one.std() == 0 or two.std() == 0:
        return 0.0
    return float(np.corrcoef(one, two)[0, 1])


def spans_by_mouths(faces: TakeFaces) -> tuple[SpokenSpan, ...]:
    """Who has the floor by the movement of mouths alone; the speakers are the ids of the tracks as text.

    It is for takes whose speakers are not known. Somebody has the floor until another's mouth has moved more for a
    while.
    """
    if len(faces.tracks) < 2:
        return ()
    activity = np.array([mouth_activity(one, faces) for one in faces.tracks])
    seconds = faces.step / float(faces.rate)
    reach = max(1, round(_LEADS / seconds))
    kernel = np.ones(reach) / reach
    smooth = np.array([np.convolve(np.nan_to_num(row), kernel, "same") for row in activity])
    made: list[SpokenSpan] = []
    leader, since, challenger, challenged = -1, 0, -1, 0
    for n in range(smooth.shape[1]):
        best = int(smooth[:, n].argmax())
        if smooth[best, n] < _STILL or best == leader:
            challenger = -1
            continue
        if best != challenger:
            challenger, challenged = best, n
        if n - challenged + 1 >= reach:
            if leader >= 0:
                made.append(_span(faces, leader, since, challenged))
            leader, since = best, challenged
    if leader >= 0:
        made.append(_span(faces, leader, since, smooth.shape[1]))
    return tuple(made)


def _span(faces: TakeFaces, track: int, first: int, last: int) -> SpokenSpan:
    step = faces.step / faces.rate
    return SpokenSpan(Fraction(first * step), Fraction(last * step), str(faces.tracks[track].id))
