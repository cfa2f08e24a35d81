"""Holes are filled with room tone made from the take's own quiet moments, never left digitally silent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME
from engine.sound.dialog.filters import LinearPhase, Mono
from engine.sound.dialog.preset import RoomTone
from engine.sound.dialog.rumble import per_sample
from engine.sound.dialog.stage import StageOutcome

_WINDOW = 2048
_MOST_WINDOWS = 400
_TAPS = 2047
_FADE_FRAMES = 3
_SEED = 20_251_114


class RoomToneStage:
    """Adds noise of the room's spectrum and level where the take holds nothing."""

    def __init__(self, holes: NDArray[np.bool_], taps: NDArray[np.float64]) -> None:
        window = np.hanning(2 * _FADE_FRAMES + 3)[1:-1]
        faded = np.convolve(holes.astype(np.float64), window / window.sum(), "same")[: len(holes)]
        self._shares = np.where(holes, 1.0, np.minimum(2 * faded, 1.0))
        self._room = LinearPhase(taps)
        self._noise = np.random.Generator(np.random.Philox(_SEED))
        # Run in, so that the tone is there from the first sample on.
        self._ready = self._room.process(self._noise.standard_normal(2 * _TAPS, np.float32))
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """The next samples."""
        tone = self._tone(len(block))
        shares = per_sample(self._shares, self._at, len(block))
        self._at += len(block)
        return np.asarray(block + tone * shares, np.float32)

    def finish(self) -> Mono:
        """Nothing is still to come."""
        return np.zeros(0, np.float32)

    def _tone(self, count: int) -> Mono:
        while len(self._ready) < count:
            more = self._room.process(self._noise.standard_normal(count, np.float32))
            self._ready = np.concatenate([self._ready, more])
        made, self._ready = self._ready[:count], self._ready[count:]
        return made


def room_tone(
    table: RoomTone,
    power: NDArray[np.float64],
    held: NDArray[np.bool_],
    speaking: NDArray[np.bool_],
    read: Callable[[int, int], Mono],
) -> tuple[RoomToneStage | None, StageOutcome]:
    """The stage this recording needs, None where it rests.

    `power` of each 10 ms frame as it comes in here, `held`: the frames in which the recording itself stood still;
    `read` gives samples from one place to another.
    """
    holes = holes_of(held, table.shortest_ms)
    seconds = float(holes.sum()) / 100
    measured = {"holes_s": round(seconds, 2)}
    if not holes.any():
        return None, StageOutcome("room-tone", "rested", "there are no holes", measured)
    taps = _room(power, speaking | held, read)
    if taps is None:
        return None, StageOutcome("room-tone", "rested", "no moment of the take tells how its room sounds", measured)
    measured["room_db"] = round(float(10 * np.log10(max(np.square(taps).sum(), 1e-20))), 1)
    return RoomToneStage(holes, taps), StageOutcome("room-tone", "worked", f"{seconds:.2f} s of holes filled", measured)


def holes_of(held: NDArray[np.bool_], shortest_ms: float) -> NDArray[np.bool_]:
    """The frames of those runs that last as long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    found = np.zeros(len(held), np.bool_)
    for start, stop in edges.reshape(-1, 2):
        if (stop - start) * 10 >= shortest_ms:
            found[start:stop] = True
    return found


def _room(
    power: NDArray[np.float64], taken: NDArray[np.bool_], read: Callable[[int, int], Mono]
) -> NDArray[np.float64] | None:
    """A filter that makes white noise sound like the take's quiet moments; None where it has none."""
    frames = -(-_WINDOW // FRAME)
    # Neither speech nor a hole, nor right beside one.
    taken = np.convolve(taken.astype(np.float64), np.ones(7), "same")[: len(taken)] > 0
    free = np.convolve(~taken, np.ones(frames), "valid") >= frames - 0.5 if len(taken) >= frames else np.zeros(0)
    starts = np.flatnonzero(free)
    if not len(starts):
        return None
    sums = np.concatenate([[0], np.cumsum(power)])
    loudness = sums[starts + frames] - sums[starts]
    quietest = starts[np.argsort(loudness, kind="stable")[: max(1, len(starts) // 2)]]
    chosen = np.sort(quietest)[:: max(1, len(quietest) // _MOST_WINDOWS)]
    window = np.hanning(_WINDOW)
    spectrum = np.zeros(_WINDOW // 2 + 1)
    for start in chosen:
        samples = read(int(start) * FRAME, int(start) * FRAME + _WINDOW)
        spectrum += np.abs(np.fft.rfft(samples * window)) ** 2
    spectrum /= len(chosen) * np.square(window).sum()
    if not spectrum.any():
        return None
    taps = np.roll(np.fft.irfft(np.sqrt(spectrum)), _WINDOW // 2)[1:] * np.hanning(_TAPS + 2)[1:-1]
    # The window widens the filter's bands, and takes from their sum.
    return np.asarray(taps * np.sqrt(spectrum.mean() / max(np.square(taps).sum(), 1e-30)))
