"""Input transforms and views: the GPU against OpenColorIO's CPU."""

from __future__ import annotations

import colour
import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814
import pytest

from engine.catalog import Encoding
from engine.picture import Pipeline, to_acescg
from engine.picture.color import AP1, matrix_to_acescg

from .frames import linear_planes, picture, rgb_planes

CONFIG = OCIO.Config.CreateFromFile("ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5")
VIDEO = [encoding for encoding in Encoding if encoding is not Encoding.EXR]


def ocio(transform: object, pixels: np.ndarray) -> np.ndarray:
    flat = np.array(pixels, np.float32, order="C").reshape(-1, 3)
    CONFIG.getProcessor(transform).getDefaultCPUProcessor().applyRGB(flat)
    return flat.reshape(pixels.shape)


def chart() -> np.ndarray:
    """A grey ramp over every 10-bit code, and a cube of colours."""
    ramp = np.repeat(np.linspace(0, 1, 1024)[:, None], 3, 1)
    steps = np.linspace(0, 1, 16)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    return np.concatenate([ramp, cube]).reshape(-1, 64, 3)


@pytest.mark.parametrize("encoding", VIDEO)
@pytest.mark.parametrize("primaries", [2, 1, 6, 9, 12])
def test_the_gpu_agrees_with_ocio_on_every_input_transform(encoding: Encoding, primaries: int) -> None:
    planes = rgb_planes(chart())
    green, blue, red = planes.samples
    codes = np.stack([red, green, blue], -1) / np.float32(65535)
    take = picture(planes.width, planes.height, encoding, primaries=primaries)

    error = np.abs(Pipeline(take, encoding).linear(planes) - (truth := to_acescg(codes, encoding, primaries)))

    assert ((error <= 2e-4) | (error <= 1e-3 * np.abs(truth))).all()


def test_hlg_is_the_builtin_curve_with_middle_grey_at_code_042() -> None:
    codes = np.repeat(np.array([0.0, 0.1, 0.42, 0.5, 0.75, 1.0], np.float32)[:, None], 3, 1)
    curve = OCIO.BuiltinTransform("CURVE - HLG-OETF-INVERSE")
    gamut = OCIO.ColorSpaceTransform("Linear Rec.2020", "ACEScg")
    expected = ocio(OCIO.GroupTransform([curve, gamut]), codes) * (0.18 / 0.1764)

    light = to_acescg(codes, Encoding.HLG)

    np.testing.assert_allclose(light, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(light[[2, 4, 5], 1], [0.18, 0.8111, 3.0612], rtol=1e-4)


@pytest.mark.parametrize(
    ("encoding", "code", "light"),
    [
        (Encoding.APPLE_LOG, 0.48827, 0.18),
        (Encoding.APPLE_LOG, 1.0, 12.0),
        (Encoding.APPLE_LOG_2, 1.0, 12.0),
        (Encoding.PQ, 1.0, 100.0),
        (Encoding.REC709, 1.0, 1.0),
        (Encoding.SRGB, 0.5, 0.21404),
    ],
)
def test_known_codes_land_on_known_light(encoding: Encoding, code: float, light: float) -> None:
    np.testing.assert_allclose(to_acescg(np.full((1, 3), code), encoding), light, rtol=2e-4)


@pytest.mark.parametrize(
    ("name", "chromaticities"),
    [
        ("Linear Rec.709 (sRGB)", (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)),
        ("Linear Rec.2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)),
        ("Linear P3-D65", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290)),
        ("ACES2065-1", (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)),
    ],
)
def test_a_matrix_from_chromaticities_is_the_one_ocio_uses(name: str, chromaticities: tuple[float, ...]) -> None:
    expected = ocio(OCIO.ColorSpaceTransform(name, "ACEScg"), np.eye(3)).T

    np.testing.assert_allclose(matrix_to_acescg(chromaticities), expected, atol=2e-5)


def test_chromaticities_that_span_no_colours_are_refused() -> None:
    for broken in [(0.0,) * 8, (0.3, 0.3) * 4, (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3, 0.0)]:
        with pytest.raises(ValueError, match="no colour space"):
            matrix_to_acescg(broken)
    assert np.array_equal(matrix_to_acescg(AP1), np.eye(3))


def test_the_sdr_view_cannot_be_told_from_ocios() -> None:
    steps = np.concatenate([[-0.1, 0.0], np.geomspace(0.002, 16, 20), np.linspace(1, 16, 11)])
    scene = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(33, -1, 3)
    take = picture(scene.shape[1], scene.shape[0], Encoding.EXR)
    view = OCIO.DisplayViewTransform("ACEScg", "Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)")
    truth = ocio(view, scene)

    shown = Pipeline(take, Encoding.EXR).display(linear_planes(scene))

    difference = colour.delta_E(lab(shown), lab(truth), method="CIE 2000")
    assert difference.mean() <= 0.1
    assert difference.max() <= 1.0


def lab(code: np.ndarray) -> np.ndarray:
    xyz = colour.RGB_to_XYZ(np.clip(code, 0, 1).astype(float) ** 2.4, "ITU-R BT.709", apply_cctf_decoding=False)
    return colour.XYZ_to_Lab(xyz, colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"])
