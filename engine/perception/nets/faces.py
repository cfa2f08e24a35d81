"""Faces from two nets: a detector for boxes, and a net for landmarks."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.models.nets import LocatedNet
from engine.perception.nets.face_boxes import Detections, decode, merge_overlapping
from engine.perception.nets.face_crop import crop_of
from engine.perception.nets.fitting import fit_frame
from engine.perception.nets.net_provider import NetProvider
from engine.perception.nets.pool import NetPool
from engine.perception.products import PersonFace, Point
from engine.perception.provider import AnalysisFrame

_LEAST_SCORE = 0.5
# From this score on, a face without landmarks is a turned or hidden one; below, it is a pattern.
_CERTAIN_SCORE = 0.75
_OVERLAP = 0.3
_MOST_FACES = 16
# Frames that are longer than this are also searched in squares, where faces are larger for the net.
_LONG = 1.2
# The squares' distance by their side.
_STEP = 0.5


class NetFaceProvider(NetProvider):
    """Faces from a detector, with the landmarks of a second net."""

    product: Literal["face"] = "face"

    def __init__(self, detector: LocatedNet, landmarks: LocatedNet, pool: NetPool | None = None) -> None:
        super().__init__(detector, landmarks, pool=pool)

    def own_parameters(self) -> dict[str, str | int | float | bool]:
        """The thresholds of the detector."""
        return {
            "least_score": _LEAST_SCORE,
            "certain_score": _CERTAIN_SCORE,
            "overlap": _OVERLAP,
            "most_faces": _MOST_FACES,
        }

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        """The faces of a frame, the most certain first, at most 16. A face without landmarks is turned away or hidden.

        The detector sees the whole frame, and overlapping squares of a long one.
        """
        pixels = frame.pixels
        height, width = pixels.shape[:2]
        found = self._detect(pixels, (0, 0, width, height))
        for square in _squares(width, height):
            # The next square has the whole of a face that this one cuts.
            found = found.joined(self._detect(pixels, square).inside(square, width, height))
        merged = merge_overlapping(found, _OVERLAP)
        faces = []
        for box, points, score in zip(merged.boxes, merged.points, merged.scores, strict=True):
            left, top, right, bottom = box
            share = left / width, top / height, (right - left) / width, (bottom - top) / height
            x, y, wide, high = map(float, share)
            landmarks = self._landmarks(pixels, box, points)
            if landmarks or score >= _CERTAIN_SCORE:
                faces.append(PersonFace((x, y, wide, high), float(score), landmarks))
            if len(faces) == _MOST_FACES:
                break
        return tuple(faces)

    def _detect(self, pixels: NDArray[np.uint8], place: tuple[int, int, int, int]) -> Detections:
        left, top, width, height = place
        net = self.leases[0].net()
        part = np.ascontiguousarray(pixels[top : top + height, left : left + width])
        picture, fitting = fit_frame(part, net.contract.input)
        return decode(net.run(picture), net.contract, fitting, place, _LEAST_SCORE)

    def _landmarks(
        self, pixels: NDArray[np.uint8], box: NDArray[np.float64], points: NDArray[np.float64]
    ) -> tuple[Point, ...]:
        net, crop = self.leases[1].net(), crop_of(box, points)
        outputs = net.run(crop.pixels(pixels, net.size))
        # A logit above 0 is a probability above one half.
        if float(outputs["presence_logit"].reshape(-1)[0]) < 0:
            return ()
        flat = outputs["landmarks"].reshape(-1, 3)[:, :2]
        height, width = pixels.shape[:2]
        return tuple((float(x) / width, float(y) / height) for x, y in crop.in_frame(flat, net.size))


def _squares(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The overlapping squares of a long frame, from one end to the other."""
    side, length = min(width, height), max(width, height)
    if length <= _LONG * side:
        return []
    count = max(2, round((length - side) / (_STEP * side)) + 1)
    places = [round(index * (length - side) / (count - 1)) for index in range(count)]
    return [(place, 0, side, side) if width > height else (0, place, side, side) for place in places]
