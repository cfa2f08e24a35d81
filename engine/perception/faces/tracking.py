"""Joins the faces of frames into tracks: one for each person who is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from engine.perception.faces.head import Box
from engine.perception.products import PersonFace

# Seconds for which a face may be away and come back at the same place.
_GAP = Fraction(4)
# Seconds that a track needs, so that a pattern that looks like a face for a moment is none.
_SHORTEST = Fraction(1, 3)
# The largest distance from the expected place, in widths of the face, and the largest change of size.
_REACH, _GROWTH = 1.2, 1.7
# Seconds over which a face is expected to keep its speed.
_COASTS = 0.3


@dataclass(slots=True)
class TrackedFaces:
    """The faces of one person: for each of them the number and the time of its frame. `id` counts from 1."""

    id: int
    numbers: list[int] = field(default_factory=list)
    times: list[Fraction] = field(default_factory=list)
    faces: list[PersonFace] = field(default_factory=list)

    def add(self, number: int, time: Fraction, face: PersonFace) -> None:
        """Appends the face of a frame."""
        self.numbers.append(number)
        self.times.append(time)
        self.faces.append(face)

    def expected(self, time: Fraction) -> Box:
        """Where the face should be at a time after its last one."""
        left, top, width, height = self.faces[-1].box
        if len(self.faces) > 1 and (span := float(self.times[-1] - self.times[-2])) > 0:
            (x, y), (u, v) = self.faces[-1].centre, self.faces[-2].centre
            ahead = min(float(time - self.times[-1]), _COASTS) / span
            # A detector's noise of a frame is no speed.
            ahead = min(ahead, 1.0)
            return left + (x - u) * ahead, top + (y - v) * ahead, width, height
        return left, top, width, height


class FaceTracker:
    """Assigns the faces of each frame to the tracks in sight, so that the sum of the distances is the smallest.

    `aspect` is the width of the frames by their height.
    """

    def __init__(self, aspect: float) -> None:
        self._aspect = aspect
        self._tracks: list[TrackedFaces] = []

    def add(self, number: int, time: Fraction, faces: Sequence[PersonFace]) -> list[TrackedFaces]:
        """Adds the faces of a frame after those before it. Returns the track of each."""
        open_tracks = [one for one in self._tracks if time - one.times[-1] <= _GAP]
        pairs = self._assigned(open_tracks, time, faces)
        found = []
        for index, face in enumerate(faces):
            track = pairs.get(index)
            if track is None:
                track = TrackedFaces(len(self._tracks) + 1)
                self._tracks.append(track)
            track.add(number, time, face)
            found.append(track)
        return found

    def tracks(self) -> list[TrackedFaces]:
        """The tracks that are long enough, in the order of their first frames."""
        return [one for one in self._tracks if one.times[-1] - one.times[0] >= _SHORTEST]

    def _assigned(
        self, tracks: Sequence[TrackedFaces], time: Fraction, faces: Sequence[PersonFace]
    ) -> dict[int, TrackedFaces]:
        if not (tracks and faces):
            return {}
        from scipy.optimize import linear_sum_assignment

        too_far = 1e3
        costs = np.full((len(faces), len(tracks)), too_far)
        for column, track in enumerate(tracks):
            expected = track.expected(time)
            for row, face in enumerate(faces):
                distance = self._distance(expected, face.box)
                if distance is not None:
                    # Of two tracks at one place, the one that was seen last continues.
                    costs[row, column] = distance + 0.1 * float(time - track.times[-1])
        rows, columns = linear_sum_assignment(costs)
        return {
            int(row): tracks[column] for row, column in zip(rows, columns, strict=True) if costs[row, column] < too_far
        }

    def _distance(self, one: Box, two: Box) -> float | None:
        """The distance of two boxes in widths of the face; None if they cannot be one face."""
        grown = two[2] / one[2] if one[2] > 0 and two[2] > 0 else 0.0
        if not 1 / _GROWTH < grown < _GROWTH:
            return None
        across = (one[0] + one[2] / 2 - two[0] - two[2] / 2) * self._aspect
        down = one[1] + one[3] / 2 - two[1] - two[3] / 2
        distance = float(np.hypot(across, down)) / (one[2] * self._aspect)
        return distance if distance < _REACH else None
