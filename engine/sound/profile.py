"""The profile of a programme's sound over time, by which a finished file is compared with what it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import write_atomic
from engine.errors import EngineError
from engine.sound.track import Block

ENVELOPE_RATE = 1000
"""Values of an envelope per second."""
HOP_RATE = 100
"""Hops per second."""
_PER_HOP = ENVELOPE_RATE // HOP_RATE


@dataclass(frozen=True, slots=True, eq=False)
class SoundProfile:
    """The powers of a programme; sample values of ±1 are full scale.

    `powers` float32 (hops, channels) is the mean square of each channel in each 10 ms; `cross` float32 (hops,) the
    mean product of the first two channels, 0 with another number of channels; `envelope` float16 (milliseconds,) the
    RMS of all channels in each millisecond.
    """

    powers: NDArray[np.float32]
    cross: NDArray[np.float32]
    envelope: NDArray[np.float16]

    @property
    def channels(self) -> int:
        """The number of channels."""
        return int(self.powers.shape[1])

    @property
    def stereo(self) -> SoundProfile:
        """The profile as played from two loudspeakers: a mono one has the same sound in both channels."""
        if self.channels != 1:
            return self
        return SoundProfile(np.repeat(self.powers, 2, axis=1), self.powers[:, 0], self.envelope)


class ProfileRecorder:
    """Records a profile from (samples, channels) blocks at `rate`, in order."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._position = 0
        self._rest = np.zeros((0, 0), np.float32)
        self._powers: list[NDArray[np.float32]] = []
        self._cross: list[NDArray[np.float32]] = []

    def watch(self, blocks: Iterable[Block]) -> Iterator[Block]:
        """The blocks, unchanged, while they are recorded."""
        for block in blocks:
            self.push(block)
            yield block

    def push(self, block: Block) -> None:
        """Adds the next block."""
        if not len(block):
            return
        held = np.concatenate([self._rest, block]) if len(self._rest) else block
        begin = self._position - len(self._rest)
        self._position += len(block)
        first, last = (place * ENVELOPE_RATE // self._rate for place in (begin, self._position))
        # A millisecond starts at the sample at or after its time: 44 or 45 samples at 44.1 kHz.
        edges = -(-np.arange(first, last + 1) * self._rate // ENVELOPE_RATE) - begin
        if last > first:
            counts = np.diff(edges)[:, None]
            whole = held[: edges[-1]]
            self._powers.append((np.add.reduceat(np.square(whole), edges[:-1], axis=0) / counts).astype(np.float32))
            if held.shape[1] == 2:
                products = whole[:, 0] * whole[:, 1]
                self._cross.append((np.add.reduceat(products, edges[:-1]) / counts[:, 0]).astype(np.float32))
        self._rest = held[edges[-1] :].copy()

    def profile(self) -> SoundProfile:
        """The profile of all blocks; what follows the last whole 10 ms is left out."""
        powers = np.concatenate(self._powers) if self._powers else np.zeros((0, 2), np.float32)
        cross = np.concatenate(self._cross) if self._cross else np.zeros(len(powers), np.float32)
        hops = len(powers) // _PER_HOP
        grouped = powers[: hops * _PER_HOP].reshape(hops, _PER_HOP, powers.shape[1])
        return SoundProfile(
            powers=grouped.mean(1),
            cross=cross[: hops * _PER_HOP].reshape(hops, _PER_HOP).mean(1),
            envelope=np.sqrt(powers.mean(1)).astype(np.float16),
        )


def profile_of(blocks: Iterable[Block], rate: int) -> SoundProfile:
    """The profile of streamed blocks."""
    recorder = ProfileRecorder(rate)
    for block in blocks:
        recorder.push(block)
    return recorder.profile()


def write_profiles(path: Path, source: SoundProfile, result: SoundProfile) -> None:
    """Stores the profiles of a mastering's input and of its finished file."""
    arrays = {
        f"{name}_{field}": getattr(profile, field)
        for name, profile in (("source", source), ("result", result))
        for field in ("powers", "cross", "envelope")
    }
    content = BytesIO()
    np.savez(content, **arrays)
    write_atomic(path, content.getvalue())


def read_profiles(path: Path) -> tuple[SoundProfile, SoundProfile] | None:
    """The profiles that `write_profiles` stored, None if there is no such file. Raises EngineError if it is damaged."""
    if not path.is_file():
        return None
    try:
        with np.load(path) as arrays:
            found = [
                SoundProfile(*(arrays[f"{name}_{field}"] for field in ("powers", "cross", "envelope")))
                for name in ("source", "result")
            ]
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(f"{path.name} cannot be read.", "Delete it and deliver again.") from error
    return found[0], found[1]


def profiles_path(sound: Path) -> Path:
    """The file with the profiles of a mastered sound file."""
    return sound.with_name(f"{sound.name}.profiles")
