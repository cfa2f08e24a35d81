"""The levels of takes, for edges between words: read from their files in steps of five milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.timeline.cut import SAMPLE_RATE
from engine.timeline.edges import HOP
from engine.timeline.material import SoundColumns

if TYPE_CHECKING:
    from engine.sound import TakeLevels

_FULL_SCALE = 255
# Levels are read in stretches of so many whole seconds, as opening a file takes as long as reading some, and stay in
# memory.
_STRETCH = 4
_HOPS = SAMPLE_RATE // HOP
_FLOOR = 1e-6


class FileLevels:
    """The levels of files by the ids of their takes (`LevelsOf`): the RMS in dBFS around each place.

    A take without a file or a readable sound has none.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files
        self._seconds: dict[tuple[str, int], list[float]] = {}
        self._unreadable: set[str] = set()

    def __call__(self, take: str, first: int, last: int) -> Sequence[float]:
        """The levels from the sample `first` to `last`."""
        stretch = _STRETCH * SAMPLE_RATE
        begin, end = max(0, first) // stretch * _STRETCH, (max(0, last - 1) // stretch + 1) * _STRETCH
        missing = [second for second in range(begin, end) if (take, second) not in self._seconds]
        if missing and not self._read(take, missing[0], missing[-1] + 1):
            return ()
        levels = [level for second in range(begin, end) for level in self._seconds[take, second]]
        offset = first // HOP - begin * _HOPS
        return levels[offset : offset + -(-(last - first) // HOP)]

    def _read(self, take: str, begin: int, end: int) -> bool:
        import numpy as np

        from engine.sound import read_blocks

        path = self._files.get(take)
        if path is None or take in self._unreadable:
            return False
        try:
            blocks = list(read_blocks(path, layout="mono", start=Fraction(begin), end=Fraction(end)))
        except EngineError:
            self._unreadable.add(take)
            return False
        samples = np.concatenate([block[:, 0] for block in blocks]) if blocks else np.zeros(0, np.float32)
        count = (end - begin) * SAMPLE_RATE
        samples = np.pad(samples[:count].astype(np.float64), (HOP, max(0, count - len(samples)) + HOP))
        # The window of a place is twice as long as a step and lies around it: 5 ms before and after.
        energies = np.square(samples).reshape(-1, HOP).mean(axis=1)
        rms = np.sqrt((energies[:-2] + energies[1:-1]) / 2)
        levels = (20 * np.log10(rms + _FLOOR)).tolist()
        for n, second in enumerate(range(begin, end)):
            self._seconds[take, second] = levels[n * _HOPS : (n + 1) * _HOPS]
        return True


def sound_columns(levels: TakeLevels) -> SoundColumns:
    """The stored levels of a take. They are in 255 steps, so that -48 dBFS and less is silence."""
    import math

    decibels = [20 * math.log10(max(value, 0.5) / _FULL_SCALE) for value in range(_FULL_SCALE + 1)]
    return SoundColumns(
        int(levels.step * SAMPLE_RATE),
        [decibels[value] for value in levels.rms],
        [value >= _FULL_SCALE for value in levels.peaks],
    )


def column_levels(columns: Mapping[str, SoundColumns]) -> Callable[[str, int, int], Sequence[float]]:
    """`LevelsOf` by the columns of takes: coarse, but without reading their files."""

    def levels(take: str, first: int, last: int) -> Sequence[float]:
        found = columns.get(take)
        if found is None:
            return ()
        count = len(found.levels)
        return [found.levels[at // found.step] for at in range(first, last, HOP) if at // found.step < count]

    return levels
