"""What Vision returns, as products: masks, flow and faces in the conventions of `engine.perception`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.apple.pixel_map import PixelMap
from engine.perception.products import BACKGROUND, FOREGROUND, UNKNOWN, OpticalFlow, PersonFace, PersonMask, Point
from engine.perception.resampling import resized, sampled

# Alpha below and above which a pixel is certainly background or person.
_CERTAIN = (0.05, 0.95)
# Without a person, Vision's mask has faint values only.
_LEAST_PERSON = 0.5
# Flow is valid if forward and backward differ by less than this share of the motion and as many pixels.
_CONSISTENT_SHARE, _CONSISTENT_PIXELS = 0.05, 0.5
# A test picture moves by this much; the flow may differ from it by that share.
_TEST_MOTION, _TEST_TOLERANCE = (6, 4), 0.35


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """A VNFaceObservation: its box and the points of its regions, by region (`leftEye`, `outerLips`, …).

    `box` is (x, y, width, height) as shares of the picture, from its lower left corner. Points are shares of the box,
    from the box's lower left corner.
    """

    box: tuple[float, float, float, float]
    confidence: float
    regions: Mapping[str, tuple[Point, ...]]


@dataclass(frozen=True, slots=True)
class FlowSigns:
    """By what the values of a flow picture are multiplied to point right and down, from a frame to the next one."""

    x: int
    y: int


def person_mask(found: PixelMap, height: int, width: int) -> PersonMask:
    """The mask of a frame of that size, from Vision's mask of any size, 8 bits or float."""
    codes = found.array()
    whole = np.float32(255 if codes.dtype == np.uint8 else 1)
    alpha = np.clip(resized(codes.astype(np.float32) / whole, height, width), 0, 1)
    if float(alpha.max(initial=0)) < _LEAST_PERSON:
        alpha = np.zeros_like(alpha)
    low, high = _CERTAIN
    trimap = np.where(alpha >= high, FOREGROUND, np.where(alpha <= low, BACKGROUND, UNKNOWN)).astype(np.uint8)
    return PersonMask(alpha, trimap)


def no_person(height: int, width: int) -> PersonMask:
    """The mask of a frame without people."""
    return PersonMask(np.zeros((height, width), np.float32), np.full((height, width), BACKGROUND, np.uint8))


def optical_flow(forward: PixelMap, backward: PixelMap, signs: FlowSigns, height: int, width: int) -> OpticalFlow:
    """The flow of a frame of that size, from two flow pictures in pixels of their own size."""
    there, back = (_shares(one, signs, height, width) for one in (forward, backward))
    return OpticalFlow(there, back, _validity(there, back))


def calibration_pair(height: int = 180, width: int = 240) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Two pictures, the second with the content of the first moved by 6 pixels to the right and 4 down."""
    x, y = _TEST_MOTION
    noise = np.random.default_rng(7).uniform(0, 255, (height // 6 + 4, width // 6 + 4, 1)).astype(np.float32)
    texture = resized(noise, height + 2 * y, width + 2 * x)[..., 0].astype(np.uint8)
    first, second = texture[y : y + height, x : x + width], texture[:height, :width]
    return np.repeat(first[..., None], 3, axis=2), np.repeat(second[..., None], 3, axis=2)


def signs_in(found: PixelMap) -> FlowSigns:
    """The signs of a flow picture of the test pair. Raises EngineError if it is not the motion of the pair."""
    values = found.array().astype(np.float32)
    height, width = values.shape[:2]
    inner = values[height // 4 : -height // 4, width // 4 : -width // 4]
    motion = np.median(inner.reshape(-1, 2), axis=0)
    for measured, expected in zip(np.abs(motion), _TEST_MOTION, strict=True):
        if not abs(measured - expected) <= _TEST_TOLERANCE * expected:
            raise EngineError(
                f"Vision's optical flow of a test picture is {motion[0]:.1f}, {motion[1]:.1f} pixels"
                f" instead of {_TEST_MOTION[0]}, {_TEST_MOTION[1]}.",
                "Use Cleanwater's own flow, which is the default.",
            )
    return FlowSigns(int(np.sign(motion[0])), int(np.sign(motion[1])))


def faces_of(records: Sequence[FaceRecord]) -> list[tuple[PersonFace, dict[str, tuple[Point, ...]]]]:
    """The faces without landmarks and their regions, the most certain first, from the top left corner of the frame."""
    found = []
    for record in sorted(records, key=lambda one: -one.confidence):
        x, y, width, height = record.box
        face = PersonFace((x, 1 - y - height, width, height), min(1.0, max(0.0, record.confidence)))
        regions = {
            name: tuple((x + across * width, 1 - (y + up * height)) for across, up in points)
            for name, points in record.regions.items()
        }
        found.append((face, regions))
    return found


def _shares(found: PixelMap, signs: FlowSigns, height: int, width: int) -> NDArray[np.float32]:
    values = found.array().astype(np.float32)
    # Both components are shares of the height, so that a pixel of the flow picture is the same length in both.
    values *= np.array([signs.x, signs.y], np.float32) / np.float32(values.shape[0])
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return resized(values, height, width)


def _validity(forward: NDArray[np.float32], backward: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = forward.shape[:2]
    rows, columns = np.indices((height, width), dtype=np.float32)
    x, y = columns + forward[..., 0] * height, rows + forward[..., 1] * height
    difference = np.linalg.norm((forward + sampled(backward, x, y)) * height, axis=-1)
    motion = np.linalg.norm(forward * height, axis=-1)
    allowed = _CONSISTENT_PIXELS + _CONSISTENT_SHARE * motion
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return np.where(inside, np.clip(2 - difference / allowed, 0, 1), 0).astype(np.float32)
