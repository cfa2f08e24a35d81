"""Comparison of two takes: their deciding measures, and the words that only one of them has."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog import Condition, Review, Take
from engine.errors import RequestError

if TYPE_CHECKING:
    from engine.perception import FaceState, TakeFaces
    from engine.sound import Loudness
    from engine.speech import Transcript, WordSpan
    from engine.studio.studio import Studio


@dataclass(frozen=True, slots=True)
class ComparedTake:
    """A take with its decisions and measures. `loudness` and `transcript` are None until they are made.

    `face` is the state of the most prominent face, None without one or before the faces were found.
    """

    take: Take
    review: Review
    condition: Condition
    loudness: Loudness | None
    transcript: Transcript | None
    face: FaceState | None = None

    @property
    def words(self) -> int | None:
        """The number of spoken words."""
        return len(self.transcript.words) if self.transcript else None

    @property
    def words_per_minute(self) -> float | None:
        """The pace from the first word to the last; None without speech."""
        if not self.transcript or not self.transcript.words:
            return None
        words = self.transcript.words
        spoken = words[-1].end - words[0].start
        return float(len(words) * 60 / spoken) if spoken > 0 else None

    @property
    def longest_pause(self) -> Fraction | None:
        """The longest gap between two words, in seconds; None without two words."""
        words = self.transcript.words if self.transcript else ()
        return max((max(after.start - before.end, Fraction(0)) for before, after in pairwise(words)), default=None)


@dataclass(frozen=True, slots=True)
class TakeComparison:
    """Two takes, and their words as equal and different spans; no spans if a transcript is missing."""

    first: ComparedTake
    second: ComparedTake
    spans: tuple[WordSpan, ...]


def compare_takes(studio: Studio, first: Take, second: Take) -> TakeComparison:
    """Compares two takes from what is known of them; starts no job.

    Raises RequestError for one and the same take, EngineError if levels or a transcript cannot be read.
    """
    from engine.speech import word_spans

    if first.id == second.id:
        raise RequestError(f"{first.label} cannot be compared with itself.", "Choose another take.")
    one, two = (_measure(studio, take) for take in (first, second))
    known = one.transcript and two.transcript
    spans = word_spans(one.transcript.words, two.transcript.words) if known else ()  # type: ignore[union-attr]
    return TakeComparison(one, two, spans)


def _measure(studio: Studio, take: Take) -> ComparedTake:
    from engine.speech import read_transcript
    from engine.tasks import finished_faces, levels_path, read_levels, transcript_path

    levels = _existing(levels_path(studio, take))
    words = _existing(transcript_path(studio, take.id, take.label, take.digest))
    faces = finished_faces(studio.tasks.context, take)
    return ComparedTake(
        take,
        studio.catalog.reviews.of(take),
        studio.conditions([take])[take.id],
        read_levels(levels).loudness if levels else None,
        read_transcript(words) if words else None,
        _face(faces) if faces else None,
    )


def _face(faces: TakeFaces) -> FaceState | None:
    from engine.perception import face_state

    return face_state(faces)


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None
