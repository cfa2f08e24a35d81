"""The choice of the best reading of a line, by named measures, with the reason in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from engine.timeline.cut import SAMPLE_RATE
from engine.timeline.material import FALSE_START, LineReadings, Reading, Span, seconds
from engine.timeline.stumbles import stumbles_in

if TYPE_CHECKING:
    from engine.perception import FaceState

_LONG_PAUSE = SAMPLE_RATE * 7 // 10
# Points, of 100 for a complete reading: for each stumble and each long pause, for each dB of speech above the
# background that is missing from a good recording, for clipping, and for damage.
_STUMBLE, _PAUSE, _PER_DB, _CLIPPED, _DAMAGED, _UNCLEAR, _EARLIER = 6.0, 2.0, 1.0, 15.0, 40.0, 10.0, 0.5
_ADDED, _MOST_ADDED = 1.5, 8
_MOST_STUMBLES, _CLEAR_DB = 6, 20.0
# A reading with less than this of its line may be a false start.
_FALSE_START = 0.7
_MARGIN = SAMPLE_RATE // 10
# Points for each warning about the face.
_FACE = {
    "the face is blurred": 12.0,
    "the face is too dark": 8.0,
    "the face is too bright": 8.0,
    "the eyes are closed at the start": 3.0,
    "the eyes are closed at the end": 3.0,
    "the eyes are closed most of the time": 10.0,
}


@dataclass(frozen=True, slots=True)
class ReadingMeasures:
    """The measures of a reading, from which its `score` comes; the highest score is chosen.

    `completeness` is the share of the line's words that are said, `added` the number of other words. `stumbles` are
    fillers, restarts and asides; `pauses` are longer than 0.7 s. `pace` is in words per minute. `above_background` is
    the level of speech above that of the take's pauses in dB, `clipped` the share of the speech at full scale; both
    None if not measured. `confidence` is that of the transcript. `face` is the state of the speaker's face, None if it
    was not measured or no face is seen.
    """

    completeness: float
    added: int
    stumbles: int
    pauses: int
    pace: float
    above_background: float | None
    clipped: float | None
    damaged: bool
    confidence: float
    score: float
    face: FaceState | None = None


@dataclass(frozen=True)
class Choice:
    """The readings of a line with their measures, and the index of the chosen one; `reason` is a sentence.

    `notes` say of each other reading why it was not chosen.
    """

    line: LineReadings
    measures: tuple[ReadingMeasures, ...]
    chosen: int
    reason: str
    notes: tuple[str, ...]

    @property
    def reading(self) -> Reading:
        """The chosen reading."""
        return self.line.readings[self.chosen]


def choose(line: LineReadings, *, bonus: Sequence[float] = ()) -> Choice:
    """Chooses the reading of a line. The director's verdicts win: kept takes before others, retakes last.

    `bonus` are points for readings that continue the previous clip. Raises ValueError for a line without readings.
    """
    if not line.readings:
        raise ValueError("a line without readings")
    count = len(line.readings)
    measures = tuple(measure_reading(one, line, age=count - 1 - n) for n, one in enumerate(line.readings))
    points = [one.score + (bonus[n] if bonus else 0.0) for n, one in enumerate(measures)]
    ranks = {"keep": 1, None: 0, "retake": -1}
    best = max(range(count), key=lambda n: (ranks[line.readings[n].take.verdict], points[n], n))
    notes = tuple(
        "" if n == best else _weakness(reading, measures[n], measures[best], line)
        for n, reading in enumerate(line.readings)
    )
    return Choice(line, measures, best, _reason(line, measures, best, notes), notes)


def measure_reading(reading: Reading, line: LineReadings, *, age: int = 0) -> ReadingMeasures:
    """The measures of a reading of a line; `age` is the number of later readings."""
    words = reading.words
    completeness = min(1.0, reading.said / line.length) if line.length else 1.0
    stumbles = len(stumbles_in(reading.take.words, reading.first, reading.last)) if reading.take.words else 0
    pauses = sum(two.start - one.end > _LONG_PAUSE for one, two in pairwise(words))
    spoken = words[-1].end - words[0].start if words else 0
    pace = float(len(words) * 60 / seconds(spoken)) if spoken > 0 else 0.0
    above, clipped = _sound(reading)
    span = (words[0].start, words[-1].end) if words else reading.span
    damaged = any(a < span[1] and span[0] < b for a, b in reading.take.damage)
    confidence = sum(word.confidence for word in words) / len(words) if words else 1.0
    score = 100 * completeness - _STUMBLE * min(stumbles, _MOST_STUMBLES) - _PAUSE * min(pauses, 5)
    score -= _ADDED * min(reading.added, _MOST_ADDED)
    score -= _PER_DB * max(0.0, _CLEAR_DB - (_CLEAR_DB if above is None else above))
    score -= _CLIPPED * min(1.0, 5 * (clipped or 0.0)) + _DAMAGED * damaged + _UNCLEAR * (1 - confidence)
    score -= _EARLIER * age
    face = _face(reading, span)
    score -= sum(_FACE[warning] for warning in face.warnings) if face else 0.0
    return ReadingMeasures(
        completeness=round(completeness, 3),
        added=reading.added,
        stumbles=stumbles,
        pauses=pauses,
        pace=round(pace, 1),
        above_background=None if above is None else round(above, 1),
        clipped=None if clipped is None else round(clipped, 4),
        damaged=damaged,
        confidence=round(confidence, 3),
        score=round(score, 2),
        face=face,
    )


def _face(reading: Reading, span: Span) -> FaceState | None:
    """The state of the face while a reading is said."""
    if reading.take.faces is None:
        return None
    from engine.perception import face_state

    return face_state(reading.take.faces, seconds(span[0]), seconds(span[1]))


def _sound(reading: Reading) -> tuple[float | None, float | None]:
    """The speech level above the background in dB, and the share of clipped columns; None if not measured."""
    sound, words = reading.take.sound, reading.words
    if sound is None or not words or reading.take.words is None:
        return None, None
    speech = [n for word in words for n in sound.columns((word.start, word.end))]
    if not speech:
        return None, None
    every = reading.take.words.words
    gaps = [(0, every[0].start - _MARGIN), *((a.end + _MARGIN, b.start - _MARGIN) for a, b in pairwise(every))]
    gaps.append((every[-1].end + _MARGIN, len(sound.levels) * sound.step))
    quiet = [sound.levels[n] for gap in gaps if gap[1] > gap[0] for n in sound.columns(gap)]
    quiet = quiet or sorted(sound.levels)[: max(1, len(sound.levels) // 10)]
    clipped = sum(sound.clipped[n] for n in speech) / len(speech)
    return median(sound.levels[n] for n in speech) - median(quiet), clipped


def _reason(line: LineReadings, measures: Sequence[ReadingMeasures], best: int, notes: Sequence[str]) -> str:
    chosen, one = line.readings[best], measures[best]
    facts = _facts(chosen, one, line)
    if len(line.readings) == 1:
        return f"The only reading: {facts}."
    if chosen.take.verdict == "keep":
        return f"The director keeps this take: {facts}."
    others = [f"{reading.take.media.label} {note}" for reading, note in zip(line.readings, notes, strict=True) if note]
    more = f"; and {len(others) - 3} more" if len(others) > 3 else ""
    return f"The best of {len(line.readings)} readings: {facts}; {'; '.join(others[:3])}{more}."


def _facts(reading: Reading, one: ReadingMeasures, line: LineReadings) -> str:
    if not reading.words:
        return "no speech"
    parts = [
        f"{reading.said} of {line.length} words",
        "no stumbles" if not one.stumbles else _count(one.stumbles, "stumble"),
    ]
    if one.above_background is not None:
        parts.append(f"speech {one.above_background:.0f} dB above the background")
    if one.face:
        parts.append(" and ".join(one.face.warnings) or "the face is sharp and well exposed")
    return ", ".join(parts)


def _weakness(reading: Reading, one: ReadingMeasures, best: ReadingMeasures, line: LineReadings) -> str:
    """The measure in which a reading is behind the chosen one."""
    if reading.take.verdict == "retake":
        return "is the director's retake"
    if line.reason == FALSE_START and one.completeness < _FALSE_START:
        return f"is a false start: it has {reading.said} of {line.length} words"
    if one.completeness < best.completeness - 0.05:
        return f"has {reading.said} of {line.length} words"
    if one.damaged and not best.damaged:
        return "is damaged"
    if one.stumbles > best.stumbles:
        return f"has {_count(one.stumbles, 'stumble')}"
    known = set(best.face.warnings) if best.face else set()
    if one.face and (worse := [warning for warning in one.face.warnings if warning not in known]):
        return f"is not chosen because {worse[0]}"
    if (one.clipped or 0) > (best.clipped or 0) + 0.01:
        return "is clipped"
    if one.above_background is not None and one.above_background < min(best.above_background or 0, _CLEAR_DB) - 1:
        return f"is noisier ({one.above_background:.0f} dB above the background)"
    if one.added > best.added + 1:
        return f"has {_count(one.added, 'other word')}"
    if one.pauses > best.pauses:
        return f"has {_count(one.pauses, 'long pause')}"
    if one.confidence < best.confidence - 0.05:
        return "is less clear"
    return "is earlier" if one.score <= best.score else "does not continue the previous line"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
