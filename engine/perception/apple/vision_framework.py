"""What the providers need of Vision. `vision.py` is it on a Mac; tests replay recorded results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.perception.apple.pixel_map import PixelMap
from engine.perception.apple.products_of import FaceRecord

MaskQuality = Literal["fast", "balanced", "accurate"]
FlowAccuracy = Literal["low", "medium", "high"]
_Pixels = NDArray[np.uint8]


class VisionFramework(Protocol):
    """The requests, each on upright RGB pictures (height, width, 3), uint8. They raise EngineError if Vision fails."""

    def version(self) -> str:
        """The versions of macOS and of Vision's requests."""

    def person_segmentation(self, pixels: _Pixels, quality: MaskQuality) -> PixelMap | None:
        """The mask of VNGeneratePersonSegmentationRequest, 8 bits; None without a result."""

    def face_landmarks(self, pixels: _Pixels) -> Sequence[FaceRecord]:
        """The observations of VNDetectFaceLandmarksRequest, which finds rectangles first."""

    def optical_flow(self, pixels: _Pixels, following: _Pixels, accuracy: FlowAccuracy) -> PixelMap:
        """The flow of VNGenerateOpticalFlowRequest from a picture to a targeted one, two floats a pixel."""
