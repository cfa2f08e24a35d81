"""Two versions of one recording, heard at the same loudness: how far the louder is turned down, and both in turn."""

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
# From one to the other without a click.
_FADE = _RATE // 100
_STEP = 16_384


@dataclass(frozen=True, slots=True)
class Version:
    """A sound track by its file and its place in it, and what it is called."""

    path: Path
    index: int | None
    name: str


class Match(FrozenModel):
    """The integrated loudness of two versions over the same stretch, and the gain that makes them equal.

    Nothing is turned up: the louder one comes down to the other. Where one is silent, nothing is.
    """

    lufs: tuple[Level, Level]
    gains_db: tuple[float, float]


class AlternatingSpan(FrozenModel):
    """When which version is heard, in seconds of the rendered file."""

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
    """Measures both over the same stretch, as they are played: in stereo; errors as `read_blocks`."""
    first, second = (
        measure(_stereo(version, start, end, cancelled), _RATE).integrated_lufs for version in (one, other)
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
    """Writes a 24-bit WAV in which one version and the other take turns of `every` seconds, on one clock.

    Beside it lies a text file of the turns, which audio editors read as labels: start, end and name by tabs.
    It ends where the first of them does. RequestError where `out` is no .wav or there is nothing, EngineError
    where the disk is full, Cancelled.
    """
    container = container_for("wav", out)
    turn = max(2 * _FADE, round(every * _RATE))
    mixed = _Mixed(one, other, gains_db, turn, start, end, cancelled)
    try:
        with partial(out, replace=replace) as unfinished:
            encode(mixed.blocks(), unfinished, container, codec="wav", bit_rate=0, rate=_RATE, edit_list=False)
            if not mixed.samples:
                raise RequestError("There is nothing to hear in that stretch.", "Choose a moment within both of them.")
    except av.error.FFmpegError as error:
        hint = "Check the room on the disk and the folder's rights."
        raise EngineError(f"{out} cannot be written: {error.strerror or error}.", hint) from error
    turns = tuple(
        AlternatingSpan(
            start=Fraction(at, _RATE),
            end=Fraction(min(at + turn, mixed.samples), _RATE),
            name=(one, other)[at // turn % 2].name,
        )
        for at in range(0, mixed.samples, turn)
    )
    lines = (f"{float(turn.start):.6f}\t{float(turn.end):.6f}\t{turn.name}\n" for turn in turns)
    write_atomic(labels_path(out), "".join(lines).encode(), replace=replace)
    return turns


def labels_path(out: Path) -> Path:
    """The text file of the turns that lies beside a rendered comparison."""
    return out.with_suffix(".labels.txt")


def _stereo(
    version: Version, start: Fraction, end: Fraction | None, cancelled: Callable[[], bool] | None
) -> Iterator[Block]:
    correction = channel_correction(version.path, version.index, cancelled=cancelled)
    return read_blocks(
        version.path, version.index, rate=_RATE, correction=correction, start=start, end=end, cancelled=cancelled
    )


@dataclass(slots=True)
class _Mixed:
    one: Version
    other: Version
    gains_db: tuple[float, float]
    turn: int
    start: Fraction
    end: Fraction | None
    cancelled: Callable[[], bool] | None
    samples: int = 0

    def blocks(self) -> Iterator[Block]:
        """Both in turn, fading into each other."""
        first, second = (np.float32(10 ** (db / 20)) for db in self.gains_db)
        for ours, theirs in zip(self._even(self.one), self._even(self.other), strict=False):
            length = min(len(ours), len(theirs))
            share = self._share(np.arange(self.samples, self.samples + length))[:, None]
            yield ours[:length] * first * (1 - share) + theirs[:length] * second * share
            self.samples += length

    def _share(self, places: NDArray[np.int64]) -> Block:
        """How much of the other is heard at each sample, 0 to 1; a turn begins by fading in."""
        turn, within = np.divmod(places, self.turn)
        faded = np.where(turn > 0, np.minimum(1, (within + 1) / _FADE), 1)
        return np.asarray(np.where(turn % 2, faded, 1 - faded), np.float32)

    def _even(self, version: Version) -> Iterator[Block]:
        """The version in blocks of one size, but for the last."""
        held = np.zeros((0, 2), np.float32)
        for block in _stereo(version, self.start, self.end, self.cancelled):
            held = np.concatenate([held, block])
            while len(held) >= _STEP:
                yield held[:_STEP]
                held = held[_STEP:]
        yield held
