"""Looks in the picture pipelines: on every encoding, in mixes, as light and as codes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.effects.exposure import ExposureEffect
from engine.keyframes import Keyframe, KeyframeCurve
from engine.looks import ClipLook, Look, LookEffect, TakeLook
from engine.picture import (
    WHOLE_PICTURE,
    Compositor,
    Layer,
    LinearCompositor,
    LinearPipeline,
    OutputSpec,
    Pipeline,
    Planes,
    View,
    YuvPlanes,
    to_acescg,
    to_display,
)
from engine.render import Image
from tests.picture.frames import linear_planes, picture, rgb_planes

SIZE = (32, 16)


def exposed(stops: float) -> Look:
    return Look("test", "Test", "physical", (LookEffect("exposure", ExposureEffect(stops=stops)),))


def flat(code: float) -> Planes:
    return rgb_planes(np.full((SIZE[1], SIZE[0], 3), code))


def code_of(planes: YuvPlanes) -> float:
    scale = 1 << (planes.bit_depth - 8)
    return float((planes.y.astype(float).mean() - 16 * scale) / (219 * scale))


def shown(encoding: Encoding, view: View, code: float, stops: float | None) -> float:
    spec = OutputSpec(*SIZE, view=view, bit_depth=8 if view == "sdr" else 10)
    look = None if stops is None else TakeLook(exposed(stops), Fraction(24))
    return code_of(Pipeline(picture(*SIZE, encoding), encoding, spec, look=look).run(flat(code)))


CASES: list[tuple[Encoding, View]] = [
    (Encoding.HLG, "hlg"), (Encoding.HLG, "sdr"), (Encoding.PQ, "pq"), (Encoding.REC709, "sdr"),
    (Encoding.SRGB, "hlg"), (Encoding.APPLE_LOG, "sdr"),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "view"), CASES)
def test_a_look_that_changes_nothing_leaves_the_picture_as_it_is(encoding: Encoding, view: View) -> None:
    assert shown(encoding, view, 0.4, 0) == pytest.approx(shown(encoding, view, 0.4, None), abs=0.6 / 219)


def test_as_shot_a_stop_doubles_the_light_of_the_encoding() -> None:
    # Below 0.5, HLG's light is the square of its code; a power law of 0.45 follows Rec. 709's OETF.
    assert shown(Encoding.HLG, "hlg", 0.3, 1) == pytest.approx(0.3 * 2**0.5, abs=1 / 876)
    light = ((0.5 + 0.099) / 1.099) ** (1 / 0.45)
    assert shown(Encoding.REC709, "sdr", 0.5, 1) == pytest.approx(1.099 * (2 * light) ** 0.45 - 0.099, abs=1 / 219)


def test_log_footage_gets_its_look_before_the_aces_view() -> None:
    light = to_acescg(np.full((1, 1, 3), 0.45), Encoding.APPLE_LOG) / 2
    wanted = float(to_display(light, "sdr").mean())
    assert shown(Encoding.APPLE_LOG, "sdr", 0.45, -1) == pytest.approx(wanted, abs=1 / 219)


def test_a_still_and_a_master_have_the_look() -> None:
    noise = np.random.default_rng(1).random((SIZE[1], SIZE[0], 3)) / 4 + 0.2
    scene = noise.astype(np.float16).astype(np.float32)
    planes, look = linear_planes(scene), TakeLook(exposed(1), Fraction(24))
    exr = picture(*SIZE, Encoding.EXR)

    (light,) = LinearPipeline(exr, Encoding.EXR, look).stream([(planes, None)])
    still = Pipeline(exr, Encoding.EXR, look=look).view_rgb8(planes)

    np.testing.assert_array_equal(light, scene * 2)
    np.testing.assert_array_equal(still, Pipeline(exr, Encoding.EXR).view_rgb8(linear_planes(scene * 2)))


def clip(code: float, share: float, stops: float, seed: int) -> Layer:
    encoding = Encoding.HLG
    return Layer(picture(*SIZE, encoding), encoding, flat(code), share, ClipLook(exposed(stops), Fraction(0), seed))


def test_a_dissolve_mixes_the_light_of_two_looks() -> None:
    layers = [clip(0.2, 0.25, 1, 0), clip(0.3, 0.75, -1, 1)]

    (frame,) = Compositor(OutputSpec(*SIZE, view="hlg", bit_depth=10), "as-shot").stream([(layers, None)])
    (light,) = LinearCompositor(*SIZE).stream([(layers, None)])

    mixed = 0.25 * 0.2**2 * 2 + 0.75 * 0.3**2 / 2
    assert code_of(frame) == pytest.approx(mixed**0.5, abs=1 / 876)
    assert float(light.mean()) == pytest.approx(mixed * 0.18 / 0.1764, rel=1e-3)


def test_one_clip_of_a_film_is_rendered_with_its_look_and_the_next_as_recorded() -> None:
    spec = OutputSpec(*SIZE, view="hlg", bit_depth=10)
    plain = Layer(picture(*SIZE, Encoding.HLG), Encoding.HLG, flat(0.3))

    frames = Compositor(spec, "as-shot").stream([([clip(0.3, 1, 1, 0)], None), ([plain], None)])

    assert [code_of(frame) for frame in frames] == pytest.approx([0.3 * 2**0.5, 0.3], abs=1 / 876)


def test_keyframes_change_uniforms_only() -> None:
    curve = KeyframeCurve((Keyframe(Fraction(0), 0), Keyframe(Fraction(2), 4), Keyframe(Fraction(3), 400)))
    specs = {"picture": Image(*SIZE)}
    chains = [
        ClipLook(exposed(9), Fraction(time), 0, {"exposure.stops": curve, "gone.gain": curve}).describe(
            0, "picture", specs, {}, WHOLE_PICTURE
        )
        for time in (0, 1, 3)
    ]

    assert len({chain.topology for chain in chains}) == 1
    gains = [next(iter(chain.values.values())).gain for chain in chains]  # type: ignore[attr-defined]
    # A value beyond the parameter's limits is the limit.
    assert gains == [1, 4, 2.0**16]
