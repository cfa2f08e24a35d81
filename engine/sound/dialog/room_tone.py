"""Fills digital silence with room tone synthesised from the take's quiet moments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME
from engine.sound.dialog.band_gain import per_sample
from engine.sound.dialog.filters import LinearPhase, Mono
from engine.sound.dialog.preset import RoomTone
from engine.sound.dialog.stage import StageOutcome

_WINDOW = 2048
_MOST_WINDOWS = 400
_TAPS = 2047
_FADE_FRAMES = 3
_SEED = 20_251_114


class RoomToneStage:
    """Adds noise with the room's spectrum and level in gaps of the take."""

    def __init__(self, holes: NDArray[np.bool_], taps: NDArray[np.float64]) -> None:
        window = np.hanning(2 * _FADE_FRAMES + 3)[1:-1]
        faded = np.convolve(holes.astype(np.float64), window / window.sum(), "same")[: len(holes)]
        self._shares = np.where(holes, 1.0, np.minimum(2 * faded, 1.0))
        self._room = LinearPhase(taps)
        self._noise = np.random.Generator(np.random.Philox(_SEED))
        # Warm up the filter, so that the tone is present from the first sample.
        self._ready = self._room.process(self._noise.standard_normal(2 * _TAPS, np.float32))
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        tone = self._tone(len(block))
        shares = per_sample(self._shares, self._at, len(block))
        self._at += len(block)
        return np.asarray(block + tone * shares, np.float32)

    def finish(self) -> Mono:
        """Empty: the stage has no delay."""
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
    """The stage, None if it is skipped, and its outcome.

    `power` is that of each 10 ms input frame; `held` marks the frames in which the recording is constant; `read`
    returns the samples from a start to a stop.
    """
    holes = holes_of(held, table.shortest_ms)
    seconds = float(holes.sum()) / 100
    measured = {"holes_s": round(seconds, 2)}
    if not holes.any():
        return None, StageOutcome("room-tone", "skipped", "no digital silence", measured)
    if not speaking.any():
        # Without a voice, what is heard is not known to be a room: a click would become a roar.
        return None, StageOutcome("room-tone", "skipped", "no speech, so that silence stays", measured)
    taps = _room(power, speaking | held, read)
    if taps is None:
        return None, StageOutcome("room-tone", "skipped", "no quiet moment to derive room tone from", measured)
    measured["room_db"] = round(float(10 * np.log10(max(np.square(taps).sum(), 1e-20))), 1)
    return RoomToneStage(holes, taps), StageOutcome(
        "room-tone", "applied", f"{seconds:.2f} s of digital silence filled", measured
    )


def holes_of(held: NDArray[np.bool_], shortest_ms: float) -> NDArray[np.bool_]:
    """The frames in runs of `held` frames that last at least `shortest_ms`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], held, [False]]).astype(np.int8)))
    found = np.zeros(len(held), np.bool_)
    for start, stop in edges.reshape(-1, 2):
        if (stop - start) * 10 >= shortest_ms:
            found[start:stop] = True
    return found


def _room(
    power: NDArray[np.float64], taken: NDArray[np.bool_], read: Callable[[int, int], Mono]
) -> NDArray[np.float64] | None:
    """FIR taps that shape white noise like the take's quiet moments; None if there are none."""
    frames = -(-_WINDOW // FRAME)
    # Exclude speech and gaps with a margin of 30 ms.
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
    # The window changes the filter's energy; restore it.
    return np.asarray(taps * np.sqrt(spectrum.mean() / max(np.square(taps).sum(), 1e-30)))
