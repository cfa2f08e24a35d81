"""The protocol of providers: what a frame is for them, and what identifies their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from engine.perception.products import DepthMap, OpticalFlow, PersonFace, PersonMask, ProductKind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisFrame:
    """A frame of a take for analysis.

    `number` counts the take's ticks from 0; `time` is in seconds. `pixels` is (height, width, 3), uint8: the SDR view
    (Rec.709, display codes), upright.
    """

    number: int
    time: Fraction
    pixels: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ProviderIdentity:
    """What determines a provider's results: it is stored beside them.

    `name` is the provider's, such as "onnx" or "vision". `model` is the id of its model, and `digest` the SHA-256 of
    the model's file; both are empty for a provider without a model. `runtime` has the library's version, `device` the
    execution provider or GPU.
    """

    name: str
    product: ProductKind
    runtime: str
    device: str
    model: str = ""
    digest: str = ""
    parameters: Mapping[str, str | int | float | bool] = field(default_factory=dict)


class Provider(Protocol):
    """What every provider has. A provider is used by one thread at a time."""

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results."""

    def warm_up(self) -> None:
        """Loads and compiles what the first result needs. Raises EngineError if that fails."""

    def close(self) -> None:
        """Frees the memory of the model and of the device."""


@runtime_checkable
class Float32Fallback(Protocol):
    """What a provider that computes in half floats has besides."""

    def use_float32(self) -> None:
        """Computes all further results in float32, because one was not finite."""


class MaskProvider(Provider, Protocol):
    """Finds people."""

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        """The mask of a frame, at the frame's size. Without a person, alpha is 0 everywhere."""


class FlowProvider(Provider, Protocol):
    """Finds motion."""

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        """The flow between two frames of the same size, at that size."""


class DepthProvider(Provider, Protocol):
    """Finds depth."""

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        """The depth of a frame, at the frame's size."""


class FaceProvider(Provider, Protocol):
    """Finds faces."""

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        """The faces of a frame, the most certain first."""
