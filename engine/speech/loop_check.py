"""Transcribes repeated text again, piece by piece: real repetitions remain, decoder loops disappear."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.speech.activity import RATE, speech_pieces
from engine.speech.asr_backend import AsrBackend, AsrSegment
from engine.speech.hallucination_filter import hallucination_reason
from engine.speech.repetition import borne_out, loops

# The phrase that repeats itself is context for the model; a longer text than this is no single line.
_LONGEST_PHRASE = 200
# A mean log probability from this on needs no context.
_SURE = -0.6


def check_repetition(
    hearing: AsrBackend,
    samples: NDArray[np.float32],
    stretches: Sequence[AsrSegment],
    language: str,
    glossary: Sequence[str],
    stop: Callable[[], None],
) -> tuple[list[AsrSegment], list[AsrSegment]]:
    """The (accepted, rejected) segments of one window of 16 kHz mono sound, in order.

    Segments that repeat themselves, alone or together, are transcribed again in pieces between the pauses of the
    sound: without the preceding text, the model does not continue a loop. The result is accepted unless it still
    repeats itself and the sound does not support that. The first text is rejected if less than half of its words
    remain. `stop` is called before each piece and raises to cancel.
    """
    suspect = _suspect(stretches)
    believed: list[AsrSegment] = []
    refused: list[AsrSegment] = []
    first = 0
    while first < len(stretches):
        if first not in suspect:
            believed.append(stretches[first])
            first += 1
            continue
        last = first
        while last in suspect:
            last += 1
        begin = stretches[first - 1].words[-1][2] if first and stretches[first - 1].words else 0.0
        after = stretches[last].words if last < len(stretches) else ()
        end = after[0][1] if after else len(samples) / RATE
        run = stretches[first:last]
        kept, out = _again(hearing, samples, run, (begin, max(begin, end)), language, glossary, stop)
        believed += kept
        refused += out
        first = last
    return believed, refused


def _suspect(stretches: Sequence[AsrSegment]) -> set[int]:
    """The indices of segments that repeat themselves or are part of a loop over several segments."""
    suspect = {
        n
        for n, heard in enumerate(stretches)
        if hallucination_reason(_text(heard), heard.no_speech, heard.log_probability) == "repeats itself"
    }
    words = [(_bare(text), n) for n, heard in enumerate(stretches) for text, *_ in heard.words]
    for loop in loops([word for word, _ in words]):
        suspect |= {n for _, n in words[loop.first : loop.last]}
    return suspect


def _again(
    hearing: AsrBackend,
    samples: NDArray[np.float32],
    run: Sequence[AsrSegment],
    between: tuple[float, float],
    language: str,
    glossary: Sequence[str],
    stop: Callable[[], None],
) -> tuple[list[AsrSegment], list[AsrSegment]]:
    start = round(between[0] * RATE)
    sound = samples[start : round(between[1] * RATE)]
    pieces = [(start + begin, start + end) for begin, end in speech_pieces(sound)]
    if len(pieces) < 2:
        return _split(run, [(begin / RATE, end / RATE) for begin, end in pieces])
    phrase = _phrase(run)
    heard: list[AsrSegment] = []
    for begin, end in pieces:
        stop()
        shift = begin / RATE
        for one in _piece(hearing, samples[begin:end], language, glossary, phrase):
            moved = [(text, a + shift, b + shift, probability) for text, a, b, probability in one.words]
            heard.append(replace(one, words=moved))
    believed, refused = _split(heard, [(begin / RATE, end / RATE) for begin, end in pieces])
    if 2 * sum(len(one.words) for one in believed) < sum(len(one.words) for one in run):
        refused = [*run, *refused]
    return believed, refused


def _piece(
    hearing: AsrBackend, samples: NDArray[np.float32], language: str, glossary: Sequence[str], phrase: str
) -> list[AsrSegment]:
    """Transcribes a piece alone; if the result is uncertain, again with the phrase as context.

    The context helps with short pieces, but the model may repeat it: such a result is discarded.
    """
    alone = [one for one in hearing.hear(samples, language, glossary) if one.words]
    if not phrase or _certainty(alone) >= _SURE:
        return alone
    informed = [one for one in hearing.hear(samples, language, (phrase, *glossary)) if one.words]
    words = [_bare(text) for one in informed for text, *_ in one.words]
    if loops(words, rounds=2, least=2) or _certainty(informed) <= _certainty(alone):
        return alone
    return informed


def _certainty(stretches: Sequence[AsrSegment]) -> float:
    """The log probability of the least probable segment; minus infinity without segments."""
    return min((one.log_probability for one in stretches), default=-math.inf)


def _split(
    run: Sequence[AsrSegment], speech: Sequence[tuple[float, float]]
) -> tuple[list[AsrSegment], list[AsrSegment]]:
    """The (accepted, rejected) segments; repetitions are accepted if the sound supports them."""
    suspect = _suspect(run)
    good = [n not in suspect or borne_out(one.words, one.log_probability, speech) for n, one in enumerate(run)]
    return (
        [one for one, believed in zip(run, good, strict=True) if believed],
        [one for one, believed in zip(run, good, strict=True) if not believed],
    )


def _phrase(run: Sequence[AsrSegment]) -> str:
    """One occurrence of the repeated phrase; empty if no phrase repeats."""
    words = [text for heard in run for text, *_ in heard.words]
    found = loops([_bare(word) for word in words]) or loops([_bare(word) for word in words], rounds=2, least=6)
    if not found:
        return ""
    longest = max(found, key=lambda loop: loop.last - loop.first)
    phrase = "".join(words[longest.first : longest.first + longest.period]).strip(" ,.;:!?")
    return phrase if len(phrase) <= _LONGEST_PHRASE else ""


def _text(heard: AsrSegment) -> str:
    return "".join(text for text, *_ in heard.words).strip()


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
