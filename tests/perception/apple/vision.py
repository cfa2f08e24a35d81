"""Vision with recorded results: it returns what it was given, and keeps the pictures that it was asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.perception.apple.pixel_map import PixelMap
from engine.perception.apple.products_of import FaceRecord
from fixtures import apple_results

_Pixels = NDArray[np.uint8]


def pixel_map(buffer: apple_results.Buffer) -> PixelMap:
    """A recorded buffer as the frameworks' part copies it."""
    return PixelMap(buffer.width, buffer.height, buffer.bytes_per_row, buffer.format, buffer.data)


@dataclass
class RecordedVision:
    """The results of the requests; `flows` are returned one after the other."""

    mask: apple_results.Buffer | None = None
    faces: Sequence[FaceRecord] = ()
    flows: list[apple_results.Buffer] = field(default_factory=list)

    def version(self) -> str:
        return "recorded"

    def person_segmentation(self, pixels: _Pixels, quality: str) -> PixelMap | None:
        return pixel_map(self.mask) if self.mask else None

    def face_landmarks(self, pixels: _Pixels) -> Sequence[FaceRecord]:
        return self.faces

    def optical_flow(self, pixels: _Pixels, following: _Pixels, accuracy: str) -> PixelMap:
        return pixel_map(self.flows.pop(0))
