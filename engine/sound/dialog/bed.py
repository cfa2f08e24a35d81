"""Keeps or lowers the music of a track while the chain cleans the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import Levels
from engine.sound.dialog.band_gain import per_sample
from engine.sound.dialog.clean_report import MusicDone, MusicStretch
from engine.sound.dialog.filters import Mono
from engine.sound.dialog.music import joined, runs
from engine.sound.dialog.preset import STAGES, MusicChoice, Preset, StageName
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.stage import StageOutcome

# Recognition is accurate to about a second: music is kept from a second before to a second after.
_MARGIN_S, _EDGE_S = 1.0, 3.0
# Pauses of speech that count as speech: for the chain's stages, and for lowered music, which must not pump.
_PAUSE_S, _DUCK_PAUSE_S = 1.0, 2.0
# Ramps between what the chain cleans and what it keeps, and of lowered music, in seconds.
_RAMP_S, _SLOW_RAMP_S = 0.3, 1.5

# The stages that also work on speech over music.
_UNDER_SPEECH: set[StageName] = {"levelling", "room-tone"}

Floats = NDArray[np.float64]
Spans = Sequence[tuple[Fraction, Fraction]]


class MusicBed:
    """The music of a track by 10 ms frame, and the chain's behaviour there.

    `music` are its stretches in seconds, `spoken` marks the frames with speech. With `drop`, nothing is kept.
    """

    def __init__(
        self, music: Sequence[tuple[float, float]], spoken: NDArray[np.bool_], choice: MusicChoice, duck_db: float
    ) -> None:
        count = len(spoken)
        end = count / 100
        wider = [
            (0.0 if start < _EDGE_S else start - _MARGIN_S, end if stop > end - _EDGE_S else stop + _MARGIN_S)
            for start, stop in music
        ]
        self.spans = joined(wider, 2 * _MARGIN_S)
        self.choice: MusicChoice = choice
        self._heard = _marked(count, self.spans)
        self._spoken, self._talk = spoken, _closed(spoken, _PAUSE_S)
        used = self._heard if choice != "drop" else np.zeros(count, np.bool_)
        if used.any() and not spoken.any():
            # Silence between two pieces belongs to the music.
            used = np.ones(count, np.bool_)
        self.kept = bool(used.any())
        self.lowered = self.kept and choice == "duck" and bool((used & self._talk).any())
        self._spared = _ramped(used, _RAMP_S)
        self._alone = _ramped(used & ~self._talk, _SLOW_RAMP_S)
        self._only_music = used & ~self._talk
        while_talking = _ramped(used & _closed(spoken, _DUCK_PAUSE_S), _SLOW_RAMP_S)
        self._duck = 10 ** (-duck_db * while_talking / 20) if choice == "duck" else np.ones(count)

    def apart(self, levels: Levels) -> Levels:
        """The levels for measuring speech and noise: frames with music and no speech count as silence."""
        only = _fitted(self._only_music, len(levels.held))
        return replace(levels, held=levels.held | only) if only.any() else levels

    def resting(self, preset: Preset) -> dict[str, StageOutcome]:
        """The outcomes of the preset's stages that have nothing but kept music to work on."""
        rests = set[StageName]()
        if self.kept and self._spared.all():
            rests = set(STAGES) if self._alone.all() else set(STAGES) - _UNDER_SPEECH
        why = "music is kept as it is"
        return {name: StageOutcome(name, "skipped", why) for name in STAGES if name in rests and preset.of(name)}

    def exception(self, one: StageOutcome) -> str:
        """The end of a stage's reason, if kept music is excepted from it."""
        return "; not in the music" if self.kept and one.state == "applied" and one.stage not in _UNDER_SPEECH else ""

    def report(self, *, removed: bool) -> tuple[MusicStretch, ...]:
        """The stretches of music, apart with and without speech; `removed` means that the chain isolated the voice."""
        found: list[MusicStretch] = []
        talk = _closed(self._spoken, _DUCK_PAUSE_S)
        for start, stop in self.spans:
            span = talk[int(start * 100) : round(stop * 100)]
            cuts = [0, *(int(at) + 1 for at in np.flatnonzero(np.diff(span.astype(np.int8)))), len(span)]
            pieces: list[tuple[float, float, bool]] = []
            for first, last in pairwise(cuts):
                speech = bool(span[first]) if first < len(span) else False
                if pieces and (last - first < 100 or pieces[-1][2] == speech):
                    pieces[-1] = pieces[-1][0], start + last / 100, pieces[-1][2]
                else:
                    pieces.append((start + first / 100, start + last / 100, speech))
            found += [self._stretch(*piece, removed=removed) for piece in pieces]
        return tuple(found)

    def _stretch(self, start: float, end: float, speech: bool, *, removed: bool) -> MusicStretch:
        done: MusicDone = "kept"
        if self.choice == "drop":
            done = "removed" if removed else "kept"
        elif self.lowered and speech:
            done = "lowered"
        return MusicStretch(start=round(start, 2), end=round(end, 2), done=done, speech=speech)

    def spared(self, processed: Iterable[Mono], original: Scratch) -> Iterator[Mono]:
        """The processed blocks, replaced by the original where there is music."""
        return self._crossfaded(self._spared, processed, original)

    def restored(self, made: Iterable[Mono], original: Scratch) -> Iterator[Mono]:
        """The finished sound, replaced by the original where there is music and no speech."""
        return self._crossfaded(self._alone, made, original)

    def ducked(self, original: Scratch, voices: Iterable[Mono]) -> Iterator[Mono]:
        """The original with everything but the isolated `voices` lowered while somebody speaks over music."""
        at = 0
        for voice in voices:
            sound = original.read(at, at + len(voice))
            yield np.asarray(voice + (sound - voice) * self.gains(at, len(voice)), np.float32)
            at += len(voice)

    def gains(self, at: int, count: int) -> Floats:
        """The linear gain of the music for `count` samples from `at`; 1 where it is not lowered."""
        return per_sample(self._duck, at, count)

    def _crossfaded(self, shares: Floats, blocks: Iterable[Mono], original: Scratch) -> Iterator[Mono]:
        at = 0
        for block in blocks:
            share = per_sample(shares, at, len(block))
            if not share.any():
                yield block
            else:
                sound = original.read(at, at + len(block))
                # A share of exactly 1 leaves the original's samples as they are.
                yield np.asarray(np.where(share == 1, sound, block + (sound - block) * share), np.float32)
            at += len(block)


def spoken_frames(levels: Levels, speech: Spans | None) -> NDArray[np.bool_]:
    """The 10 ms frames within the speech spans; without spans, those that are loud enough for speech."""
    if speech is None:
        return levels.speaking(None)
    return _marked(len(levels.power), [(float(start), float(end)) for start, end in speech])


def _marked(count: int, spans: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    marks = np.zeros(count, np.bool_)
    for start, stop in spans:
        marks[max(0, int(start * 100)) : -int(-stop * 100 // 1)] = True
    return marks


def _closed(marks: NDArray[np.bool_], gap_s: float) -> NDArray[np.bool_]:
    """The marks with gaps up to `gap_s` between two of them filled."""
    closed = marks.copy()
    places = runs(marks)
    for (_, stop), (start, _) in pairwise(places):
        if start - stop <= gap_s * 100:
            closed[stop:start] = True
    return closed


def _ramped(marks: NDArray[np.bool_], seconds: float) -> Floats:
    """The marks as shares from 0 to 1, with ramps of a raised cosine centred on their edges."""
    from scipy.ndimage import convolve1d

    if not marks.any() or marks.all():
        return marks.astype(np.float64)
    window = np.hanning(round(seconds * 100) + 2)[1:-1]
    shares = convolve1d(marks.astype(np.float64), window / window.sum(), mode="nearest")
    # Rounding must not leave a share of almost 1 within a long stretch.
    return np.where(shares > 1 - 1e-9, 1.0, np.where(shares < 1e-9, 0.0, shares))


def _fitted(marks: NDArray[np.bool_], count: int) -> NDArray[np.bool_]:
    return np.pad(marks, (0, max(0, count - len(marks))))[:count]
