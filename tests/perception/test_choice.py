"""The phone comes before Apple's frameworks, and these before nets; the next one follows if one does not open."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError
from engine.perception.choice import PhoneTake, backends, choose_depth_provider, open_first
from fixtures import cinematic


@pytest.mark.parametrize(
    ("product", "given", "expected"),
    [
        ("depth_map", {"on_a_mac": True, "phone_depth": True, "core_ml": True}, ("phone", "coreml", "onnx")),
        ("depth_map", {"on_a_mac": False, "phone_depth": True, "core_ml": True}, ("phone", "onnx")),
        ("depth_map", {"on_a_mac": True, "phone_depth": True, "core_ml": True, "model": True}, ("coreml",)),
        ("depth_map", {"on_a_mac": False, "phone_depth": True, "model": True}, ("onnx",)),
        ("person_mask", {"on_a_mac": True}, ("vision", "onnx")),
        ("person_mask", {"on_a_mac": False}, ("onnx",)),
        ("person_mask", {"on_a_mac": True, "model": True}, ("onnx",)),
        ("face", {"on_a_mac": True, "phone_depth": True}, ("vision", "onnx")),
    ],
)
def test_the_order_of_back_ends(product: str, given: dict[str, bool], expected: tuple[str, ...]) -> None:
    assert backends(product, **given) == expected  # type: ignore[arg-type]


def fails() -> int:
    raise EngineError("It did not open.", "Wait.")


def test_the_next_back_end_follows_with_a_note() -> None:
    assert open_first([("phone", fails), ("onnx", lambda: 7)]) == (7, ("phone is not used: It did not open.",))
    assert open_first([("vision", lambda: 3), ("onnx", fails)]) == (3, ())


def test_if_none_opens_the_error_says_why() -> None:
    with pytest.raises(EngineError, match="did not open"):
        open_first([("vision", fails), ("onnx", fails)])


def test_the_depth_of_the_phone_needs_no_model(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 250, 96).astype(np.uint8), (54, 1))
    path = cinematic.take(tmp_path / "IMG_0001.MOV", [ramp] * 3)
    provider, notes = choose_depth_provider(PhoneTake(path, Fraction(1, 10)))
    assert (provider.identity.name, provider.identity.model, notes) == ("phone", "", ())
