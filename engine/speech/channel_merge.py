"""Merges the transcripts and diarizations of channels that have one voice each."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.speech.captions.phrases import ends_sentence
from engine.speech.diarize import Diarization
from engine.speech.sentence_ends import end_sentences
from engine.speech.transcript import Transcript, Word, channel_note, segments

# A pause this long ends a phrase, in seconds.
_PAUSE = Fraction(3, 10)
# A word or turn whose channel is silent for all but this share of its time is the other voice's.
_LEAST_OWN = 0.2
_FRAMES = 100


def merge_transcripts(
    transcripts: Sequence[Transcript], speaking: NDArray[np.bool_], channels: Sequence[str]
) -> Transcript:
    """One transcript of the channels' transcripts, whose words have a channel; `channels` are the channels' names.

    Phrases are in order of their start, so that people who talk at once are not mixed word by word. `speaking` is
    (frames, channels), every 10 ms: words at times at which their channel is silent are crosstalk and left out.
    """
    said: list[tuple[Word, int]] = []
    languages: dict[int, str | None] = {}
    for channel, one in enumerate(transcripts):
        first = len(languages)
        languages |= {first + number: spoken for number, spoken in one.segment_languages.items()}
        said += [
            (word.model_copy(update={"channel": channel}), first + breath)
            for word, breath in zip(one.words, one.breaths, strict=True)
            if _own(word.start, word.end, speaking[:, channel])
        ]
    ordered = [word for phrase in sorted(_phrases(said), key=_start) for word in phrase]
    words = tuple(word for word, _ in ordered)
    main = max(transcripts, key=lambda one: len(one.words))
    return end_sentences(
        main.model_copy(
            update={
                "duration": max((one.duration for one in transcripts if one.duration is not None), default=None),
                "words": words,
                "segments": segments(words, [breath for _, breath in ordered], languages) if words else (),
                "dropped": tuple(sorted((one for part in transcripts for one in part.dropped), key=lambda x: x.start)),
                "notes": (*dict.fromkeys(one for part in transcripts for one in part.notes), channel_note(channels)),
                "channels": tuple(channels),
            }
        )
    )


def merge_diarizations(found: Sequence[Diarization], speaking: NDArray[np.bool_]) -> Diarization:
    """One diarization of those of the channels, with one speaker each; speakers S1, S2 … begin in this order.

    `speaking` as in `merge_transcripts`: turns at times at which their channel is silent are left out.
    """
    own = [
        [turn for turn in one.turns if _own(turn.start, turn.end, speaking[:, channel])]
        for channel, one in enumerate(found)
    ]
    starts = {channel: turns[0].start for channel, turns in enumerate(own) if turns}
    ids = {channel: f"S{number}" for number, channel in enumerate(sorted(starts, key=lambda key: starts[key]), 1)}
    turns = [turn.model_copy(update={"speaker": ids[channel]}) for channel in ids for turn in own[channel]]
    return found[0].model_copy(
        update={
            "parameters": {**found[0].parameters, "channels": len(found)},
            "turns": tuple(sorted(turns, key=lambda turn: (turn.start, turn.speaker))),
            "voices": tuple(
                voice.model_copy(update={"id": name, "channel": channel})
                for channel, name in ids.items()
                for voice in found[channel].voices[:1]
            ),
        }
    )


def _own(start: Fraction, end: Fraction, speaking: NDArray[np.bool_]) -> bool:
    """Whether a channel has its own voice between two times in seconds."""
    first = int(start * _FRAMES)
    frames = speaking[first : max(first + 1, -int(-end * _FRAMES // 1))]
    return bool(len(frames)) and float(frames.mean()) >= _LEAST_OWN


def _phrases(said: Sequence[tuple[Word, int]]) -> list[list[tuple[Word, int]]]:
    """The words of each channel, cut at sentence ends, at the ends of segments and at pauses."""
    phrases: list[list[tuple[Word, int]]] = []
    for word, breath in said:
        before = phrases[-1][-1] if phrases else None
        if (
            before
            and (before[0].channel, before[1]) == (word.channel, breath)
            and word.start - before[0].end < _PAUSE
            and not ends_sentence(before[0].text)
        ):
            phrases[-1].append((word, breath))
        else:
            phrases.append([(word, breath)])
    return phrases


def _start(phrase: Sequence[tuple[Word, int]]) -> tuple[Fraction, int]:
    word = phrase[0][0]
    return word.start, word.channel or 0
