"""The language of each stretch of a recording, for models that know several languages."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.speech.activity import RATE, Window, speech_pieces
from engine.speech.asr_backend import AsrBackend

# A window is examined in stretches if a language other than the file's main one is as probable in it as this.
_RIVAL = 0.02
# Whisper's language detection is unreliable on shorter sound (seconds). A longer stretch counts fully.
_SHORTEST = 2.5
_FULL = 4.0
# A language must be this probable in a stretch to be a language of the file.
_PRESENT = 0.8
# The evidence that a change of language needs, as a logarithm of odds. A stretch between two of another language has
# two changes, and needs odds of 20 to 1. No probability counts as less than the floor.
_SWITCH = math.log(20) / 2
_FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class SpokenWindow:
    """A window, or a part of one, with its language (ISO 639-1 code)."""

    window: Window
    language: str


@dataclass(frozen=True, slots=True)
class SpokenLanguages:
    """The windows with their languages, the language of most of the speech, and the model's confidence in it."""

    windows: tuple[SpokenWindow, ...]
    main: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Samples `first` to `last` of a window, and the probability of each language in them."""

    window: int
    first: int
    last: int
    likely: Mapping[str, float]

    @property
    def seconds(self) -> float:
        return (self.last - self.first) / RATE


def in_one_language(windows: Sequence[Window], language: str, probability: float | None) -> SpokenLanguages:
    """All windows in one language."""
    return SpokenLanguages(tuple(SpokenWindow(window, language) for window in windows), language, probability)


def spoken_languages(
    hearing: AsrBackend, windows: Sequence[Window], reached: Callable[[float], None]
) -> SpokenLanguages:
    """The language of each window, whose parts become windows of their own where the language changes.

    The model detects the language of each window, and of each stretch between pauses in windows in which another
    language is possible. The most probable sequence (Viterbi) of the file's languages needs evidence for each change,
    so that one uncertain stretch does not change the language. `reached` gets 0 to 1, and raises to cancel.
    """
    if not windows:
        return SpokenLanguages((), "und", None)
    whole: list[_Stretch] = []
    for number, window in enumerate(windows):
        reached(number / len(windows) / 2)
        whole.append(_Stretch(number, 0, len(window.samples), hearing.languages_of(window.samples)))
    main = _most_spoken(whole)
    stretches: list[_Stretch] = []
    for one in whole:
        reached((1 + one.window / len(windows)) / 2)
        rival = max((share for language, share in one.likely.items() if language != main), default=0.0)
        window = windows[one.window]
        parts = _parts(window) if rival >= _RIVAL else []
        if len(parts) < 2:
            stretches.append(one)
            continue
        for first, last in parts:
            stretches.append(_Stretch(one.window, first, last, hearing.languages_of(window.samples[first:last])))
    spoken = _most_probable(stretches, _candidates(stretches, main))
    joined: list[SpokenWindow] = []
    seconds: defaultdict[str, float] = defaultdict(float)
    sure: defaultdict[str, float] = defaultdict(float)
    begin = 0
    for n, (stretch, language) in enumerate(zip(stretches, spoken, strict=True)):
        seconds[language] += stretch.seconds
        sure[language] += stretch.seconds * stretch.likely.get(language, 0.0)
        following = n + 1
        same_window = following < len(stretches) and stretches[following].window == stretch.window
        if not same_window or spoken[following] != language:
            joined.append(SpokenWindow(windows[stretch.window].part(begin, stretch.last), language))
            begin = stretch.last if same_window else 0
    main = max(seconds, key=lambda language: (seconds[language], language))
    return SpokenLanguages(tuple(joined), main, sure[main] / seconds[main])


def _most_spoken(stretches: Sequence[_Stretch]) -> str:
    votes: defaultdict[str, float] = defaultdict(float)
    for one in stretches:
        for language, probability in one.likely.items():
            votes[language] += one.seconds * probability
    return max(votes, key=lambda language: (votes[language], language))


def _candidates(stretches: Sequence[_Stretch], main: str) -> list[str]:
    """The languages that may occur in the file: the main one, and those that are probable in some stretch."""
    present = {
        language
        for one in stretches
        if one.seconds >= _SHORTEST
        for language, probability in one.likely.items()
        if probability >= _PRESENT
    }
    return sorted({main, *present})


def _parts(window: Window) -> list[tuple[int, int]]:
    """Samples of a window between pauses, each at least `_SHORTEST` long; together they are the whole window."""
    borders = [
        (end + start) // 2
        for (_, end), (start, _) in pairwise(speech_pieces(window.samples))
        if (end + start) // 2 > window.shared
    ]
    least, length = round(_SHORTEST * RATE), len(window.samples)
    kept: list[int] = []
    for border in borders:
        if border - (kept[-1] if kept else 0) >= least and length - border >= least:
            kept.append(border)
    return list(pairwise([0, *kept, length]))


def _most_probable(stretches: Sequence[_Stretch], languages: Sequence[str]) -> list[str]:
    """The most probable language of each stretch, as a sequence (Viterbi), with a cost for each change."""
    scores = dict.fromkeys(languages, 0.0)
    before: list[dict[str, str]] = []
    for n, stretch in enumerate(stretches):
        best = max(languages, key=lambda language: (scores[language], language))
        come = {
            language: language if not n or scores[language] >= scores[best] - _SWITCH else best
            for language in languages
        }
        scores = {
            language: scores[origin] - _SWITCH * (origin != language) + _evidence(stretch, language)
            for language, origin in come.items()
        }
        before.append(come)
    at = max(languages, key=lambda language: (scores[language], language))
    path: list[str] = []
    for come in reversed(before):
        path.append(at)
        at = come[at]
    return path[::-1]


def _evidence(stretch: _Stretch, language: str) -> float:
    return min(1.0, stretch.seconds / _FULL) * math.log(max(stretch.likely.get(language, 0.0), _FLOOR))
