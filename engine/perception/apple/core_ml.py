"""Core ML through PyObjC, on macOS 14 or later: loads .mlpackage, .mlmodel and .mlmodelc, and runs them."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import CoreML
import numpy as np
import objc
from Foundation import NSURL
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.apple.core_ml_framework import CoreMlModel, FeatureShape, MultiArray
from engine.perception.apple.core_video import pixel_buffer, pixel_map
from engine.perception.apple.pixel_map import PixelMap

_IMAGE, _ARRAY = 4, 5
_FLOAT16, _FLOAT32 = 65552, 65568
_CONVERT_AGAIN = "Convert the model again, for macOS 14 or later."


def open_core_ml(path: Path) -> CoreMlModel:
    """The model in a file or package. Raises EngineError if macOS cannot load it, or if it has several inputs."""
    return _Model(path)


class _Model:
    """A model, which macOS compiles for this Mac and keeps compiled in a cache of its own."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        with objc.autorelease_pool():
            url = NSURL.fileURLWithPath_(str(path.absolute()))
            if path.suffix != ".mlmodelc":
                url, error = CoreML.MLModel.compileModelAtURL_error_(url, None)
                if url is None:
                    raise self._failed("cannot compile", error)
            self._model, error = CoreML.MLModel.modelWithContentsOfURL_error_(url, None)
            if self._model is None:
                raise self._failed("cannot load", error)
            description = self._model.modelDescription()
            inputs = _features(description.inputDescriptionsByName())
            self._outputs = _features(description.outputDescriptionsByName())
        if len(inputs) != 1:
            raise EngineError(f"{path.name} has {len(inputs)} inputs instead of 1.", _CONVERT_AGAIN)
        self._input = inputs[0]

    @property
    def runtime(self) -> str:
        return f"macOS {platform.mac_ver()[0]}, Core ML"

    @property
    def features(self) -> tuple[FeatureShape, tuple[FeatureShape, ...]]:
        return self._input, self._outputs

    def predict(self, value: NDArray[Any], output: str) -> PixelMap | MultiArray:
        with objc.autorelease_pool():
            if self._input.kind == "image":
                feature = CoreML.MLFeatureValue.featureValueWithPixelBuffer_(pixel_buffer(value))
            else:
                feature = CoreML.MLFeatureValue.featureValueWithMultiArray_(self._multi_array(value))
            provider, error = CoreML.MLDictionaryFeatureProvider.alloc().initWithDictionary_error_(
                {self._input.name: feature}, None
            )
            if provider is None:
                raise self._failed("refuses the input of", error)
            found, error = self._model.predictionFromFeatures_error_(provider, None)
            if found is None:
                raise self._failed("cannot run", error)
            result = found.featureValueForName_(output)
            if result is not None and (image := result.imageBufferValue()) is not None:
                return pixel_map(image)
            if result is not None and (array := result.multiArrayValue()) is not None:
                return _copied(array)
        raise EngineError(f"{self._name} returns no “{output}”.", _CONVERT_AGAIN)

    def _multi_array(self, value: NDArray[Any]) -> Any:
        kind = _FLOAT16 if value.dtype == np.float16 else _FLOAT32
        packed = np.ascontiguousarray(value, np.float16 if kind == _FLOAT16 else np.float32)
        array, error = CoreML.MLMultiArray.alloc().initWithShape_dataType_error_(list(packed.shape), kind, None)
        if array is None:
            raise self._failed("refuses the input of", error)
        data = packed.tobytes()
        # A new array of this kind has no gaps.
        array.dataPointer().as_buffer(len(data))[:] = data
        return array

    def _failed(self, what: str, error: Any) -> EngineError:
        reason = error.localizedDescription() if error is not None else "no reason was given"
        return EngineError(f"Core ML {what} {self._name}: {reason}.", _CONVERT_AGAIN)


def _features(descriptions: Any) -> tuple[FeatureShape, ...]:
    found = []
    for name in sorted(descriptions):
        feature = descriptions[name]
        if feature.type() == _IMAGE:
            image = feature.imageConstraint()
            found.append(FeatureShape(str(name), "image", (int(image.pixelsHigh()), int(image.pixelsWide()))))
        elif feature.type() == _ARRAY:
            shape = feature.multiArrayConstraint().shape()
            found.append(FeatureShape(str(name), "array", tuple(int(length) for length in shape)))
    return tuple(found)


def _copied(array: Any) -> MultiArray:
    shape, strides = (tuple(int(number) for number in numbers) for numbers in (array.shape(), array.strides()))
    kind = int(array.dataType())
    # The low byte of the type is the number of bits.
    size = (1 + sum((length - 1) * step for length, step in zip(shape, strides, strict=True))) * (kind & 0xFF) // 8
    return MultiArray(shape, strides, kind, bytes(array.dataPointer().as_buffer(size)))
