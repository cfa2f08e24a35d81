"""Stand-ins for Vision and Core ML that answer in their layouts: what is bright is a person, and has a face."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.perception.apple.core_ml_framework import FeatureShape, MultiArray
from engine.perception.apple.pixel_map import PixelMap
from engine.perception.apple.products_of import FaceRecord
from engine.resources import resource_root
from fixtures import apple_results
from tests.perception.apple.vision import pixel_map
from tests.perception.frames import resized

_GREY, _WHITE = 96.0, 255.0
_Pixels = NDArray[np.uint8]


def bright_person(width: int = 160, height: int = 120) -> _Pixels:
    """A white ellipse with a soft edge on grey, left of the middle."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    share = np.clip((1.1 - np.hypot((x - 0.4) / 0.2, (y - 0.5) / 0.35)) * 6, 0, 1)
    return np.repeat((_GREY + (_WHITE - _GREY) * share).astype(np.uint8)[..., None], 3, axis=2)


def _brightness(pixels: _Pixels) -> NDArray[np.float64]:
    return np.clip((pixels.mean(axis=2) - _GREY) / (_WHITE - _GREY), 0, 1)


class BrightVision:
    """Vision; its flow points left and up where the product's points right and down."""

    def version(self) -> str:
        return "stand-in"

    def person_segmentation(self, pixels: _Pixels, quality: str) -> PixelMap:
        small = resized((_brightness(pixels) * 255).astype(np.uint8), 250, 190)
        return pixel_map(apple_results.buffer(small, "L008"))

    def face_landmarks(self, pixels: _Pixels) -> Sequence[FaceRecord]:
        found = _brightness(pixels)
        if found.max() < 0.5 or found.min() > 0.5:
            return ()
        height, width = found.shape
        rows, columns = np.nonzero(found > 0.5)
        top, left = rows.min() / height, columns.min() / width
        size = np.array([(columns.max() + 1) / width - left, (rows.max() + 1) / height - top])
        mesh = np.array(json.loads((resource_root("presets") / "perception" / "face_mesh.json").read_text()))
        mesh = (mesh - mesh.min(axis=0)) / np.ptp(mesh, axis=0) * size + [left, top]
        return [FaceRecord(*apple_results.observation(mesh))]

    def optical_flow(self, pixels: _Pixels, following: _Pixels, accuracy: str) -> PixelMap:
        one, other = (np.fft.rfft2(part.mean(axis=2) - part.mean()) for part in (pixels, following))
        height, width = pixels.shape[:2]
        match = np.fft.irfft2(one.conj() * other, (height, width))
        y, x = np.unravel_index(int(match.argmax()), match.shape)
        dx, dy = (int(place - size if place > size // 2 else place) for place, size in ((x, width), (y, height)))
        return pixel_map(apple_results.motion(-dx, -dy, height, width))


class BrightDepth:
    """A Core ML depth model with an image of 96×64: what is bright is near."""

    runtime = "stand-in"
    features = FeatureShape("image", "image", (64, 96)), (FeatureShape("depth", "array", (1, 64, 96)),)

    def predict(self, value: NDArray[np.uint8], output: str) -> MultiArray:
        rows = np.zeros((64, 112), np.float16)
        rows[:, :96] = value.mean(axis=2)
        return MultiArray((1, 64, 96), (64 * 112, 112, 1), 65552, rows.tobytes())
