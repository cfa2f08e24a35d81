"""A Core ML model is checked against its contract, and its recorded results become depth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.nets import NetContract, NetInput, NetOutput
from engine.perception import AnalysisFrame
from engine.perception.apple.core_ml_depth import CoreMlDepthProvider
from engine.perception.apple.core_ml_framework import FeatureShape, MultiArray
from engine.perception.apple.pixel_map import PixelMap
from fixtures import apple_results
from tests.perception.apple.vision import pixel_map

CONTRACT = NetContract(
    task="depth",
    input=NetInput(width=96, height=64, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)),
    outputs=(NetOutput(meaning="inverse_depth"),),
)
RAMP = np.tile(np.linspace(2, 9, 96, dtype=np.float32), (64, 1))


class RecordedModel:
    """A model that returns what was recorded, and keeps what it was given."""

    runtime = "recorded"

    def __init__(self, given: FeatureShape, found: PixelMap | MultiArray, outputs: Sequence[str] = ("depth",)) -> None:
        self.features = given, tuple(FeatureShape(name, "array", (1, 64, 96)) for name in outputs)
        self.found, self.value = found, np.zeros(0)

    def predict(self, value: NDArray[np.generic], output: str) -> PixelMap | MultiArray:
        self.value = value
        return self.found


def padded(values: NDArray[np.float32]) -> MultiArray:
    """An array (1, 64, 96) in rows of 112 half floats, as the Neural Engine returns them."""
    rows = np.zeros((64, 112), np.float16)
    rows[:, :96] = values
    return MultiArray((1, 64, 96), (64 * 112, 112, 1), 65552, rows.tobytes())


def frame() -> AnalysisFrame:
    return AnalysisFrame(0, Fraction(0), np.full((128, 192, 3), 255, np.uint8))


IMAGE = FeatureShape("image", "image", (64, 96))
TENSOR = FeatureShape("x", "array", (1, 3, 64, 96))


@pytest.mark.parametrize("found", [padded(RAMP), pixel_map(apple_results.buffer(RAMP, "L00f"))])
def test_an_image_is_passed_on_without_scaling(found: PixelMap | MultiArray) -> None:
    model = RecordedModel(IMAGE, found)
    depth = CoreMlDepthProvider(model, CONTRACT, "mine", "00").depth(frame())
    assert (model.value.shape, model.value.dtype, int(model.value.min())) == ((64, 96, 3), np.uint8, 255)
    assert depth.unit == "relative"
    assert depth.values.shape == (128, 192)
    assert np.all(np.diff(depth.values[64]) > -1e-3)
    assert (float(depth.values.min()), float(depth.values.max())) == (0, 1)


def test_a_tensor_is_scaled_by_the_contract() -> None:
    model = RecordedModel(TENSOR, padded(RAMP))
    CoreMlDepthProvider(model, CONTRACT, "mine", "00").depth(frame())
    assert model.value.shape == (1, 3, 64, 96)
    assert np.allclose(model.value, 2)


def test_metres_stay_metres() -> None:
    contract = CONTRACT.model_copy(update={"outputs": (NetOutput(meaning="metric_depth"),)})
    depth = CoreMlDepthProvider(RecordedModel(IMAGE, padded(RAMP)), contract, "mine", "00").depth(frame())
    assert depth.unit == "metric"
    assert float(depth.values[64, 96]) == pytest.approx(5.5, abs=0.1)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (RecordedModel(FeatureShape("image", "image", (96, 64)), padded(RAMP)), "takes 96×64, its contract says 64×96"),
        (RecordedModel(FeatureShape("x", "array", (1, 3, 96, 64)), padded(RAMP)), "takes 1×3×96×64"),
        (RecordedModel(IMAGE, padded(RAMP), ("one", "two")), "has the outputs one, two"),
        (RecordedModel(IMAGE, padded(RAMP * np.float32(np.nan))), "not finite"),
        (RecordedModel(IMAGE, MultiArray((96,), (1,), 65568, bytes(384))), "which is no picture"),
    ],
)
def test_a_model_that_breaks_its_contract_is_not_used(model: RecordedModel, problem: str) -> None:
    with pytest.raises(EngineError, match=f"The model mine .*{problem}"):
        CoreMlDepthProvider(model, CONTRACT, "mine", "00").warm_up()
