"""Point shaders of packages: compiled with limits, applied by looks, and refused with their package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.effects import render_array
from engine.effects.point import PointEffect
from engine.errors import RequestError
from engine.looks import load_look, look_problems
from engine.market import install
from engine.market.shader import canonical_shader, module_of
from engine.point_shader import read_point_shader
from engine.render import check_source
from tests.point_shader.test_subset import mutated, refusal_of

from .attack_shaders import ATTACKS, body
from .packages import made, opened

SHADER = """// Halves the light, and adds some at the right.
fn half(c: vec3<f32>) -> vec3<f32> { return c * 0.5; }
fn point(color: vec3<f32>, place: vec2<f32>, lift: f32) -> vec3<f32> {
  var light = half(color);
  for (var i = 0; i < 2; i++) { if place.x > 0.0 { light += vec3<f32>(0.5 * lift); } }
  return light;
}
"""
POINT = b'version = 1\ntitle = "Right"\n[point]\nfile = "right.wgsl"\nparameters = { lift = 0.25 }\n'
GREY = np.full((4, 8, 3), 0.5, np.float32)


def applied(folder: Path, text: str, **values: object) -> np.ndarray:
    (folder / "a.wgsl").write_text(text)
    return render_array([PointEffect.model_validate({"file": str(folder / "a.wgsl"), **values})], GREY)


def test_a_shader_changes_each_pixel_by_its_place(tmp_path: Path) -> None:
    made = applied(tmp_path, SHADER, parameters={"lift": 0.25})
    np.testing.assert_allclose(made[0, :, 0], [0.25] * 4 + [0.5] * 4)
    np.testing.assert_allclose(applied(tmp_path, SHADER, parameters={"lift": 0.25}, amount=0.5)[0, 7], [0.5] * 3)
    places = applied(tmp_path, body("return vec3<f32>(place, 0.0);"))
    np.testing.assert_allclose(places[0, :, 0], (np.arange(8) - 3.5) / 4)
    np.testing.assert_allclose(places[:, 0, 1], (np.arange(4) - 1.5) / 4)


def test_two_shaders_of_the_same_names_are_one_pass(tmp_path: Path) -> None:
    first, second = tmp_path / "a.wgsl", tmp_path / "b.wgsl"
    first.write_text(SHADER)
    second.write_text(SHADER.replace("0.5;", "0.25;").replace("half", "half_1"))
    values = {"lift": 0.0}
    effects = [PointEffect(file=str(path), parameters=values) for path in (first, second, first)]
    np.testing.assert_allclose(render_array(effects, GREY)[0, 0], [0.5 * 0.5 * 0.25 * 0.5] * 3)


def test_a_changed_shader_is_another_picture(tmp_path: Path) -> None:
    for gain in (2, 3):
        made = applied(tmp_path, body(f"return color * {gain}.0;"))
        np.testing.assert_allclose(made, GREY * gain)


def test_parameters_agree_with_the_shader(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="needs the parameter lift"):
        applied(tmp_path, SHADER)
    with pytest.raises(RequestError, match="no parameter gain"):
        applied(tmp_path, SHADER, parameters={"lift": 0.1, "gain": 1.0})
    text = POINT.decode().replace("lift", "gain")
    (tmp_path / "right.wgsl").write_text(SHADER)
    (problem,) = look_problems(text, tmp_path / "right.toml")
    assert "point.file: right.wgsl needs the parameter lift" in problem.message
    assert problem.line == 3


def test_a_look_brings_its_shader(tmp_path: Path) -> None:
    package = made({"item.toml": POINT, "right.wgsl": SHADER.encode()})
    assert b"//" not in package.files["right.wgsl"]
    assert opened(package.archive) == package
    record = install(tmp_path, package, "")
    assert set(record.files) == {"looks/ada-dusk-1-0-0.toml", "looks/ada-dusk-1-0-0-right.wgsl"}
    look = load_look("ada-dusk-1-0-0", tmp_path / "looks")
    effect = look.effects[0].effect
    np.testing.assert_allclose(render_array([effect], GREY)[0, :, 0], [0.25] * 4 + [0.5] * 4)


def test_a_package_with_an_attack_is_refused_and_nothing_is_installed(tmp_path: Path) -> None:
    for text, _ in list(ATTACKS.values())[::12]:
        with pytest.raises(RequestError, match=r"right\.wgsl, line"):
            made({"item.toml": POINT, "right.wgsl": text.encode()})
    with pytest.raises(RequestError, match=r"no \.wgsl file"):
        made({"item.toml": POINT.replace(b"right.wgsl", b"/etc/passwd"), "right.wgsl": SHADER.encode()})
    with pytest.raises(RequestError, match=r"no \.wgsl file"):
        made({"item.toml": POINT})
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_types_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"b\.wgsl: line \d+: .*point.* Operation Add"):
        canonical_shader(body("return color + place;").encode(), "b.wgsl")


@pytest.mark.slow
def test_a_compiler_accepts_the_canonical_form_if_it_accepts_the_text() -> None:
    compared = 0
    for seed in range(1000, 5000):
        text = mutated(seed)
        if refusal_of(text):
            continue
        shader = read_point_shader(text.encode(), "a.wgsl")
        main = module_of(shader).removeprefix(shader.module)
        plain = main.replace("own_point_x", "point")
        given, canonical = check_source(text + plain), check_source(shader.text + plain)
        assert (given is None) == (canonical is None)
        assert (canonical is None) == (check_source(module_of(shader)) is None)
        compared += 1
    assert compared > 100
