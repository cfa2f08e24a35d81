"""Analyses a recording in overlapping windows: the activity of local speakers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.speech.diarize.pyannet import STEP, WINDOW, Segmentation

# Windows start this many frames apart (2.5 s): every moment is in four windows, at four positions.
HOP = 148
_AT_ONCE = 8

Activity = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WindowedSpeech:
    """The activity of local speakers in all windows of a recording.

    `activity` is (windows, frames, 3): the probability, 0 to 1, that each local speaker of the window speaks. The
    speakers of two windows have no common order. `length` is the recording's frames.
    """

    activity: Activity
    length: int

    def spans(self) -> Iterator[tuple[int, int, Activity]]:
        """For each window: its first frame, the frame after its last one, and its activity within the recording."""
        return self.spans_over(0, 0)

    def spans_over(self, first: int, last: int) -> Iterator[tuple[int, int, Activity]]:
        """The spans of the windows that contain the frames from `first` up to `last`; of all if both are 0."""
        frames = self.activity.shape[1]
        begin = max(0, -(-(last - frames) // HOP))
        end = min(len(self.activity), first // HOP + 1) if last else len(self.activity)
        for window in range(begin, end):
            start = window * HOP
            stop = min(start + frames, self.length)
            if stop > start:
                yield start, stop, self.activity[window, : stop - start]

    def mean(self, of: Callable[[Activity], Activity]) -> Activity:
        """The mean over the windows of a value per frame, (length,)."""
        total, windows = np.zeros(self.length, np.float32), np.zeros(self.length, np.float32)
        for start, stop, active in self.spans():
            total[start:stop] += of(active)
            windows[start:stop] += 1
        return np.asarray(total / np.maximum(windows, 1), np.float32)


def analyze_windows(
    samples: NDArray[np.float32],
    segmentation: Segmentation,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool] | None,
) -> WindowedSpeech:
    """Analyses 16 kHz mono. `progress` gets the share done, 0 to 1. Raises Cancelled."""
    count = 1 + max(0, -(-(len(samples) - WINDOW) // (HOP * STEP)))
    found = []
    for first, windows in _windows(samples, count):
        if cancelled and cancelled():
            raise Cancelled("Diarization was cancelled.", "Run it again.")
        found.append(segmentation.activity(windows))
        progress((first + len(windows)) / count)
    # A frame whose middle is after the end of the recording is padding.
    return WindowedSpeech(np.concatenate(found), -(-len(samples) // STEP))


def _windows(samples: NDArray[np.float32], count: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for first in range(0, count, _AT_ONCE):
        batch = np.zeros((min(_AT_ONCE, count - first), WINDOW), np.float32)
        for row in range(len(batch)):
            piece = samples[(first + row) * HOP * STEP :][:WINDOW]
            batch[row, : len(piece)] = piece
        yield first, batch
