"""TensorFlow Lite nets give the same results as ONNX."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.models.nets import NetTask, convert_tflite, locate_net
from engine.models.nets.conversion import converted, converted_path
from engine.models.nets.tensors import input_tensor
from tests.perception.frames import astronaut, resized

NETS: list[tuple[NetTask, str]] = [
    ("mask", "selfie-square"),
    ("mask", "selfie-landscape"),
    ("face", "face-detection"),
    ("landmarks", "face-mesh"),
]


def modules() -> Path:
    found = importlib.util.find_spec("mediapipe")
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0]) / "modules"


def litert(path: Path, tensor: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor)
    interpreter.invoke()
    return {one["name"]: interpreter.get_tensor(one["index"]) for one in interpreter.get_output_details()}


@pytest.mark.parametrize(("task", "name"), NETS)
def test_a_converted_net_gives_the_results_of_litert(task: NetTask, name: str) -> None:
    located = locate_net(task, name)
    net = located.open()
    picture = resized(astronaut(), *net.size)
    outputs = net.run(picture)
    expected = litert(located.path, input_tensor(picture, located.contract.input))
    for output in located.contract.outputs:
        reference = expected[output.tensor]
        assert outputs[output.meaning].shape == reference.shape
        # Landmarks are in pixels, and logits up to 100.
        assert np.abs(outputs[output.meaning] - reference).max() <= 1e-3


def test_the_mask_of_a_portrait_covers_the_same_share_in_both_runtimes() -> None:
    located = locate_net("mask", "selfie-square")
    # The mean of each 2×2 pixels.
    quarters = astronaut().astype(np.uint16).reshape(256, 2, 256, 2, 3).sum(axis=(1, 3))
    picture = ((quarters + 2) // 4).astype(np.uint8)
    alpha = located.open().run(picture)["alpha"]
    (reference,) = litert(located.path, input_tensor(picture, located.contract.input)).values()
    assert abs((alpha > 0.5).mean() - 0.544937) <= 1e-4
    assert abs((reference > 0.5).mean() - (alpha > 0.5).mean()) <= 1e-4


def test_a_conversion_is_kept_by_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = modules() / "selfie_segmentation" / "selfie_segmentation.tflite"
    first = converted(path)
    kept = converted_path("9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c")
    assert kept.read_bytes() == first
    kept.write_bytes(b"another")
    assert converted(path) == b"another"
    assert [file.name for file in kept.parent.iterdir()] == [kept.name]


def test_an_operator_that_is_not_known_is_named() -> None:
    path = modules() / "face_landmark" / "face_landmark_with_attention.tflite"
    with pytest.raises(EngineError, match="its operator Landmarks2TransformMatrix is not known"):
        convert_tflite(path.read_bytes(), path.name)


@pytest.mark.parametrize("length", [0, 3, 100, 20_000, 200_000])
def test_a_truncated_file_is_refused(length: int) -> None:
    path = modules() / "selfie_segmentation" / "selfie_segmentation.tflite"
    with pytest.raises(EngineError, match=r"cut off or damaged|is not a TensorFlow Lite file"):
        convert_tflite(path.read_bytes()[:length], path.name)
