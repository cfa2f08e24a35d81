"""Film grain against NumPy, and its statistics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import correlate1d

from engine.effects import FrameContext, render_array
from engine.effects.cdl import CdlEffect
from engine.effects.grain import GrainEffect, noise_key
from engine.effects.lens_distortion import LensDistortionEffect
from engine.effects.tone_curve import ToneCurveEffect
from tests.effects.comparison import assert_light, assert_windows, halved, noise
from tests.examples import examples

GREY = np.full((270, 480, 3), 0.18, np.float32)
FULL = FrameContext(480, 270)


def pcg3d(x: np.ndarray, y: np.ndarray, z: int) -> list[np.ndarray]:
    """The published hash, in 64 bits that are cut to 32."""
    v = [(np.asarray(key, np.uint64) * 1664525 + 1013904223) % 2**32 for key in (x % 2**32, y % 2**32, z)]
    v = [np.broadcast_to(one, x.shape).copy() for one in v]
    for turn in range(2):
        for to, a, b in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            v[to] = (v[to] + v[a] * v[b]) % 2**32
        if turn == 0:
            v = [one ^ (one >> np.uint64(16)) for one in v]
    return v


def grained(light: np.ndarray, effect: GrainEffect, frame: FrameContext) -> np.ndarray:
    """The effect in NumPy: hashed noise around the picture, filtered, mixed and added to density."""
    edge = 12
    height, width = light.shape[:2]
    x, y = np.meshgrid(
        np.arange(-edge, width + edge) + frame.x, np.arange(-edge, height + edge) + frame.y, indexing="xy"
    )
    words = np.stack(pcg3d(x, y, noise_key(frame)), -1)
    numbers = (sum((words >> np.uint64(8 * n)) & np.uint64(255) for n in range(4)).astype(float) - 510) / 147.8007
    correlation = np.full((3, 3), 1 - effect.color) + effect.color * np.eye(3)
    values, vectors = np.linalg.eigh(correlation)
    mixed = numbers @ (vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T)
    uniforms = effect._values(frame)
    taps = np.arange(-effect._radius(frame), effect._radius(frame) + 1)
    layers = []
    for layer in range(3):
        ratio = uniforms.ratio[layer]
        kernel = np.where(taps == 0, 1.0, ratio ** (taps.astype(float) ** 2)) * uniforms.centre[layer]
        both = correlate1d(correlate1d(mixed[..., layer], kernel, 0), kernel, 1)
        layers.append(both[edge : edge + height, edge : edge + width])
    tone = 2 * light / (light + 0.18) - 1
    strength = 1 + tone**2 * (np.where(tone > 0, effect.highlights, effect.shadows) - 1)
    deviation = np.array(effect.deviations(frame)) / (1 + effect.toe / 0.18) * strength
    gain = np.exp(deviation * np.stack(layers, -1) - deviation**2 / 2)
    return light + (light + effect.toe) * (gain - 1)


@examples(6)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    film=st.sampled_from([4.01, 7.49, 14.0, 100.0]),
    frame=st.integers(0, 2**20),
    seed=st.integers(0, 2**32 - 1),
)
def test_grain_is_the_published_hash_in_density(height: int, width: int, film: float, frame: int, seed: int) -> None:
    light = noise(height, width) * 2
    effect = GrainEffect(film_height=film, strength=8)
    at = FrameContext(1920, 1080, frame, x=31, y=17, seed=seed)

    made = render_array([effect], light, at)

    assert_light(made, grained(light, effect, at))


@pytest.mark.parametrize("film", [4.01, 7.49, 14.0])
def test_variance_and_mean_are_those_asked_for_at_any_size(film: float) -> None:
    effect = GrainEffect(film_height=film)
    draft = render_array([effect], GREY, FULL)
    final = render_array([effect], np.repeat(np.repeat(GREY, 2, 0), 2, 1), FrameContext(960, 540))

    for made, frame in ((draft, FULL), (final, FrameContext(960, 540))):
        variance = np.log(made / 0.18).var((0, 1))
        np.testing.assert_allclose(variance, np.square(effect.deviations(frame)), rtol=0.05)
        np.testing.assert_allclose(made.mean((0, 1)), 0.18, rtol=1e-3)
    np.testing.assert_allclose(halved(final).var((0, 1)), draft.var((0, 1)), rtol=0.05)


def test_the_variance_after_a_whole_chain_is_that_asked_for() -> None:
    effect = GrainEffect()
    before = [LensDistortionEffect(k1=0.1), ToneCurveEffect(contrast=1.4, shoulder=0.6), CdlEffect(saturation=1.2)]
    made = render_array([*before, effect], GREY, FULL)[2:-2, 2:-2]
    np.testing.assert_allclose(np.log(made / 0.18).var((0, 1)), np.square(effect.deviations(FULL)), rtol=0.05)
    np.testing.assert_allclose(made.mean((0, 1)), 0.18, rtol=1e-3)


def test_grain_does_not_repeat_in_the_picture_or_from_frame_to_frame() -> None:
    first, second = (
        np.log(render_array([GrainEffect(color=1)], GREY, replace(FULL, number=number))[..., 1] / 0.18)
        for number in (0, 1)
    )

    def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        spectra = [np.fft.rfft2(one - one.mean()) for one in (a, b)]
        return np.fft.irfft2(spectra[0] * spectra[1].conj(), a.shape) / (a.std() * b.std() * a.size)

    own = correlation(first, first)
    # The largest of 130 000 values of noise is below 5.5 deviations, which are 1/√pixels each.
    assert np.abs(own[3:-2, 3:-2]).max() < 0.02
    assert np.abs(own[0, 3:-2]).max() < 0.02
    assert abs(correlation(first, second)[0, 0]) < 0.01
    assert np.abs(correlation(first, second)).max() < 0.02


def test_a_seed_changes_the_grain_and_a_strip_is_part_of_the_whole() -> None:
    light = noise(30, 21)
    frame = FrameContext(21, 1080)
    effect = GrainEffect(film_height=7.49)

    assert not np.array_equal(
        render_array([effect], light, frame), render_array([effect], light, replace(frame, seed=1))
    )
    assert_windows([effect], light, frame)


def test_black_has_the_grain_of_the_toe_and_nothing_has_none() -> None:
    picture = np.zeros((64, 64, 4), np.float32)
    picture[:, 32:, 3] = 1

    made = render_array([GrainEffect()], picture, FrameContext(64, 1080))

    assert not made[:, :32].any()
    assert 0 < made[:, 32:, :3].std() < 0.004
    assert abs(made[:, 32:, :3].mean()) < 1e-5


def test_no_strength_changes_nothing() -> None:
    light = noise(5, 5)
    np.testing.assert_array_equal(render_array([GrainEffect(strength=0)], light), light)
