"""Depth from a Core ML model of the user's, by the contract that `engine.models` keeps beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.nets import NetContract
from engine.models.nets.tensors import input_tensor
from engine.perception.apple.core_ml_framework import CoreMlModel, FeatureShape
from engine.perception.apple.pixel_map import PixelMap
from engine.perception.nets.depth import depth_map
from engine.perception.nets.fitting import fit_frame, unfit
from engine.perception.products import DepthMap
from engine.perception.provider import AnalysisFrame, ProviderIdentity

_FIX = "Correct the contract, or convert the model again; then add it again with cwtui models add."


class CoreMlDepthProvider:
    """Depth from a model with an image or an array as input, and one dense output.

    A model with an image scales and normalises it itself: of the contract, the size and the fit count.
    """

    def __init__(self, model: CoreMlModel, contract: NetContract, name: str, digest: str) -> None:
        self._model, self._contract, self._name, self._digest = model, contract, name, digest
        self._checked = False

    @property
    def identity(self) -> ProviderIdentity:
        """What determines the results."""
        return ProviderIdentity("coreml", "depth_map", self._model.runtime, "macOS", self._name, self._digest)

    def warm_up(self) -> None:
        """Checks the model against its contract with a grey picture. Raises EngineError if it breaks it."""
        given, returned = self._model.features
        declared = self._contract.input
        wanted = (declared.height, declared.width) if given.kind == "image" else declared.shape
        if not _fits(given.shape, wanted):
            raise self._broken(f"takes {_text(given.shape)}, its contract says {_text(wanted)}")
        if declared.tensor not in ("", given.name):
            raise self._broken(f"has the input {given.name}, its contract says {declared.tensor}")
        if self._output(returned) is None:
            raise self._broken(f"has the outputs {', '.join(one.name for one in returned) or 'of no depth'}")
        self._checked = True
        self._run(np.full((declared.height, declared.width, 3), 128, np.uint8))

    def close(self) -> None:
        """macOS frees the model with its last reference, which this provider holds."""

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        """The depth of a frame, at the frame's size."""
        if not self._checked:
            self.warm_up()
        height, width = frame.pixels.shape[:2]
        picture, fitting = fit_frame(frame.pixels, self._contract.input)
        return depth_map(self._contract.outputs[0].meaning, unfit(self._run(picture), fitting, height, width))

    def _run(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        given, returned = self._model.features
        output = self._output(returned)
        assert output is not None  # warm_up has found it
        value: NDArray[Any] = picture if given.kind == "image" else input_tensor(picture, self._contract.input)
        found = self._model.predict(value, output)
        values = found.array().astype(np.float32) if isinstance(found, PixelMap) else found.array()
        dense = [length for length in values.shape if length != 1]
        if len(dense) != 2:
            raise self._broken(f"returns {_text(values.shape)}, which is no picture")
        if not np.isfinite(values).all():
            raise self._broken("returns values that are not finite")
        return values.reshape(dense)

    def _output(self, returned: tuple[FeatureShape, ...]) -> str | None:
        wanted = self._contract.outputs[0].tensor
        names = [one.name for one in returned]
        if wanted:
            return wanted if wanted in names else None
        return names[0] if len(names) == 1 else None

    def _broken(self, how: str) -> EngineError:
        return EngineError(f"The model {self._name} {how}.", _FIX)


def _fits(found: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a model's shape is the declared one; an axis of 0 has any length."""
    return len(found) == len(wanted) and all(a in (0, b) for a, b in zip(found, wanted, strict=True))


def _text(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))
