"""Transcribes repeated text again, piece by piece: real repetitions remain, decoder loops disappear."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.speech.activity import RATE, speech_pieces
from engine.speech.asr_backend import AsrSegment
from engine.speech.hallucination_filter import hallucination_reason
from engine.speech.repetition import borne_out, loops, short_borne_out, short_loops

# The phrase that repeats itself is context for the model; a longer text than this is no single line.
_LONGEST_PHRASE = 200
# A mean log probability from this on needs no context.
_SURE = -0.6
# Short segments that repeat so often are compared with the sound: within a window, and over several windows.
_SHORT_ROUNDS = 3
_SHORT_ROUNDS_ACROSS = 4

Hear = Callable[[NDArray[np.float32], Sequence[str]], Iterable[AsrSegment]]
"""Transcribes up to 30 s of 16 kHz mono sound, with a glossary as a spelling hint."""


def check_repetition(
    hear: Hear,
    samples: NDArray[np.float32],
    stretches: Sequence[AsrSegment],
    glossary: Sequence[str],
    stop: Callable[[], None],
) -> tuple[list[AsrSegment], list[AsrSegment]]:
    """The (accepted, rejected) segments of one window of 16 kHz mono sound, in order.

    Segments that repeat themselves, alone or together, are transcribed again in pieces between the pauses of the
    sound: without the preceding text, the model does not continue a loop. The result is accepted unless it still
    repeats itself and the sound does not support that. The first text is rejected if less than half of its words
    remain. Short segments that repeat ("5." "5." "5.") are transcribed again only if the sound does not support all of
    them. `stop` is called before each piece and raises to cancel.
    """
    suspect = _suspect(stretches) | _unsupported_runs(samples, stretches)
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
        kept, out = _again(hear, samples, run, (begin, max(begin, end)), glossary, stop)
        believed += kept
        refused += out
        first = last
    return believed, refused


def false_repeats(heard: Sequence[tuple[AsrSegment, NDArray[np.float32]]]) -> set[int]:
    """The indices of short segments that repeat over several windows, and that the sound does not support.

    `heard` has the accepted segments of all windows in order, each with the samples of its window.
    """
    repeated = short_loops([_bare_text(one) for one, _ in heard], _SHORT_ROUNDS_ACROSS)
    false: set[int] = set()
    for n in sorted(repeated):
        one, samples = heard[n]
        speech = [(begin / RATE, end / RATE) for begin, end in speech_pieces(samples)]
        if not short_borne_out(one.words, one.log_probability, speech):
            false.add(n)
    return false


def _unsupported_runs(samples: NDArray[np.float32], stretches: Sequence[AsrSegment]) -> set[int]:
    """The indices of short segments in runs of repetitions that the sound supports only in part or not at all."""
    repeated = sorted(short_loops([_bare_text(one) for one in stretches], _SHORT_ROUNDS))
    if not repeated:
        return set()
    speech = [(begin / RATE, end / RATE) for begin, end in speech_pieces(samples)]
    runs: list[list[int]] = []
    for n in repeated:
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return {
        n
        for run in runs
        if not all(short_borne_out(stretches[i].words, stretches[i].log_probability, speech) for i in run)
        for n in run
    }


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
    hear: Hear,
    samples: NDArray[np.float32],
    run: Sequence[AsrSegment],
    between: tuple[float, float],
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
        for one in _piece(hear, samples[begin:end], glossary, phrase):
            moved = [(text, a + shift, b + shift, probability) for text, a, b, probability in one.words]
            heard.append(replace(one, words=moved))
    believed, refused = _split(heard, [(begin / RATE, end / RATE) for begin, end in pieces])
    if 2 * sum(len(one.words) for one in believed) < sum(len(one.words) for one in run):
        refused = [*run, *refused]
    return believed, refused


def _piece(hear: Hear, samples: NDArray[np.float32], glossary: Sequence[str], phrase: str) -> list[AsrSegment]:
    """Transcribes a piece alone; if the result is uncertain, again with the phrase as context.

    The context helps with short pieces, but the model may repeat it: such a result is discarded.
    """
    alone = [one for one in hear(samples, glossary) if one.words]
    if not phrase or _certainty(alone) >= _SURE:
        return alone
    informed = [one for one in hear(samples, (phrase, *glossary)) if one.words]
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
    suspect, short = _suspect(run), short_loops([_bare_text(one) for one in run], _SHORT_ROUNDS)
    good = [
        (n not in suspect or borne_out(one.words, one.log_probability, speech))
        and (n not in short or short_borne_out(one.words, one.log_probability, speech))
        for n, one in enumerate(run)
    ]
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


def _bare_text(heard: AsrSegment) -> str:
    """The words of a segment without punctuation, separated by spaces."""
    return " ".join(filter(None, (_bare(text) for text, *_ in heard.words)))


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
