"""Checks whether isolation harms the speech, while it runs, and weakens it where it does.

The recording and the result are compared in stretches of speech of up to half a minute. If a speech model is given, it
hears the stretches that isolation changed noticeably, before and after: both in one thread, beside the isolation. The
words before may be those of a transcript: then the recording itself is heard only where they differ from those after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME, Levels, Series, analyze_levels
from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.speech_estimate import SpeechEstimate, estimate_speech, expected_power, level_changes
from engine.sound.dialog.speech_recovery import less_noisy
from engine.sound.dialog.strength import StrengthCurve, WeakerStretch
from engine.sound.dialog.word_losses import HeardWord, WordComparison, WordLoss, compare_words, together

HEARD_RATE = 16_000
"""The sample rate of the sound that a `Recognizer` gets, in Hz."""

Recognizer = Callable[[NDArray[np.float32]], Sequence[HeardWord]]
"""Recognises the words of up to 30 s of mono sound at `HEARD_RATE`; their times are in seconds from its start."""

_FRAMES = 100
# A stretch is at most this long, has pauses of at most this length, and begins and ends this much outside speech.
_LONGEST, _PAUSE, _MARGIN = 28 * _FRAMES, 2 * _FRAMES, 30
# The recognizer hears both versions at -23 dBFS, because the level alone changes the words.
_HEARD_AT = 10 ** (-23 / 20)
# A stretch is heard if its speech is less than this above the noise, or if this many frames of it are weaker than the
# estimate of the speech by this much.
_CLEAR_DB, _WEAKER_FRAMES, _WEAKER_DB = 20.0, 5, 6.0
# Speech that is weaker than its estimate by this much for this many frames is missing.
_MISSING_DB, _MISSING_FRAMES, _GAP = 12.0, 8, 5
# Evidence of less than half a word is none, and of less than a third of the words neither. A word that the model is
# sure of must be among them: in noise, it guesses words in both versions.
_LEAST_LOST, _LEAST_LOST_SHARE, _LEAST_SURE = 0.5, 1 / 3, 0.75
_AROUND_S = 0.2
# Words of a transcript stand for those of the recording if no loss has so much evidence, and at most this share of the
# words are uncertain differences: they were heard in other windows and with another beam.
_SUSPECTED_SURE, _MOST_UNSURE = 0.5, 0.1
# The factors of the strength that are tried where words are lost: the noise is at most at -20, -12 and -6 dB.
_DEGREES = (0.9, 0.75, 0.5)
_PENDING = 3
# The share of the first comparison of all stretches in the progress; the rest is that of weaker isolations.
_FIRST_COMPARISON = 0.8


@dataclass(frozen=True, slots=True)
class SpeechStretch:
    """A stretch of speech in frames of 10 ms; `stop` is exclusive."""

    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class _Finding:
    """What was found in a stretch. Times are in seconds of the recording; `words` is None if it was not heard.

    `shared`: the words before are those of the transcript.
    """

    stretch: SpeechStretch
    missing: tuple[tuple[float, float], ...]
    before: tuple[HeardWord, ...] = ()
    words: WordComparison | None = None
    shared: bool = False


class IsolationCheck:
    """Compares the dry and the isolated voice of a recording; `share` is the strength of isolation.

    `rt60` is the room's reverberation time in seconds, 0 if it is unknown. `known` are the words of a transcript of the
    whole recording by the recognizer's model.

    `progress` is called with the share of the speech that has been compared, 0 to 1.
    """

    def __init__(
        self,
        dry: Scratch,
        levels: Levels,
        speaking: NDArray[np.bool_],
        speech: Sequence[tuple[Fraction, Fraction]] | None,
        share: float,
        hear: Recognizer | None = None,
        progress: Callable[[float], None] | None = None,
        rt60: float = 0.0,
        known: Sequence[HeardWord] | None = None,
    ) -> None:
        self._dry, self._share, self._hear, self._progress, self._known = dry, share, hear, progress, known
        self._speaking, self._power = speaking, levels.high
        self._rt60, self._estimate = rt60, estimate_speech(levels)
        self._stretches = speech_stretches(levels, speaking, speech)
        self._found: list[_Finding] = []
        self._full = StrengthCurve(share, dry.samples)
        self.heard_s = 0.0
        """The seconds of the recording whose words were compared."""
        self.shared_s = 0.0
        """Those of them whose words before isolation are the known ones."""

    def watch(self, wet: Iterator[Mono]) -> Iterator[Mono]:
        """Yields the blocks of the isolated voice, and compares each stretch as soon as it is complete."""
        waiting = deque(self._stretches)
        recent, begin = np.zeros(0, np.float32), 0
        pending: deque[Future[_Finding]] = deque()
        # One thread: a recognizer uses all processors itself, and the order of its work stays the same.
        with ThreadPoolExecutor(1, "word-check") as worker:
            try:
                for block in wet:
                    yield block
                    recent = np.concatenate([recent, block])
                    while waiting and (waiting[0].stop * FRAME <= begin + len(recent)):
                        self._submit(waiting.popleft(), recent, begin, worker, pending)
                    first = waiting[0].start * FRAME if waiting else begin + len(recent)
                    if first > begin:
                        recent, begin = recent[first - begin :], min(first, begin + len(recent))
                for one in waiting:
                    self._submit(one, recent, begin, worker, pending)
                while pending:
                    self._collect(pending)
            finally:
                worker.shutdown(cancel_futures=True)

    def strength(self, wet: Scratch) -> tuple[StrengthCurve, WordComparison | None]:
        """The strength over time, weaker where speech is harmed, and the words at that strength, if they were heard.

        `wet` is the isolated voice, all of whose blocks `watch` has yielded.
        """
        weaker: list[WeakerStretch] = []
        compared: list[WordComparison] = []
        for number, one in enumerate(self._found):
            self._report(len(self._found), number)
            if one.words is None:
                why = "speech is missing"
                weaker += [WeakerStretch(start, end, 0.5, why) for start, end in one.missing]
                continue
            less, words = self._weakened(one, one.words, wet)
            weaker += less
            compared.append(words)
        curve = StrengthCurve(self._share, self._dry.samples, weaker) if weaker else self._full
        return curve, together(compared)

    def _submit(
        self, one: SpeechStretch, recent: Mono, begin: int, worker: ThreadPoolExecutor, pending: deque[Future[_Finding]]
    ) -> None:
        start, stop = one.start * FRAME, min(one.stop * FRAME, self._dry.samples)
        dry = self._dry.read(start, stop)
        wet = recent[start - begin : stop - begin]
        mixed = self._full.mix(dry[: len(wet)], wet, start)
        missing, changed = self._level_findings(one, mixed)
        if self._hear is None or not changed:
            found: Future[_Finding] = Future()
            found.set_result(_Finding(one, missing))
            pending.append(found)
            return
        self.heard_s += (stop - start) / RATE
        pending.append(worker.submit(self._examined, one, missing, dry, mixed))
        while len(pending) > _PENDING:
            # A slow recognizer delays isolation, so that few stretches are in memory.
            self._collect(pending)

    def _collect(self, pending: deque[Future[_Finding]]) -> None:
        found = pending.popleft().result()
        self._found.append(found)
        if found.shared:
            self.shared_s += (min(found.stretch.stop * FRAME, self._dry.samples) - found.stretch.start * FRAME) / RATE
        self._report(len(self._found), 0)

    def _report(self, compared: int, chosen: int) -> None:
        """Reports the stretches that were compared, and those whose strength was chosen."""
        if self._progress:
            done = _FIRST_COMPARISON * compared + (1 - _FIRST_COMPARISON) * chosen
            self._progress(done / max(1, len(self._stretches)))

    def _level_findings(self, one: SpeechStretch, mixed: Mono) -> tuple[tuple[tuple[float, float], ...], bool]:
        """The times of missing speech in a stretch, and whether isolation changed its speech noticeably."""
        after = expected_power(analyze_levels([mixed]).speech_band, self._rt60)
        stop = min(one.start + len(after), len(self._speaking))
        if stop <= one.start:
            return (), False
        inside = slice(one.start, stop)
        estimate = SpeechEstimate(
            self._estimate.speech[inside], self._estimate.noise[inside], self._estimate.reliable[inside]
        )
        frames = np.flatnonzero(estimate.reliable & self._speaking[inside])
        if not len(frames):
            return (), True
        changes = level_changes(estimate, after[: stop - one.start], frames)
        noisy = _above_noise_db(self._power[inside], self._speaking[inside]) < _CLEAR_DB
        changed = noisy or int((changes < -_WEAKER_DB).sum()) >= _WEAKER_FRAMES
        gone = frames[changes < -_MISSING_DB]
        runs = np.split(gone, np.flatnonzero(np.diff(gone) > _GAP) + 1) if len(gone) else []
        return (
            tuple(
                ((one.start + int(run[0])) / _FRAMES, (one.start + int(run[-1]) + 1) / _FRAMES)
                for run in runs
                if len(run) >= _MISSING_FRAMES
            ),
            changed,
        )

    def _examined(
        self, one: SpeechStretch, missing: tuple[tuple[float, float], ...], dry: Mono, mixed: Mono
    ) -> _Finding:
        if self._known is None:
            before = self._words(dry, one)
            return _Finding(one, missing, tuple(before), compare_words(before, self._words(mixed, one)))
        after, begin, end = self._words(mixed, one), one.start / _FRAMES, one.stop / _FRAMES
        known = [word for word in self._known if begin <= (word.start + word.end) / 2 < end]
        words = compare_words(known, after)
        most = _MOST_UNSURE * max(words.before, words.after)
        if words.unsure <= most and not _certain(words.losses, _SUSPECTED_SURE):
            return _Finding(one, missing, tuple(known), words, shared=True)
        before = self._words(dry, one)
        return _Finding(one, missing, tuple(before), compare_words(before, after))

    def _words(self, samples: Mono, one: SpeechStretch) -> list[HeardWord]:
        import soxr

        assert self._hear
        heard = soxr.resample(samples, RATE, HEARD_RATE)
        power = float(np.mean(np.square(heard, dtype=np.float64))) if len(heard) else 0.0
        levelled = np.asarray(heard * np.float32(_HEARD_AT / power**0.5) if power else heard, np.float32)
        begin = one.start / _FRAMES
        return [replace(word, start=word.start + begin, end=word.end + begin) for word in self._hear(levelled)]

    def _weakened(
        self, one: _Finding, words: WordComparison, wet: Scratch
    ) -> tuple[list[WeakerStretch], WordComparison]:
        """The places of a stretch that need a weaker isolation, and the words with it.

        The strength is the highest of `_DEGREES` that brings the words back. A mix has at least the recording's ratio
        of speech to noise: words that none of these mixes brings back were heard in the recording by chance.
        """
        places = _places(_certain(words.losses))
        found: list[WeakerStretch] = []
        for degree in _DEGREES:
            if not places:
                break
            heard = self._heard_at(one, wet, found + [replace(place, factor=degree) for place in places])
            found += [replace(place, factor=degree) for place in places if not _lost_in(heard, place)]
            places = [place for place in places if _lost_in(heard, place)]
        if not found:
            return [], words
        found.sort(key=lambda place: place.start)
        return found, self._heard_at(one, wet, found) if places else heard

    def _heard_at(self, one: _Finding, wet: Scratch, places: Sequence[WeakerStretch]) -> WordComparison:
        start, stop = one.stretch.start * FRAME, min(one.stretch.stop * FRAME, self._dry.samples)
        curve = StrengthCurve(self._share, self._dry.samples, places)
        rest = partial(less_noisy, self._dry, wet)
        mixed = curve.mix(self._dry.read(start, stop), wet.read(start, stop), start, rest)
        return compare_words(one.before, self._words(mixed, one.stretch))


def speech_stretches(
    levels: Levels, speaking: NDArray[np.bool_], speech: Sequence[tuple[Fraction, Fraction]] | None
) -> list[SpeechStretch]:
    """The stretches of speech of a recording, of up to 28 s; continuous speech is divided at a quiet moment."""
    if speech is None:
        frames = np.flatnonzero(speaking)
        runs = np.split(frames, np.flatnonzero(np.diff(frames) > _MARGIN) + 1) if len(frames) else []
        spans = [(int(run[0]), int(run[-1]) + 1) for run in runs]
    else:
        spans = [(int(start * _FRAMES), int(-(-end * _FRAMES // 1))) for start, end in speech]
    last = len(speaking)
    found: list[SpeechStretch] = []
    for start, stop in spans:
        first, after = max(0, start - _MARGIN), min(last, stop + _MARGIN)
        if after <= first:
            continue
        if found and first - found[-1].stop <= _PAUSE:
            found[-1] = SpeechStretch(found[-1].start, max(found[-1].stop, after))
        else:
            found.append(SpeechStretch(first, after))
    return [part for one in found for part in _divided(one, levels)]


def _divided(one: SpeechStretch, levels: Levels) -> Iterator[SpeechStretch]:
    start = one.start
    while one.stop - start > _LONGEST:
        earliest = start + _LONGEST // 2
        quiet = np.convolve(levels.speech_band[earliest : start + _LONGEST], np.ones(20), "same")
        middle = earliest + 10 + int(np.argmin(quiet[10:-10]))
        yield SpeechStretch(start, middle)
        start = middle
    yield SpeechStretch(start, one.stop)


def _above_noise_db(power: Series, speaking: NDArray[np.bool_]) -> float:
    """The level of speech above the quietest tenth of a stretch, in dB, without rumble."""
    return float(decibels(power[speaking].mean()) - decibels(np.percentile(power, 10)))


def _places(losses: Sequence[WordLoss]) -> list[WeakerStretch]:
    """The places of losses, with some time around each; places that touch are one."""
    places: list[WeakerStretch] = []
    for loss in losses:
        start, end = loss.start - _AROUND_S, loss.end + _AROUND_S
        if places and start <= places[-1].end:
            last = places.pop()
            places.append(replace(last, end=max(end, last.end), why=f"{last.why}, “{loss.text}”"))
        else:
            places.append(WeakerStretch(start, end, 1.0, f"fewer words were recognised: “{loss.text}”"))
    return places


def _lost_in(words: WordComparison, place: WeakerStretch) -> bool:
    """Whether words are lost at a place."""
    return bool(_certain([one for one in words.losses if one.start < place.end and one.end > place.start]))


def _certain(losses: Sequence[WordLoss], least_sure: float = _LEAST_SURE) -> list[WordLoss]:
    """The losses with enough evidence."""
    enough = [one for one in losses if one.expected >= max(_LEAST_LOST, _LEAST_LOST_SHARE * one.right)]
    return [one for one in enough if one.sure >= least_sure]
