"""As shot: a take has the same light in every deliverable, by the formulas of BT.2100 and BT.2408."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import PyOpenColorIO as OCIO  # noqa: N814
import pytest

from engine.catalog import Encoding
from engine.picture import Conversion, OutputSpec, Pipeline, Planes, Rendering, View, conversion_of, describe
from engine.picture.as_shot import CONVERSIONS

from .frames import linear_planes, picture, rgb_planes

CONFIG = OCIO.Config.CreateFromFile("ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5")
HDR: tuple[View, ...] = ("hlg", "pq")
# 2^-16 of a display texture, plus the error of a GPU's pow().
QUARTER_CODE = 0.25 / 1023
ROWS = 340


@cache
def chart() -> np.ndarray:
    """A cube of colours, then a grey ramp: −0.07 to 1.09, the limits of limited range; (ROWS, 16, 3) half floats."""
    steps = np.linspace(-0.07, 1.09, 16)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    ramp = np.repeat(np.linspace(-0.07, 1.09, ROWS * 16 - len(cube))[:, None], 3, 1)
    return np.concatenate([cube, ramp]).astype(np.float16).astype(np.float32).reshape(ROWS, 16, 3)


@cache
def pipeline(encoding: Encoding, rendering: Rendering = "as-shot") -> Pipeline:
    """One pipeline for all tests, because it compiles a graph once per view."""
    return Pipeline(picture(16, ROWS, encoding), encoding, rendering=rendering)


def shown(encoding: Encoding, view: View, codes: Sequence[float], rendering: Rendering = "as-shot") -> np.ndarray:
    """The codes of greys by the GPU, one column per grey."""
    greys = np.zeros((ROWS, 16, 3))
    greys[:, : len(codes)] = np.array(codes)[None, :, None]
    displayed = pipeline(encoding, rendering).display(linear_planes(greys), view=view)
    assert np.ptp(displayed, axis=-1).max() <= 1e-4, "grey stays grey"
    return displayed[0, : len(codes), 1]


def nits(codes: np.ndarray | Sequence[float], encoding: Encoding) -> np.ndarray:
    """Light of the reference display by colour-science, in cd/m² per channel (…, 3) or grey; SDR white is 203."""
    import colour

    codes = np.asarray(codes, float)
    match encoding:
        case Encoding.HLG:
            channels = codes if codes.shape[-1] == 3 else np.repeat(codes[..., None], 3, -1)
            light = np.asarray(colour.models.eotf_BT2100_HLG(channels, L_B=0, L_W=1000, gamma=1.2))
            return light if codes.shape[-1] == 3 else light[..., 1]
        case Encoding.PQ:
            return np.asarray(colour.models.eotf_BT2100_PQ(codes))
        case Encoding.REC709:
            return np.asarray(203 * colour.models.eotf_BT1886(codes, L_B=0, L_W=1))
        case _:
            return np.asarray(203 * colour.models.eotf_sRGB(codes))


def in_pq(*light: float) -> list[float]:
    import colour

    return [float(colour.models.eotf_inverse_BT2100_PQ(one)) for one in light]


def encoding_of_view(view: View) -> Encoding:
    return Encoding.HLG if view == "hlg" else Encoding.PQ


@pytest.mark.parametrize("conversion", CONVERSIONS, ids=str)
def test_the_formulas_keep_the_light_according_to_colour_science(conversion: Conversion) -> None:
    import colour

    codes = np.clip(chart(), 0, 1)
    expected = nits(codes, conversion.source)
    if conversion.view != "sdr" and conversion.source in (Encoding.REC709, Encoding.SRGB):
        expected = expected @ np.array(colour.matrix_RGB_to_RGB("ITU-R BT.709", "ITU-R BT.2020", None)).T

    converted = conversion.convert(codes)

    # HLG's signal ends at 100 %: light beyond it, above 1000 nits or saturated, is clipped
    fits = (converted < 0.9999).all(-1)
    assert fits.mean() > 0.3
    np.testing.assert_allclose(nits(converted, conversion.target)[fits], expected[fits], rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize("conversion", CONVERSIONS, ids=str)
def test_the_gpu_follows_the_formulas_and_grey_is_monotonic(conversion: Conversion) -> None:
    displayed = pipeline(conversion.source).display(linear_planes(chart()), view=conversion.view)

    np.testing.assert_allclose(displayed, conversion.convert(chart()), atol=QUARTER_CODE)
    ramp = displayed.reshape(-1, 3)[4096:]
    assert np.ptp(ramp, axis=-1).max() <= 1e-4
    assert np.diff(ramp[:, 1]).min() >= -1e-5
    assert (ramp[0].max(), ramp[-1].min()) == pytest.approx((0, conversion.convert(np.array([1.09] * 3))[0]), abs=1e-3)


@pytest.mark.parametrize("view", HDR)
def test_reference_white_is_at_203_nits_in_every_hdr_deliverable(view: View) -> None:
    for encoding, code in ((Encoding.HLG, 0.75), (Encoding.PQ, 0.58), (Encoding.REC709, 1.0), (Encoding.SRGB, 1.0)):
        (light,) = nits(shown(encoding, view, [code]), encoding_of_view(view))
        assert light == pytest.approx(203, rel=0.03), encoding


def test_reference_white_in_sdr_is_white_from_sdr_and_below_white_from_hdr() -> None:
    """The ACES 2.0 view keeps detail above reference white, which SDR cannot show above its white."""
    whites = ((Encoding.REC709, 1.0), (Encoding.SRGB, 1.0), (Encoding.HLG, 0.75), (Encoding.PQ, 0.58))

    codes = {encoding: float(shown(encoding, "sdr", [code])[0]) for encoding, code in whites}

    assert {encoding: round(255 * code) for encoding, code in codes.items()} == {
        Encoding.REC709: 255, Encoding.SRGB: 255, Encoding.HLG: 174, Encoding.PQ: 212,
    }  # fmt: skip


def test_hlg_in_hdr10_has_the_brightness_of_bt2408() -> None:
    codes = [0.5, 0.75, 1.0]

    assert nits(shown(Encoding.HLG, "pq", codes), Encoding.PQ) == pytest.approx([51, 203, 1000], rel=0.03)
    by_aces_view = nits(shown(Encoding.HLG, "pq", codes, "aces"), Encoding.PQ)
    assert by_aces_view == pytest.approx([22.9, 86, 291], rel=0.03)


def test_pq_beyond_1000_nits_is_clipped_in_hlg_and_kept_in_pq() -> None:
    codes = in_pq(900, 1000, 4000)

    hlg = shown(Encoding.PQ, "hlg", codes)
    kept = shown(Encoding.PQ, "pq", codes)

    assert hlg[0] < 0.99
    assert hlg[1:] == pytest.approx([1, 1], abs=2e-3)
    assert nits(kept, Encoding.PQ) == pytest.approx([900, 1000, 4000], rel=0.01)


def test_sdr_above_white_is_kept_in_hdr_and_clipped_in_sdr() -> None:
    """8-bit code 254 is 248 nits by BT.1886 with white at 203."""
    code = 238 / 219

    assert nits(shown(Encoding.REC709, "pq", [code]), Encoding.PQ) == pytest.approx([203 * code**2.4], rel=0.01)
    assert shown(Encoding.REC709, "sdr", [code]) == pytest.approx([1])


def test_pq_is_unchanged_by_a_round_trip_through_hlg() -> None:
    """For every colour in the range of both: grey up to 1000 nits, and saturated colours up to HLG's signal."""
    codes = np.clip(chart(), 0, 1)
    to_hlg = Conversion(Encoding.PQ, "hlg")
    codes[(to_hlg.convert(codes) >= 0.9999).any(-1)] = 0

    as_hlg = pipeline(Encoding.PQ).display(linear_planes(codes), view="hlg")
    # Half floats, like all codes of these tests: near black, their step is about one HLG code.
    back = pipeline(Encoding.HLG).display(linear_planes(as_hlg), view="pq")

    assert (codes.max(-1) > 0.5).sum() > 500
    bright = codes.min(-1) > 0.15
    np.testing.assert_allclose(back[bright], codes[bright], atol=1.5 / 1023)
    exact = Conversion(Encoding.HLG, "pq").convert(to_hlg.convert(codes))
    np.testing.assert_allclose(exact, codes, atol=1e-6)


@pytest.mark.parametrize(
    ("encoding", "rendering", "white"),
    [
        (Encoding.REC709, "as-shot", 255),
        (Encoding.SRGB, "as-shot", 255),
        (Encoding.HLG, "as-shot", 224),
        (Encoding.PQ, "as-shot", 255),
        (Encoding.REC709, "aces", 184),
    ],
)
def test_a_still_has_the_colours_of_the_movie(encoding: Encoding, rendering: Rendering, white: int) -> None:
    patches = np.array([[1, 1, 1], [0.5, 0.5, 0.5], [0.7, 0.3, 0.4], [0.2, 0.5, 0.3], [0.1, 0.2, 0.6], [0, 0, 0]])
    planes = rgb_planes(np.repeat(np.repeat(patches[None], 8, 0), 16, 1))
    take = picture(96, 8, encoding)
    both = Pipeline(take, encoding, OutputSpec(96, 8), rendering=rendering)

    still = both.view_rgb8(planes)[4, 8::16].astype(float)
    out = both.run(planes)

    y, u, v = out.y[4, 8::16].astype(float), out.u[2, 4::8].astype(float), out.v[2, 4::8].astype(float)
    luma, blue, red = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    green = luma - (0.2126 * 1.5748 * red + 0.0722 * 1.8556 * blue) / 0.7152
    movie = 255 * np.clip(np.stack([luma + 1.5748 * red, green, luma + 1.8556 * blue], -1), 0, 1)
    assert np.abs(movie - still).max() <= 2
    assert still[0] == pytest.approx([white] * 3, abs=3)


@pytest.mark.parametrize(("encoding", "view", "matrix"), [(Encoding.PQ, "pq", 9), (Encoding.SRGB, "sdr", 1)])
def test_codes_that_keep_their_encoding_are_unchanged(encoding: Encoding, view: View, matrix: int) -> None:
    """Camera codes are unchanged, except chroma where interpolation and filtering change curved values."""
    y, x = np.mgrid[0:64, 0:96]
    cy, cx = np.mgrid[0:32, 0:48]
    samples = [400 + 250 * np.sin(x / 9) * np.cos(y / 7), 512 + 40 * np.sin(cx / 40), 512 + 40 * np.cos(cy / 30)]
    whole = tuple(np.rint(one).astype(np.uint16) for one in samples)
    planes = Planes(whole, 96, 64, 10, (1, 1), matrix, full_range=False)
    take = picture(96, 64, encoding, primaries=matrix, matrix=matrix)

    # The overlay shows nothing; without one, the frame would need no GPU.
    out = Pipeline(take, encoding, OutputSpec(96, 64, view, 10)).run(planes, np.zeros((64, 96, 4), np.uint8))

    for kept, given in zip((out.y, out.u, out.v), whole, strict=True):
        assert np.abs(kept.astype(int) - given).max() <= 1


def test_wider_primaries_are_converted_to_the_deliverables() -> None:
    """sRGB's curve with P3 primaries, as in phone stills: the same light as with OpenColorIO."""
    codes = np.clip(chart(), 0, 1)
    light = np.array(codes, np.float32).reshape(-1, 3)
    transform = OCIO.ColorSpaceTransform("sRGB Encoded P3-D65", "Linear Rec.2020")
    CONFIG.getProcessor(transform).getDefaultCPUProcessor().applyRGB(light)
    take = picture(16, ROWS, Encoding.SRGB, primaries=12)

    displayed = Pipeline(take, Encoding.SRGB).display(linear_planes(codes), view="pq")

    expected = 203 * np.maximum(light.reshape(codes.shape), 0)
    np.testing.assert_allclose(nits(displayed, Encoding.PQ), expected, rtol=5e-3, atol=0.02)


def test_hdr_to_sdr_and_log_use_the_aces_view() -> None:
    assert conversion_of(Encoding.HLG, "sdr") is conversion_of(Encoding.PQ, "sdr") is None
    assert all(conversion_of(Encoding.APPLE_LOG, view) is None for view in ("sdr", "hlg", "pq"))
    assert all(conversion_of(one.source, one.view, "aces") is None for one in CONVERSIONS)
    assert describe(Encoding.HLG, "sdr") == "HLG to SDR by the ACES 2.0 view, 100 nits"
    assert describe(Encoding.HLG, "pq") == "HLG to PQ by the BT.2100 OOTF, 1000 nits"
    assert describe(Encoding.REC709, "sdr") == "Rec.709 handed through"
