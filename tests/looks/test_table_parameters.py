"""Numbers in a table of an effect: keyframes, sliders and commands change them as other numbers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.keyframes import Keyframe, KeyframeCurve
from engine.looks import (
    change_own_look,
    create_look_from,
    effects_at,
    load_look,
    parameters_of,
    with_parameters,
)

SHADER = (
    "fn point(color: vec3<f32>, place: vec2<f32>, dye: f32, lift: f32) -> vec3<f32> { return color * dye + lift; }\n"
)
LOOK = """version = 1
title = "Strip"
[point]
file = "strip.wgsl"
parameters = { dye = 0.5, lift = 0.1 }  # two numbers
"""


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "strip.wgsl").write_text(SHADER)
    (tmp_path / "looks" / "strip.toml").write_text(LOOK)
    return tmp_path


def test_each_number_of_the_table_is_a_parameter(studio: Path) -> None:
    look = load_look("strip", studio / "looks")
    values = {path: one.value for path, one in parameters_of(look).items()}
    assert values == {"point.parameters.dye": 0.5, "point.parameters.lift": 0.1, "point.amount": 1.0}
    changed = with_parameters(look, {"point.parameters.dye": 2.0, "point.amount": 0.5})
    assert changed.effects[0].effect.model_dump()["parameters"] == {"dye": 2.0, "lift": 0.1}
    with pytest.raises(RequestError, match="may not be 1e\\+07"):
        with_parameters(look, {"point.parameters.dye": 1e7})


def test_curves_move_them(studio: Path) -> None:
    look = load_look("strip", studio / "looks")
    keys = tuple(Keyframe(Fraction(time), value) for time, value in ((0, 0.0), (2, 1.0)))
    curves = {"point.parameters.dye": KeyframeCurve(keys)}
    (effect,) = effects_at(look, curves, Fraction(1))
    assert effect.model_dump()["parameters"] == {"dye": 0.5, "lift": 0.1}
    assert effects_at(look, curves, Fraction(2))[0].model_dump()["parameters"]["dye"] == 1.0


def test_they_are_written_into_looks(studio: Path) -> None:
    path = change_own_look(studio, "strip", {"point.parameters.dye": 0.25})
    assert "dye = 0.25, lift = 0.1 }  # two numbers" in path.read_text()
    create_look_from(studio, "strong", "strip", {"point.parameters.lift": 0.3})
    made = load_look("strong", studio / "looks").effects[0].effect
    assert made.model_dump()["parameters"] == {"dye": 0.25, "lift": 0.3}
