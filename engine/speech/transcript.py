"""Transcripts: words with exact times and speakers, in segments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Literal

from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError
from engine.speech.spacing import spaced
from engine.validation import read_json

Doubt = Literal["no speech", "repeats itself"]
"""Why text was dropped as invented: a high no-speech probability, or a repetition loop."""

# Whisper's alignment gives some words no duration.
_SHORTEST = Fraction(1, 25)


def milliseconds(seconds: float) -> Fraction:
    """Seconds as an exact fraction, rounded to milliseconds: finer than any speech model resolves."""
    return Fraction(round(seconds * 1000), 1000)


class Word(FrozenModel):
    """One spoken word with its punctuation; `start` and `end` in seconds on the file's clock.

    `speaker` is the speaker's id, `also` the ids of speakers who overlap it. `corrected`: the user wrote it.
    `space_before`: whether a space precedes it in running text; None if that was not recorded (versions 1, 2).
    `heard` is the model's text if a sentence end was added to it, else None. `channel` is the channel of the word, from
    0, if each channel of the recording has its own voice; words of different channels may overlap.
    """

    text: str
    start: Exact
    end: Exact
    confidence: float
    speaker: str | None = None
    also: tuple[str, ...] = ()
    corrected: bool = False
    space_before: bool | None = None
    heard: str | None = None
    channel: int | None = None


class Segment(FrozenModel):
    """A segment of the model by one speaker; its words are `words[first:last]` of the transcript.

    `language` is the ISO 639-1 code of its words; None if it was not recorded (versions 1 to 3).
    """

    start: Exact
    end: Exact
    text: str
    first: int
    last: int
    speaker: str | None = None
    language: str | None = None


class DroppedSegment(FrozenModel):
    """Text that was dropped as invented by the model; `start` and `end` are its times in seconds.

    `no_speech` and `log_probability` are the model's values, `compression` is the text's zlib compression ratio.
    """

    start: Exact
    end: Exact
    text: str
    doubt: Doubt
    no_speech: float
    log_probability: float
    compression: float


class Speaker(FrozenModel):
    """A speaker: the `id` that words refer to, the `name` if the user gave one, and the seconds of speech."""

    id: str
    name: str | None = None
    seconds: Exact


class DiarizationSource(FrozenModel):
    """The model and parameters of the diarization."""

    model: str
    model_digest: str
    parameters: dict[str, str | int | float | bool]


class Transcript(FrozenModel):
    """A transcript and the model, back end and parameters that produced it, so that it can be reproduced.

    `language` is the ISO 639-1 code of the language of most words, "und" if there is no speech; each segment has its
    own. `language_probability` is the model's confidence in it: 1 if the user set it, None if the model cannot detect
    it because it supports only one language. `translated_from` is the language of most of the speech if the words are a
    translation, else None. `channels` names the recording's channels if each has its own voice. `duration` is the
    recording's length in seconds; no word ends after it. `model_digest` is the XXH128 of the model's weights. `notes`
    are for display, such as corrections of the sound. Without words, no speech was detected. Version 1 had no speakers,
    glossary and dropped segments, version 2 no spaces, duration and notes, version 3 no languages of segments,
    translations and sentence ends, version 4 no channels; all can be read.
    """

    version: Literal[1, 2, 3, 4, 5] = 5
    language: str
    language_probability: float | None = 1.0
    translated_from: str | None = None
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
    channels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def called(self, speaker: str | None) -> str | None:
        """A speaker's name if the user gave one, else the id."""
        return next((one.name for one in self.speakers if one.id == speaker and one.name), speaker)

    @property
    def breaths(self) -> list[int]:
        """The index of each word's segment."""
        return [number for number, one in enumerate(self.segments) for _ in range(one.first, one.last)]

    @property
    def segment_languages(self) -> dict[int, str | None]:
        """The language of each segment, by its index."""
        return {number: one.language for number, one in enumerate(self.segments)}

    def anonymous(self) -> Transcript:
        """The transcript without speakers."""
        nobody = {"speaker": None, "also": ()}
        return self.model_copy(
            update={
                "words": tuple(word.model_copy(update=nobody) for word in self.words),
                "segments": tuple(segment.model_copy(update={"speaker": None}) for segment in self.segments),
            }
        )


def channel_note(channels: Sequence[str], speakers: Mapping[int, str] | None = None) -> str:
    """The note about channels with one voice each; `speakers` are the names for display by channel, if known."""
    named = (f"{title} {speakers[n]}" if speakers and n in speakers else title for n, title in enumerate(channels))
    return f"one voice per channel: {', '.join(named)}"


def in_order(words: Sequence[Word], limit: Fraction | None = None) -> tuple[Word, ...]:
    """The words without overlap within a channel and with a positive duration.

    Words that would end after `limit`, the recording's length in seconds, are moved earlier.
    """
    limit = None if limit is None else Fraction(math.floor(limit * 1000), 1000)
    shortest = _SHORTEST if limit is None or not words else min(_SHORTEST, limit / len(words))
    earliest: dict[int | None, Fraction] = {}
    times = []
    for word in words:
        start = max(word.start, earliest.get(word.channel, Fraction(0)))
        earliest[word.channel] = max(word.end, start + shortest)
        times.append((start, earliest[word.channel]))
    if limit is not None:
        latest: dict[int | None, Fraction] = {}
        for n in range(len(times) - 1, -1, -1):
            (start, end), channel = times[n], words[n].channel
            if end > latest.get(channel, limit):
                times[n] = min(start, latest.get(channel, limit) - shortest), latest.get(channel, limit)
            latest[channel] = times[n][0]
    return tuple(
        word.model_copy(update={"start": start, "end": end}) for word, (start, end) in zip(words, times, strict=True)
    )


def read_transcript(path: Path) -> Transcript:
    """Reads a transcript from its file. Raises EngineError if it cannot be read or is invalid."""
    try:
        return read_json(Transcript, path.read_bytes(), str(path), "Move the file away and transcribe again.")
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Transcribe again.") from error


def has_space(before: Word, word: Word) -> bool:
    """Whether a space separates two consecutive words, as the model or the user wrote them."""
    return spaced(before.text, word.text) if word.space_before is None else word.space_before


def running_text(words: Sequence[Word]) -> str:
    """Words as running text, with exactly the recorded spaces between them."""
    texts = [word.text for word in words[:1]]
    texts += [f"{' ' * has_space(before, word)}{word.text}" for before, word in pairwise(words)]
    return "".join(texts)


def segments(
    words: tuple[Word, ...], breaths: Sequence[int], languages: Mapping[int, str | None] | None = None
) -> tuple[Segment, ...]:
    """Groups the words into segments of one breath and one speaker; `languages` are those of the breaths."""
    spoken = languages or {}
    begins = [
        n
        for n in range(len(words))
        if n == 0 or breaths[n] != breaths[n - 1] or words[n].speaker != words[n - 1].speaker
    ]
    return tuple(
        _segment(words, first, last, spoken.get(breaths[first])) for first, last in pairwise([*begins, len(words)])
    )


def _segment(words: tuple[Word, ...], first: int, last: int, language: str | None) -> Segment:
    said = words[first:last]
    return Segment(
        start=said[0].start,
        end=max(word.end for word in said),
        text=running_text(said),
        first=first,
        last=last,
        speaker=said[0].speaker,
        language=language,
    )
