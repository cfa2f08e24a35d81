"""What the depth provider needs of Core ML. `core_ml.py` is it on a Mac; tests replay recorded results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.apple.pixel_map import PixelMap

# NumPy's names of MLMultiArrayDataType.
_SAMPLES: Mapping[int, str] = {65552: "<f2", 65568: "<f4", 65600: "<f8", 131104: "<i4"}


@dataclass(frozen=True, slots=True)
class FeatureShape:
    """An input or output of a model: the height and width of an image, or the shape of an array.

    An axis without a fixed length is 0.
    """

    name: str
    kind: Literal["image", "array"]
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MultiArray:
    """A copy of an MLMultiArray: `strides` count elements, and may leave gaps; `kind` is its MLMultiArrayDataType."""

    shape: tuple[int, ...]
    strides: tuple[int, ...]
    kind: int
    data: bytes

    def array(self) -> NDArray[np.float32]:
        """The values. Raises EngineError for a type that no depth has, and if the data is too short."""
        if self.kind not in _SAMPLES:
            raise EngineError(f"Core ML returned an array of type {self.kind}.", "Convert the model again.")
        sample = np.dtype(_SAMPLES[self.kind])
        values = np.frombuffer(self.data, sample, len(self.data) // sample.itemsize)
        last = sum((length - 1) * step for length, step in zip(self.shape, self.strides, strict=True))
        if last >= len(values):
            raise EngineError(f"Core ML returned {len(values)} values for {self.shape}.", "Convert the model again.")
        steps = tuple(step * sample.itemsize for step in self.strides)
        return np.lib.stride_tricks.as_strided(values, self.shape, steps, writeable=False).astype(np.float32)


class CoreMlModel(Protocol):
    """A loaded model with one input."""

    @property
    def runtime(self) -> str:
        """The version of macOS."""

    @property
    def features(self) -> tuple[FeatureShape, tuple[FeatureShape, ...]]:
        """The input, and the outputs."""

    def predict(self, value: NDArray[Any], output: str) -> PixelMap | MultiArray:
        """The output for a picture (height, width, 3), uint8, or for a tensor. Raises EngineError if Core ML fails."""
