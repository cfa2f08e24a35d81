"""The provider of optical flow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.perception.flow.field import FlowField, Pyramid
from engine.perception.flow.quality import PATCH, SETTINGS, FlowQuality
from engine.perception.products import OpticalFlow
from engine.perception.provider import AnalysisFrame, FlowProvider, ProviderIdentity
from engine.render import adapter_description, library_version, open_device

_VERSION = 1


def open_flow_provider(quality: FlowQuality = "medium") -> FlowProvider:
    """A provider of optical flow on the GPU. Raises EngineError if there is no GPU."""
    return InverseSearchFlow(quality)


class InverseSearchFlow:
    """Dense inverse search on the GPU. Equal frames give equal bytes on one device.

    It keeps the pyramid of the last frame, so that a sequence makes each once.
    """

    def __init__(self, quality: FlowQuality) -> None:
        self._quality: FlowQuality = quality
        self._device = open_device()
        self._fields: dict[tuple[int, int], FlowField] = {}
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
        """Compiles the passes, which do not depend on the size of frames."""
        self._field((64, 64))

    def close(self) -> None:
        """Releases the kept pyramid and the plans."""
        self._forget()
        self._fields.clear()

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        """The flow between two frames. Raises RequestError if they differ in size or are smaller than a patch."""
        _require_frames(frame, following)
        height, width = frame.pixels.shape[:2]
        field = self._field((width, height))
        if self._kept is not None and np.array_equal(self._kept[0], frame.pixels):
            first = self._kept[1]
        else:
            self._forget()
            first = field.pyramid(frame.pixels)
        second = field.pyramid(following.pixels)
        forward, backward, validity = field.between(first, second)
        for lease in first.values():
            lease.release()
        self._kept = (following.pixels.copy(), second)
        return OpticalFlow(forward, backward, validity)

    def _field(self, size: tuple[int, int]) -> FlowField:
        if size not in self._fields:
            self._fields[size] = FlowField(self._device, size, SETTINGS[self._quality])
        return self._fields[size]

    def _forget(self) -> None:
        if self._kept is not None:
            for lease in self._kept[1].values():
                lease.release()
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
