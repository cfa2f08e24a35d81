"""LUTs from files against OpenColorIO on the CPU, and files that are damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814 (the name in its documentation)
import pytest

from engine.effects import FrameContext, render_array
from engine.effects.lut import LutEffect
from engine.errors import RequestError
from engine.picture import CONFIG
from tests.effects.comparison import SIZES, assert_light, assert_windows, draft_difference, noise


def write_cube(path: Path, steps: int = 9) -> str:
    """A cube with a curve that mixes the channels."""
    codes = np.linspace(0, 1, steps)
    blue, green, red = np.meshgrid(codes, codes, codes, indexing="ij")
    rows = np.stack([0.9 * red + 0.05 * green, green**1.1, 0.8 * blue + 0.1 * red * green + 0.02], -1).reshape(-1, 3)
    lines = [" ".join(f"{value:.6f}" for value in row) for row in rows]
    path.write_text(f"LUT_3D_SIZE {steps}\n" + "\n".join(lines) + "\n")
    return str(path)


MATRIX = """<?xml version="1.0" encoding="UTF-8"?>
<ProcessList id="grade" compCLFversion="3.0">
  <Matrix inBitDepth="32f" outBitDepth="32f"><Array dim="3 3">
    0.9 0.1 0.0
    0.0 {} 0.05
    0.02 0.0 1.0
  </Array></Matrix>
</ProcessList>
"""


def looked(light: np.ndarray, file: str, space: str, after: str | None = None) -> np.ndarray:
    steps = [
        OCIO.ColorSpaceTransform("ACEScg", space),
        OCIO.FileTransform(file, interpolation=OCIO.INTERP_TETRAHEDRAL),
        OCIO.ColorSpaceTransform(after or space, "ACEScg"),
    ]
    processor = OCIO.Config.CreateFromFile(CONFIG).getProcessor(OCIO.GroupTransform(steps))
    pixels = np.ascontiguousarray(light, np.float32).copy()
    processor.getOptimizedCPUProcessor(OCIO.OPTIMIZATION_LOSSLESS).applyRGB(pixels.reshape(-1, 3))
    return pixels


@pytest.mark.parametrize("steps", [2, 9])
def test_a_cube_in_acescct_is_exactly_that_of_opencolorio(steps: int, tmp_path: Path) -> None:
    file = write_cube(tmp_path / "look.cube", steps)
    for size in SIZES:
        light = noise(*size) * 1.2
        assert_light(render_array([LutEffect(file=file)], light), looked(light, file, "ACEScct"))


@pytest.mark.parametrize(
    "space", ["Camera Rec.709", "sRGB - Display", "ARRI LogC4", "DaVinci Intermediate WideGamut", "Apple Log", "ACEScg"]
)
def test_a_cube_in_another_space_is_that_of_opencolorio(space: str, tmp_path: Path) -> None:
    file = write_cube(tmp_path / "look.cube", 9)
    light = noise(30, 30) * 1.1 - 0.005
    assert_light(render_array([LutEffect(file=file, input_space=space)], light), looked(light, file, space))


def test_a_cube_may_return_another_space_than_it_expects(tmp_path: Path) -> None:
    file = write_cube(tmp_path / "look.cube", 9)
    light = noise(30, 30)
    effect = LutEffect(file=file, input_space="ACEScct", output_space="Rec.1886 Rec.709 - Display")
    assert_light(render_array([effect], light), looked(light, file, "ACEScct", "Rec.1886 Rec.709 - Display"))


def test_a_file_of_other_steps_is_close_to_opencolorio(tmp_path: Path) -> None:
    clf = tmp_path / "matrix.clf"
    clf.write_text(MATRIX.format("0.95"))
    light = noise(20, 30) + 0.02
    assert_light(render_array([LutEffect(file=str(clf))], light), looked(light, str(clf), "ACEScct"), 0.002)


def test_an_amount_mixes_the_lut_with_the_picture_and_strips_and_drafts_agree(tmp_path: Path) -> None:
    file = write_cube(tmp_path / "look.cube")
    light = noise(16, 9)
    whole, half = (render_array([LutEffect(file=file, amount=amount)], light) for amount in (1, 0.5))

    assert_light(half, (whole + light) / 2)
    assert_windows([LutEffect(file=file)], light, FrameContext(9, 16))
    assert draft_difference([LutEffect(file=file)]) < 0.005


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    clf = tmp_path / "matrix.clf"
    light = noise(3, 3)
    made = []
    for gain in ("0.95", "0.9"):
        clf.write_text(MATRIX.format(gain) + " " * len(made))
        made.append(render_array([LutEffect(file=str(clf))], light))
    assert (made[0][..., 1] > made[1][..., 1]).all()


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("nan.cube", "LUT_3D_SIZE 2\n" + "0 0 0\n" * 7 + "1 nan 1\n", "line 9"),
        ("infinite.clf", MATRIX.format("inf"), "line 5"),
        ("words.cube", "LUT_3D_SIZE 2\n0 0 0\n1 two 1\n", "line 3"),
        ("short.cube", "LUT_3D_SIZE 2\n0 0 0\n", "expected 8"),
        ("cut.clf", MATRIX.format(""), "line"),
        ("empty.cube", "", "empty.cube"),
        ("notes.txt", "This is not a LUT.", "notes.txt"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(name: str, text: str, line: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RequestError) as refused:
        render_array([LutEffect(file=str(tmp_path / name))], noise(2, 2))
    assert line in refused.value.message
    assert name in refused.value.message
    assert refused.value.hint


def test_a_missing_file_and_an_unknown_space_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"missing\.cube"):
        render_array([LutEffect(file=str(tmp_path / "missing.cube"))], noise(2, 2))
    with pytest.raises(RequestError, match=r"missing\.cube"):
        render_array([LutEffect(file=str(tmp_path / "a.txt" / "missing.cube"))], noise(2, 2))
    with pytest.raises(RequestError, match="ACESct") as refused:
        render_array([LutEffect(file=write_cube(tmp_path / "a.cube", 2), input_space="ACESct")], noise(2, 2))
    assert "ACEScct" in refused.value.hint
