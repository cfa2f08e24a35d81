"""Input transforms and views: the GPU against OpenColorIO on the CPU."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import OpenEXR
import PyOpenColorIO as OCIO  # noqa: N814
import pytest

from engine.catalog import Encoding
from engine.picture import PictureSource, Pipeline, Planes, View, to_acescg
from engine.picture.color import AP1, matrix_to_acescg

from .frames import linear_planes, picture, rgb_planes

CONFIG = OCIO.Config.CreateFromFile("ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5")
SPACES = {
    "Linear Rec.709 (sRGB)": (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290),
    "Linear Rec.2020": (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290),
    "Linear P3-D65": (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290),
    "ACES2065-1": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
}
VIDEO = [encoding for encoding in Encoding if encoding is not Encoding.EXR]


def has_zscale() -> bool:
    found = shutil.which("ffmpeg")
    return (
        bool(found) and b" zscale " in subprocess.run([found, "-hide_banner", "-filters"], capture_output=True).stdout
    )


def ocio(transform: object, pixels: np.ndarray) -> np.ndarray:
    flat = np.array(pixels, np.float32, order="C").reshape(-1, 3)
    CONFIG.getProcessor(transform).getDefaultCPUProcessor().applyRGB(flat)
    return flat.reshape(pixels.shape)


def chart() -> np.ndarray:
    """A grey ramp of every 10-bit code, and a cube of colours."""
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
def test_known_codes_have_known_light(encoding: Encoding, code: float, light: float) -> None:
    np.testing.assert_allclose(to_acescg(np.full((1, 3), code), encoding), light, rtol=2e-4)


@pytest.mark.parametrize(("name", "chromaticities"), SPACES.items())
def test_a_matrix_from_chromaticities_is_the_one_ocio_uses(name: str, chromaticities: tuple[float, ...]) -> None:
    expected = ocio(OCIO.ColorSpaceTransform(name, "ACEScg"), np.eye(3)).T

    np.testing.assert_allclose(matrix_to_acescg(chromaticities), expected, atol=2e-5)


def test_chromaticities_that_span_no_colours_are_refused() -> None:
    for broken in [(0.0,) * 8, (0.3, 0.3) * 4, (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3, 0.0)]:
        with pytest.raises(ValueError, match="no colour space"):
            matrix_to_acescg(broken)
    assert np.array_equal(matrix_to_acescg(AP1), np.eye(3))


def scenes() -> np.ndarray:
    """A 33³ grid from −0.1 to 16, evenly spaced and by ratio, and a grey ramp to the brightest half float."""
    even = np.linspace(-0.1, 16, 33)
    by_ratio = np.concatenate([[-0.1, 0.0], np.geomspace(0.002, 16, 31)])
    grids = [np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3) for axis in (even, by_ratio)]
    ramp = np.concatenate([np.linspace(-0.1, 16, 1000), np.geomspace(16, 65504, 1002)])
    pixels = np.concatenate([*grids, np.repeat(ramp[:, None], 3, 1)])
    return pixels.astype(np.float16).astype(np.float32).reshape(-1, 44, 3)


@pytest.mark.parametrize("encoding", sorted(set(VIDEO) - {Encoding.APPLE_LOG, Encoding.APPLE_LOG_2}))
def test_codes_beyond_the_legal_range_agree_with_ocio(encoding: Encoding) -> None:
    """−0.1 to 1.08, the range of limited range codes with chroma."""
    steps = np.linspace(-0.1, 1.08, 33)
    codes = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(33, -1, 3).astype(np.float16)
    take = picture(codes.shape[1], codes.shape[0], encoding)

    light = Pipeline(take, encoding).linear(linear_planes(codes))

    truth = np.clip(to_acescg(codes, encoding), -65504, 65504)
    error = np.abs(light - truth)
    assert ((error <= 2e-4) | (error <= 1e-3 * np.abs(truth).max(-1, keepdims=True))).all()


@pytest.mark.parametrize("primaries", ["Linear Rec.709 (sRGB)", "Linear Rec.2020", "Linear P3-D65", "ACES2065-1"])
def test_an_exr_with_any_primaries_agrees_with_ocio(tmp_path: Path, primaries: str) -> None:
    pixels = scenes()
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "chromaticities": SPACES[primaries],
    }
    OpenEXR.File(header, {"RGB": pixels}).write(str(tmp_path / "in.exr"))
    take = picture(pixels.shape[1], pixels.shape[0], Encoding.EXR)

    with PictureSource(tmp_path / "in.exr", take) as source:
        light = Pipeline(take, Encoding.EXR).linear(source.planes_at(0))

    truth = np.clip(ocio(OCIO.ColorSpaceTransform(primaries, "ACEScg"), pixels), -65504, 65504)
    error = np.abs(light - truth)
    # Bounds are relative to a colour, not to a channel in which large values cancel.
    assert ((error <= 2e-4) | (error <= 1e-3 * np.abs(truth).max(-1, keepdims=True))).all()


def test_the_sdr_view_agrees_with_ocio() -> None:
    import colour

    scene = scenes()
    view = OCIO.DisplayViewTransform("ACEScg", "Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)")

    shown = Pipeline(picture(44, len(scene), Encoding.EXR), Encoding.EXR).display(linear_planes(scene))

    difference = colour.delta_E(lab(shown), lab(ocio(view, scene)), method="CIE 2000")
    assert difference.mean() <= 0.1
    assert difference.max() <= 1.0


@pytest.mark.parametrize(("view", "display"), [("hlg", "Rec.2100-HLG - Display"), ("pq", "Rec.2100-PQ - Display")])
def test_the_hdr_views_agree_with_ocio(view: View, display: str) -> None:
    """ACES 2.0 has discontinuities at its gamut boundary: a table is inexact there, for fewer than 1 in 300 colours."""
    import colour

    scene = scenes()
    transform = OCIO.DisplayViewTransform("ACEScg", display, "ACES 2.0 - HDR 1000 nits (P3 D65)")

    shown = Pipeline(picture(44, len(scene), Encoding.EXR), Encoding.EXR).display(linear_planes(scene), view=view)

    difference = colour.delta_E(itp(shown, view), itp(ocio(transform, scene), view), method="ITP")
    assert difference.mean() <= 0.1
    assert (difference > 1.0).mean() <= 1 / 300
    ramp = difference.reshape(-1)[-2002:]
    assert ramp.max() <= 0.1


def itp(code: np.ndarray, view: View) -> np.ndarray:
    import colour

    code = np.clip(code, 0, 1).astype(float)
    nits = colour.eotf(code, "ITU-R BT.2100 PQ") if view == "pq" else colour.eotf(code, "ITU-R BT.2100 HLG", L_W=1000)
    return colour.RGB_to_ICtCp(nits, method="ITU-R BT.2100-2 PQ", L_p=10000)


@pytest.mark.skipif(not has_zscale(), reason="needs an ffmpeg with zscale on the PATH")
@pytest.mark.parametrize("form", ["yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p", "yuv444p16le"])
@pytest.mark.parametrize("full", [False, True])
def test_decoding_agrees_with_zscale(form: str, full: bool) -> None:
    bits = int(re.search(r"p(\d*)", form)[1] or 8)  # type: ignore[index]
    steps = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}[form[3:6]]
    scale, kind = 1 << (bits - 8), np.uint8 if bits == 8 else np.uint16
    y, x = np.mgrid[0:64, 0:96]
    luma = 125 + 80 * np.sin(x / 17) * np.cos(y / 13)
    cy, cx = np.mgrid[0 : 64 >> steps[1], 0 : 96 >> steps[0]]
    smooth = [luma, 128 + 20 * np.sin(cx / 11), 128 + 20 * np.cos(cy / 9)]
    samples = tuple(np.rint(plane * scale).astype(kind) for plane in smooth)
    color_range = "full" if full else "limited"
    output = subprocess.run(
        [
            "ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", form, "-s", "96x64", "-i", "-", "-vf",
            f"zscale=min=709:m=gbr:pin=709:p=709:tin=709:t=709:rin={color_range}:r=full:cin=left:f=bilinear,format=gbrpf32le",
            "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-",
        ],
        input=b"".join(plane.tobytes() for plane in samples), stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    green, blue, red = np.frombuffer(output, np.float32).reshape(3, 64, 96)

    codes = Pipeline(picture(96, 64, Encoding.EXR), Encoding.EXR).linear(Planes(samples, 96, 64, bits, steps, 1, full))

    assert np.abs(codes - np.stack([red, green, blue], -1)).max() <= 1 / 876


def lab(code: np.ndarray) -> np.ndarray:
    import colour

    xyz = colour.RGB_to_XYZ(np.clip(code, 0, 1).astype(float) ** 2.4, "ITU-R BT.709", apply_cctf_decoding=False)
    return colour.XYZ_to_Lab(xyz, colour.CCS_ILLUMINANTS["CIE 1931 2 Degree Standard Observer"]["D65"])
