"""The provider of optical flow."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.perception.flow.field import FlowField, Pyramid
from engine.perception.flow.quality import FLOW_QUALITY, PATCH, SETTINGS, FlowQuality
from engine.perception.products import OpticalFlow
from engine.perception.provider import AnalysisFrame, FlowProvider, ProviderIdentity
from engine.render import adapter_description, library_version, open_device

# Raise it whenever equal frames would give another flow.
_VERSION = 1


def open_flow_provider(quality: FlowQuality = FLOW_QUALITY) -> FlowProvider:
    """A provider of optical flow on the GPU.

    "fast" searches at half the size of the frames, "medium" at their size, and "fine" also refines the flow. Raises
    EngineError if there is no GPU.
    """
    return InverseSearchFlow(quality)


class InverseSearchFlow:
    """Dense inverse search on the GPU. Equal frames give equal bytes on one device.

    It keeps the pyramid of the last frame, so that a sequence makes each once.
    """

    def __init__(self, quality: FlowQuality) -> None:
        self._quality: FlowQuality = quality
        self._device = open_device()
        self._field: FlowField | None = None
        self._kept: tuple[NDArray[np.uint8], Pyramid] | None = None

    @property
    def identity(self) -> ProviderIdentity:
        """The algorithm and the device."""
        return ProviderIdentity(
            name="inverse search",
            product="optical_flow",
            runtime=f"wgpu {library_version()}",
            device=adapter_description(),
            parameters={"version": _VERSION, "quality": self._quality},
        )

    def warm_up(self) -> None:
        """Compiles the passes, if there was no frame yet."""
        if self._field is not None:
            return
        dark, light = (
            AnalysisFrame(number, Fraction(number), np.full((64, 64, 3), number, np.uint8)) for number in (0, 1)
        )
        self.flow(dark, light)

    def close(self) -> None:
        """Releases the kept pyramid and the plans."""
        self._forget()
        self._field = None

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        """The flow between two frames. Raises RequestError if they differ in size or are smaller than a patch."""
        _require_frames(frame, following)
        height, width = frame.pixels.shape[:2]
        if np.array_equal(frame.pixels, following.pixels):
            # A take with a variable frame rate shows some frames twice.
            motion = np.zeros((height, width, 2), np.float32)
            return OpticalFlow(motion, motion.copy(), np.ones((height, width), np.float32))
        if self._field is None or self._field.size != (width, height):
            self._forget()
            self._field = FlowField(self._device, (width, height), SETTINGS[self._quality])
        first = self._take(frame.pixels) or self._field.pyramid(frame.pixels)
        second = self._field.pyramid(following.pixels)
        # A copy, because a decoder may write its next frame to the same memory.
        self._kept = following.pixels.copy(), second
        forward, backward, validity = self._field.between(first, second)
        for level in first:
            level.release()
        return OpticalFlow(forward, backward, validity)

    def _take(self, pixels: NDArray[np.uint8]) -> Pyramid | None:
        """The kept pyramid, if it is that of this frame; it is not kept any longer."""
        if self._kept is not None and np.array_equal(self._kept[0], pixels):
            pyramid = self._kept[1]
            self._kept = None
            return pyramid
        self._forget()
        return None

    def _forget(self) -> None:
        if self._kept is not None:
            for level in self._kept[1]:
                level.release()
            self._kept = None


def _require_frames(frame: AnalysisFrame, following: AnalysisFrame) -> None:
    shape, other = frame.pixels.shape, following.pixels.shape
    if shape != other:
        raise RequestError(
            f"Optical flow needs two frames of one size; frame {frame.number} is {shape[1]} × {shape[0]}, "
            f"frame {following.number} is {other[1]} × {other[0]}.",
            "Analyse the whole take at one size.",
        )
    if min(shape[:2]) < PATCH:
        raise RequestError(
            f"Optical flow needs frames of at least {PATCH} × {PATCH} pixels; these are {shape[1]} × {shape[0]}.",
            "Analyse the take at a larger size.",
        )
