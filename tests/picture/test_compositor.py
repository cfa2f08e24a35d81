"""Frames of several takes in one stream: mixes in linear light, places in the frame, and black."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.picture import Compositor, Layer, OutputSpec, Pipeline, YuvPlanes, conversion_of, to_acescg, to_display

from .frames import picture, rgb_planes

SIZE = (32, 16)


def flat(code: float, encoding: Encoding, size: tuple[int, int] = SIZE, share: float = 1.0) -> Layer:
    """A grey picture of one code value, 0 to 1."""
    width, height = size
    return Layer(picture(width, height, encoding), encoding, rgb_planes(np.full((height, width, 3), code)), share)


def composed(layers: Sequence[Layer], spec: OutputSpec, rendering: str = "as-shot") -> YuvPlanes:
    (frame,) = Compositor(spec, rendering).stream([(layers, None)])  # type: ignore[arg-type]
    return frame


def code_of(planes: YuvPlanes) -> float:
    """The mean luma as a code value, 0 to 1, without the half step that dither adds."""
    scale = 1 << (planes.bit_depth - 8)
    return float((planes.y.astype(float).mean() - 16 * scale) / (219 * scale))


def test_a_single_picture_is_that_of_the_pipeline() -> None:
    one = flat(0.4, Encoding.REC709)
    spec = OutputSpec(*SIZE)
    alone = Pipeline(one.picture, one.transform, spec).run(one.planes, frame_number=0)
    np.testing.assert_array_equal(composed([one], spec).y, alone.y)


def test_without_layers_the_frame_is_black() -> None:
    frame = composed([], OutputSpec(*SIZE, view="hlg", bit_depth=10))
    assert (frame.y == 64).all()
    assert (frame.u == 512).all()


def test_a_dissolve_of_log_footage_is_mixed_in_acescg_before_the_view() -> None:
    a, b = (flat(code, Encoding.APPLE_LOG, share=share) for code, share in ((0.2, 0.25), (0.7, 0.75)))
    scene = sum(
        layer.share * to_acescg(np.full((1, 1, 3), code), Encoding.APPLE_LOG) for layer, code in ((a, 0.2), (b, 0.7))
    )
    wanted = to_display(np.asarray(scene, np.float32), "sdr").mean()
    assert code_of(composed([a, b], OutputSpec(*SIZE), "aces")) == pytest.approx(wanted, abs=1 / 255)


@pytest.mark.parametrize(("view", "bits"), [("sdr", 8), pytest.param("pq", 10, marks=pytest.mark.slow)])
def test_a_dissolve_of_video_is_mixed_in_its_own_light(view: str, bits: int) -> None:
    spec = OutputSpec(*SIZE, view=view, bit_depth=bits)  # type: ignore[arg-type]
    mixed = composed([flat(0.2, Encoding.SRGB, share=0.5), flat(0.8, Encoding.SRGB, share=0.5)], spec)
    light = (((0.2 + 0.055) / 1.055) ** 2.4 + ((0.8 + 0.055) / 1.055) ** 2.4) / 2
    code = 1.055 * light ** (1 / 2.4) - 0.055
    conversion = conversion_of(Encoding.SRGB, spec.view)
    assert conversion is not None
    wanted = conversion.convert(np.full((1, 1, 3), code), 1).mean()
    assert code_of(mixed) == pytest.approx(wanted, abs=1 / (219 << (bits - 8)))


@pytest.mark.parametrize("share", [0.001, 0.999])
@pytest.mark.parametrize("view", ["hlg", pytest.param("pq", marks=pytest.mark.slow)])
def test_a_mix_of_two_encodings_starts_and_ends_without_a_step(view: str, share: float) -> None:
    spec = OutputSpec(*SIZE, view=view, bit_depth=10)  # type: ignore[arg-type]
    a, b = flat(0.55, Encoding.HLG), flat(0.45, Encoding.REC709)
    alone = composed([a if share < 0.5 else b], spec)
    mixed = composed(
        [Layer(a.picture, a.transform, a.planes, 1 - share), Layer(b.picture, b.transform, b.planes, share)], spec
    )
    assert code_of(mixed) == pytest.approx(code_of(alone), abs=2 / 876)


def test_a_dip_darkens_light_not_code_values() -> None:
    dipped = code_of(composed([flat(0.8, Encoding.SRGB, share=0.5)], OutputSpec(*SIZE)))
    light = ((0.8 + 0.055) / 1.055) ** 2.4 / 2
    assert dipped == pytest.approx(1.055 * light ** (1 / 2.4) - 0.055, abs=1 / 219)


def test_each_picture_of_a_mix_keeps_its_aspect_ratio() -> None:
    tall = flat(0.8, Encoding.SRGB, (8, 16), share=0.5)
    frame = composed([flat(0.2, Encoding.SRGB, share=0.5), tall], OutputSpec(*SIZE)).y.astype(int)
    assert np.ptp(frame[:, 1:11]) <= 1
    assert np.ptp(frame[:, 13:19]) <= 1
    assert frame[:, 13:19].min() > frame[:, 1:11].max() + 50
