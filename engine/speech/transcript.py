"""What was said, when, and by whom: words with exact times, in sentences as they were heard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from engine.catalog import Exact, FrozenModel, problems
from engine.errors import EngineError
from engine.speech.spacing import spaced

Doubt = Literal["no speech", "repeats itself"]
"""Why a text is thought invented: the model itself doubts that anybody spoke, or the text goes round in a loop."""

# Whisper's alignment leaves some words no time at all.
_SHORTEST = Fraction(1, 25)


def milliseconds(seconds: float) -> Fraction:
    """Seconds as an exact fraction, rounded to a thousandth: finer than any speech model hears."""
    return Fraction(round(seconds * 1000), 1000)


class Word(FrozenModel):
    """One spoken word with its punctuation; `start` and `end` in seconds of the file's own clock.

    `speaker` is the id of who says it, `also` of those who talk meanwhile. `corrected`: a person wrote it.
    `space_before`: whether a space stands before it in running text; None where nobody recorded that (versions 1, 2).
    """

    text: str
    start: Exact
    end: Exact
    confidence: float
    speaker: str | None = None
    also: tuple[str, ...] = ()
    corrected: bool = False
    space_before: bool | None = None


class Segment(FrozenModel):
    """A stretch the model heard in one breath, of one speaker; its words are `words[first:last]` of the transcript."""

    start: Exact
    end: Exact
    text: str
    first: int
    last: int
    speaker: str | None = None


class DroppedSegment(FrozenModel):
    """Text that a model gave out and nobody is thought to have said; `start` and `end` are where it was heard.

    `no_speech` and `log_probability` are the model's own, `compression` is the text's length by its zlib length.
    """

    start: Exact
    end: Exact
    text: str
    doubt: Doubt
    no_speech: float
    log_probability: float
    compression: float


class Speaker(FrozenModel):
    """Somebody who speaks: `id` as the words name them, `name` where a person gave one, and for how long they speak."""

    id: str
    name: str | None = None
    seconds: Exact


class DiarizationSource(FrozenModel):
    """What told the speakers apart."""

    model: str
    model_digest: str
    parameters: dict[str, str | int | float | bool]


class Transcript(FrozenModel):
    """Everything that was said, and what heard it: enough to make it again.

    `language` is the ISO 639-1 code of the language that the words are written in, "und" where nobody spoke.
    `language_probability` is how sure the model is that it is spoken: 1 where a person said so, None where the model
    cannot know, because it writes one language only. `duration` is the recording's length in seconds; no word ends
    after it. `model_digest` is the XXH128 of the model's weights. `notes` are sentences for people, such as what was
    corrected in the sound. No words means
    that no speech was heard. Version 1 had no speakers, no glossary and nothing dropped, version 2 no spaces, duration
    and notes; both are read as well.
    """

    version: Literal[1, 2, 3] = 3
    language: str
    language_probability: float | None = 1.0
    duration: Exact | None = None
    model: str
    model_digest: str
    backend: str
    parameters: dict[str, str | int | float | bool]
    glossary: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    segments: tuple[Segment, ...] = ()
    dropped: tuple[DroppedSegment, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    diarized: DiarizationSource | None = None
    notes: tuple[str, ...] = ()

    def called(self, speaker: str | None) -> str | None:
        """What a speaker is called: the name a person gave, else the id."""
        return next((one.name for one in self.speakers if one.id == speaker and one.name), speaker)

    def anonymous(self) -> Transcript:
        """The same words without who says them."""
        nobody = {"speaker": None, "also": ()}
        return self.model_copy(
            update={
                "words": tuple(word.model_copy(update=nobody) for word in self.words),
                "segments": tuple(segment.model_copy(update={"speaker": None}) for segment in self.segments),
            }
        )


def in_order(words: Sequence[Word], limit: Fraction | None = None) -> tuple[Word, ...]:
    """The words one after the other: none begins before the last one ended, or ends as it begins.

    None ends after `limit`, the recording's length in seconds: words that would are moved forward.
    """
    limit = None if limit is None else Fraction(math.floor(limit * 1000), 1000)
    shortest = _SHORTEST if limit is None or not words else min(_SHORTEST, limit / len(words))
    earliest, times = Fraction(0), []
    for word in words:
        start = max(word.start, earliest)
        earliest = max(word.end, start + shortest)
        times.append((start, earliest))
    if limit is not None:
        latest = limit
        for n in range(len(times) - 1, -1, -1):
            start, end = times[n]
            if end <= latest:
                break
            times[n] = min(start, latest - shortest), latest
            latest = times[n][0]
    return tuple(
        word.model_copy(update={"start": start, "end": end}) for word, (start, end) in zip(words, times, strict=True)
    )


def read_transcript(path: Path) -> Transcript:
    """A transcript from its file. EngineError where it is none."""
    try:
        return Transcript.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Transcribe again.") from error
    except ValueError as error:
        raise EngineError(
            f"{path} is no transcript: {problems(error)}.", "Move it away and transcribe again."
        ) from error


def has_space(before: Word, word: Word) -> bool:
    """Whether a space stands between two words in a row, as the model or a person wrote them."""
    return spaced(before.text, word.text) if word.space_before is None else word.space_before


def running_text(words: Sequence[Word]) -> str:
    """Words as running text, with the spaces that were written between them and no others."""
    texts = [word.text for word in words[:1]]
    texts += [f"{' ' * has_space(before, word)}{word.text}" for before, word in pairwise(words)]
    return "".join(texts)


def segments(words: tuple[Word, ...], breaths: Sequence[int]) -> tuple[Segment, ...]:
    """The words in stretches of one breath and one speaker."""
    begins = [
        n
        for n in range(len(words))
        if n == 0 or breaths[n] != breaths[n - 1] or words[n].speaker != words[n - 1].speaker
    ]
    return tuple(_segment(words, first, last) for first, last in pairwise([*begins, len(words)]))


def _segment(words: tuple[Word, ...], first: int, last: int) -> Segment:
    said = words[first:last]
    return Segment(
        start=said[0].start,
        end=max(word.end for word in said),
        text=running_text(said),
        first=first,
        last=last,
        speaker=said[0].speaker,
    )
