"""Comparison of two versions of a recording at equal loudness: matching gains, and an alternating WAV file."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial, write_atomic
from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError, RequestError
from engine.sound.channel_analysis import channel_correction
from engine.sound.encode import container_for, encode
from engine.sound.loudness import measure
from engine.sound.loudness_values import Level
from engine.sound.track import Block, read_blocks

_RATE = 48_000
# Cross-fade of 10 ms, which prevents clicks.
_FADE = _RATE // 100
_STEP = 16_384


@dataclass(frozen=True, slots=True)
class Version:
    """A sound track: its file, stream index and name."""

    path: Path
    index: int | None
    name: str


class Match(FrozenModel):
    """The integrated loudness of two versions over the same range, and the gains that make them equal.

    Only the louder version is attenuated. If either is silent, both gains are 0.
    """

    lufs: tuple[Level, Level]
    gains_db: tuple[float, float]


class AlternatingSpan(FrozenModel):
    """The time span of one version, in seconds of the rendered file."""

    start: Exact
    end: Exact
    name: str


def match(
    one: Version,
    other: Version,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Match:
    """Measures the stereo mix of both over the same range; raises as `read_blocks`."""
    first, second = (
        measure(stereo_of(version, start, end, cancelled), _RATE).integrated_lufs for version in (one, other)
    )
    over = first - second if math.isfinite(first) and math.isfinite(second) else 0.0
    return Match(lufs=(first, second), gains_db=(round(min(0.0, -over), 2), round(min(0.0, over), 2)))


def write_alternating(
    one: Version,
    other: Version,
    gains_db: tuple[float, float],
    out: Path,
    *,
    every: Fraction,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    replace: bool = True,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[AlternatingSpan, ...]:
    """Writes a 24-bit WAV that alternates between the versions every `every` seconds, on a common clock.

    Also writes a label file for audio editors (`labels_path`): start, end and name, separated by tabs. The WAV ends
    with the shorter version. Raises RequestError if `out` is not .wav or the range is empty, EngineError if the file
    cannot be written, Cancelled.
    """
    names = one.name, other.name
    sides = tuple(stereo_of(version, start, end, cancelled) for version in (one, other))
    return alternate(names, (sides[0], sides[1]), gains_db, out, every=every, replace=replace)


def alternate(
    names: tuple[str, str],
    sides: tuple[Iterator[Block], Iterator[Block]],
    gains_db: tuple[float, float],
    out: Path,
    *,
    every: Fraction,
    replace: bool = True,
) -> tuple[AlternatingSpan, ...]:
    """Writes the file of `write_alternating` from two sides in (samples, 2) blocks at 48 kHz; the same errors."""
    container = container_for("wav", out)
    turn = max(2 * _FADE, round(every * _RATE))
    mixed = _Mixed(sides, gains_db, turn)
    try:
        with partial(out, replace=replace) as unfinished:
            encode(mixed.blocks(), unfinished, container, codec="wav", bit_rate=0, rate=_RATE, edit_list=False)
            if not mixed.samples:
                raise RequestError("There is no sound in this range.", "Choose a range within both versions.")
    except av.error.FFmpegError as error:
        hint = "Check the free disk space and the folder's permissions."
        raise EngineError(f"{out} cannot be written: {error.strerror or error}.", hint) from error
    turns = tuple(
        AlternatingSpan(
            start=Fraction(at, _RATE),
            end=Fraction(min(at + turn, mixed.samples), _RATE),
            name=names[at // turn % 2],
        )
        for at in range(0, mixed.samples, turn)
    )
    lines = (f"{float(turn.start):.6f}\t{float(turn.end):.6f}\t{turn.name}\n" for turn in turns)
    write_atomic(labels_path(out), "".join(lines).encode(), replace=replace)
    return turns


def labels_path(out: Path) -> Path:
    """The path of the label file of a rendered comparison."""
    return out.with_suffix(".labels.txt")


def stereo_of(
    version: Version, start: Fraction, end: Fraction | None, cancelled: Callable[[], bool] | None
) -> Iterator[Block]:
    """A version's sound from `start` to `end` seconds in stereo, with its channels corrected."""
    correction = channel_correction(version.path, version.index, cancelled=cancelled)
    return read_blocks(
        version.path, version.index, rate=_RATE, correction=correction, start=start, end=end, cancelled=cancelled
    )


@dataclass(slots=True)
class _Mixed:
    sides: tuple[Iterator[Block], Iterator[Block]]
    gains_db: tuple[float, float]
    turn: int
    samples: int = 0

    def blocks(self) -> Iterator[Block]:
        """Both versions alternating, with cross-fades; (samples, 2)."""
        first, second = (np.float32(10 ** (db / 20)) for db in self.gains_db)
        for ours, theirs in zip(*map(_even, self.sides), strict=False):
            length = min(len(ours), len(theirs))
            share = self._share(np.arange(self.samples, self.samples + length))[:, None]
            yield ours[:length] * first * (1 - share) + theirs[:length] * second * share
            self.samples += length

    def _share(self, places: NDArray[np.int64]) -> Block:
        """The share of the other version at each sample, 0 to 1; each turn starts with a fade."""
        turn, within = np.divmod(places, self.turn)
        faded = np.where(turn > 0, np.minimum(1, (within + 1) / _FADE), 1)
        return np.asarray(np.where(turn % 2, faded, 1 - faded), np.float32)


def _even(blocks: Iterator[Block]) -> Iterator[Block]:
    """The blocks in steps of `_STEP` samples; the last may be shorter."""
    held = np.zeros((0, 2), np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= _STEP:
            yield held[:_STEP]
            held = held[_STEP:]
    yield held
