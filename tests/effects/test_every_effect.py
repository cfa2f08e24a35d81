"""Properties of every effect: formats, bytes that repeat, single pixels, drafts and 8K strips."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.effects import Effect, FrameContext, describe_chain, effect_type, effect_types, render_array
from engine.render import Image
from tests.effects.comparison import Floats, draft_difference, noise

KINDS = tuple(effect_types())
FRAME = FrameContext(96, 54, number=7, seed=3, sensor_height=18.66)
# Drafts of noise differ. Their statistics are equal (tests/effects/test_grain.py).
NOISY = ("grain",)


def default(kind: str, folder: Path) -> Effect:
    """An effect with its defaults; a LUT and a point shader get a file."""
    if kind == "point":
        shader = folder / "cool.wgsl"
        shader.write_text(
            "fn point(color: vec3<f32>, place: vec2<f32>) -> vec3<f32> {\n"
            "    return color * vec3<f32>(0.8, 1.0, 1.1 + 0.2 * place.x);\n}\n"
        )
        return effect_type(kind).model_validate({"file": str(shader)})
    if kind != "lut":
        return effect_type(kind)()
    file = folder / "swap.cube"
    corners = [(r, g, b) for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    file.write_text("LUT_3D_SIZE 2\n" + "".join(f"{g} {r} {b}\n" for r, g, b in corners))
    return effect_type(kind).model_validate({"file": str(file)})


def sources(height: int, width: int) -> dict[str, Floats]:
    """A depth that falls from left to right, a flow of 2 % of the height, and a person on the left."""
    depth = np.tile(np.linspace(1, 0, width, dtype=np.float32), (height, 1))[..., None]
    person = np.clip(4 * depth - 1.5, 0, 1)
    return {"depth": depth, "flow": np.full((height, width, 2), 0.02, np.float32), "person": person}


def digest(kind: str, folder: Path) -> str:
    made = render_array([default(kind, folder)], noise(54, 96, 4) * 4, FRAME, sources(54, 96))
    return hashlib.sha256(made.tobytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["rgba16float", "rgba32float"])
def test_an_effect_keeps_the_size_and_the_format(kind: str, form: str, tmp_path: Path) -> None:
    specs = {"picture": Image(97, 55, form), "depth": Image(97, 55, "r32float"), "flow": Image(97, 55, "rg32float")}
    specs["person"] = specs["depth"]
    chain = describe_chain([default(kind, tmp_path)], replace(FRAME, width=97, height=55), "picture", specs)
    last = chain.passes[-1]
    assert (
        last.work.output_specs(dict.fromkeys(last.work.inputs, specs["picture"]))[last.work.outputs[0]]
        == (specs["picture"])
    )


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_repeat_and_single_pixels_work(kind: str, tmp_path: Path) -> None:
    assert digest(kind, tmp_path) == digest(kind, tmp_path)
    for size in ((1, 1), (1, 3), (3, 1)):
        made = render_array([default(kind, tmp_path)], noise(*size), None, sources(*size))
        assert made.shape == (*size, 3)
        assert np.isfinite(made).all()


@pytest.mark.slow
def test_another_process_makes_the_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.effects.test_every_effect import KINDS, digest;"
        "print(*(digest(kind, Path(sys.argv[1])) for kind in KINDS))"
    )
    root = Path(__file__).resolve().parents[2]
    cold = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True, cwd=root
    )
    assert cold.stdout.split() == [digest(kind, tmp_path) for kind in KINDS]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NOISY])
def test_a_draft_in_hd_is_the_halved_picture_in_uhd(kind: str, tmp_path: Path) -> None:
    difference = draft_difference([default(kind, tmp_path)], 1080, 1920, sources(2160, 3840), slice(480, 800))
    assert difference < 0.01


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_strip_of_8k_has_the_bytes_of_a_part_of_it(kind: str, tmp_path: Path) -> None:
    effect = default(kind, tmp_path)
    height, width, first, lines = 96, 7680, 40, 5
    frame = FrameContext(width, height, sensor_height=18.66)
    light, given = noise(height, width), sources(height, width)
    whole = render_array([effect], light, frame, given)
    reach = effect.reach(frame)
    above, below = max(first - reach, 0), min(first + lines + reach, height)
    parts = {name: source[above:below] for name, source in given.items()}
    part = render_array([effect], light[above:below], replace(frame, y=above), parts)
    np.testing.assert_array_equal(part[first - above : first - above + lines], whole[first : first + lines])
