"""Vision through PyObjC, on macOS 14 or later.

Every request has an autorelease pool of its own: without it, the objects of each frame would stay until the job ends.
Pictures are pixel buffers, not encoded data, which PyObjC would keep.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np
import objc
import Vision
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.apple.core_video import pixel_buffer, pixel_map
from engine.perception.apple.pixel_map import PixelMap, format_code
from engine.perception.apple.products_of import FaceRecord
from engine.perception.apple.vision_framework import FlowAccuracy, MaskQuality, VisionFramework

_QUALITIES: dict[MaskQuality, int] = {"accurate": 0, "balanced": 1, "fast": 2}
_ACCURACIES: dict[FlowAccuracy, int] = {"low": 0, "medium": 1, "high": 2}
_REGIONS = (
    "faceContour", "leftEye", "rightEye", "leftEyebrow", "rightEyebrow", "nose", "noseCrest", "medianLine",
    "outerLips", "innerLips", "leftPupil", "rightPupil",
)  # fmt: skip


def open_vision() -> VisionFramework:
    """The framework of this Mac."""
    return _Framework()


class _Framework:
    """Requests without state: a request object is used once."""

    def version(self) -> str:
        return f"macOS {platform.mac_ver()[0]}, Vision {Vision.VNVisionVersionNumber:g}"

    def person_segmentation(self, pixels: NDArray[np.uint8], quality: MaskQuality) -> PixelMap | None:
        with objc.autorelease_pool():
            request = Vision.VNGeneratePersonSegmentationRequest.alloc().init()
            request.setQualityLevel_(_QUALITIES[quality])
            request.setOutputPixelFormat_(format_code("L008"))
            found = _perform(request, pixels)
            return pixel_map(found[0].pixelBuffer()) if found else None

    def face_landmarks(self, pixels: NDArray[np.uint8]) -> Sequence[FaceRecord]:
        with objc.autorelease_pool():
            request = Vision.VNDetectFaceLandmarksRequest.alloc().init()
            return [_face(observation) for observation in _perform(request, pixels)]

    def optical_flow(self, pixels: NDArray[np.uint8], following: NDArray[np.uint8], accuracy: FlowAccuracy) -> PixelMap:
        with objc.autorelease_pool():
            target = pixel_buffer(following)
            request = Vision.VNGenerateOpticalFlowRequest.alloc().initWithTargetedCVPixelBuffer_options_(target, {})
            request.setComputationAccuracy_(_ACCURACIES[accuracy])
            request.setOutputPixelFormat_(format_code("2C0f"))
            found = _perform(request, pixels)
            if not found:
                raise EngineError("Vision found no optical flow.", "Use Cleanwater's own flow, which is the default.")
            return pixel_map(found[0].pixelBuffer())


def _perform(request: Any, pixels: NDArray[np.uint8]) -> list[Any]:
    handler = Vision.VNImageRequestHandler.alloc().initWithCVPixelBuffer_options_(pixel_buffer(pixels), {})
    done, error = handler.performRequests_error_([request], None)
    if not done:
        reason = error.localizedDescription() if error is not None else "no reason was given"
        raise EngineError(f"Vision cannot analyse the picture: {reason}.", "Try it again.")
    return list(request.results() or ())


def _face(observation: Any) -> FaceRecord:
    box, marks = observation.boundingBox(), observation.landmarks()
    regions = {}
    for name in _REGIONS:
        region = getattr(marks, name)() if marks is not None else None
        if region is not None:
            points, count = region.normalizedPoints(), region.pointCount()
            regions[name] = tuple((float(points[n].x), float(points[n].y)) for n in range(count))
    return FaceRecord(
        (float(box.origin.x), float(box.origin.y), float(box.size.width), float(box.size.height)),
        float(observation.confidence()),
        regions,
    )
