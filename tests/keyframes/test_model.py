"""Keyframes in JSON and TOML."""

from __future__ import annotations

import tomllib
from fractions import Fraction

import pytest
from pydantic import TypeAdapter, ValidationError

from engine.keyframes import KeyframeModel, curve_from_keys, keys_of_curve

WRITTEN = """
keys = [
  { time = 2, value = 1, interpolation = "bezier", leave = { time = "1/3", value = 0.5 } },
  { time = [1001, 24000], value = 0.25 },
  { time = "2.5", value = 3.0, arrive = { time = "0.1", value = -1 } },
]
"""


def test_keys_are_read_in_any_order_and_written_exactly() -> None:
    keys = TypeAdapter(list[KeyframeModel])
    read = curve_from_keys(keys.validate_python(tomllib.loads(WRITTEN)["keys"]))

    assert [key.time for key in read.keys] == [Fraction(1001, 24000), 2, Fraction(5, 2)]
    written = keys.dump_json(list(keys_of_curve(read)))
    assert curve_from_keys(keys.validate_json(written)) == read


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"time": 1.5, "value": 1}, "time in seconds"),
        ({"time": [1, 0], "value": 1}, "time in seconds"),
        ({"time": 1, "value": float("nan")}, "finite"),
        ({"time": 1, "value": 1, "interpolation": "smooth"}, "ease-in"),
        ({"time": 1, "value": 1, "leave": {"time": -1}}, "greater than or equal to 0"),
        ({"time": 1, "value": 1, "level": 2}, "Extra inputs"),
    ],
)
def test_invalid_keys_are_refused(key: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        KeyframeModel.model_validate(key)
