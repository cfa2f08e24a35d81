"""Selects the sound track to play: the one that the file prefers, unless only another track is audible."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.catalog import Probe, Sound
from engine.sound.track import read_blocks
from engine.track_choice import preference

SILENT_DBTP = -60.0
"""A programme without gated loudness (BS.1770: below -70 LUFS) and without a peak above this is inaudible."""


def audible_track(
    path: Path,
    probe: Probe,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Sound | None:
    """The first track, in the file's order of preference, that is audible between `start` and `end` (seconds).

    If none is audible, the preferred track; None if no track decodes. Reading stops at the first audible sample.
    """
    tracks = list(preference(track for track in probe.sound if track.decodable))
    if len(tracks) > 1:
        for track in tracks:
            if is_audible(path, track.index, start=start, end=end, cancelled=cancelled):
                return track
    return next(iter(tracks), None)


def is_audible(
    path: Path,
    index: int | None = None,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> bool:
    """Whether any sample exceeds `SILENT_DBTP`; raises as `read_blocks`."""
    floor = 10 ** (SILENT_DBTP / 20)
    blocks = read_blocks(path, index, start=start, end=end, cancelled=cancelled)
    return any(len(block) and float(np.abs(block).max()) > floor for block in blocks)
