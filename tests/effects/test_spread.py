"""Bloom, halation, diffusion and streaks: compared with another implementation, and what they have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from engine.effects import Effect, FrameContext, describe_chain, render_array
from engine.effects.bloom import BloomEffect
from engine.effects.diffusion import DiffusionEffect
from engine.effects.halation import HalationEffect
from engine.effects.streak import StreakEffect
from engine.render import Graph, Image, Plan, open_device
from tests.effects import optics_oracle as oracle
from tests.examples import examples

BLOOM = BloomEffect(amount=0.5, radius=9)
HALATION = HalationEffect(film_height=2)
DIFFUSION = DiffusionEffect(amount=0.6)
STREAK = StreakEffect(amount=0.5, length=20, thickness=1)
SLANTED = StreakEffect(amount=0.5, length=8, thickness=1, angle=-35)
ALL = pytest.mark.parametrize("effect", [BLOOM, HALATION, DIFFUSION, STREAK], ids=lambda effect: effect.kind)

GATE = 2e-4


def expected(effect: Effect, picture: np.ndarray) -> np.ndarray:
    """The effect by the oracle."""
    height = picture.shape[0]
    match effect:
        case BloomEffect():
            weights = effect.falloff ** np.arange(len(BLOOM_WIDTHS))[::-1]
            lobes = [
                (width * effect.radius / 100 * height, [effect.amount * weight / weights.sum()] * 3)
                for width, weight in zip(BLOOM_WIDTHS, weights, strict=True)
            ]
            source = oracle.highlights(picture, effect.threshold, effect.knee, effect.clamp)
            return oracle.spread(picture, source, lobes)
        case DiffusionEffect():
            detail = effect.amount * (1 - effect.veil) / 2
            lobes = [(0.1, detail), (0.3, detail), (1, effect.amount * effect.veil)]
            return oracle.spread(picture, picture, [(w * effect.radius / 100 * height, [p] * 3) for w, p in lobes])
        case HalationEffect():
            pixels = height / (1000 * effect.film_height)
            red = effect.reflection * np.array([1, effect.green, 0])
            lobes = [
                (effect.scatter_radius * pixels, [effect.scatter] * 3),
                (effect.reflection_radius * pixels, red * 0.65),
                (effect.reflection_radius * 3 * pixels, red * 0.35),
            ]
            return oracle.spread(picture, picture, lobes)
        case StreakEffect():
            color = effect.amount * np.array([effect.red, effect.green, effect.blue])
            parts = zip((1, 0.4, 0.16, 0.064), (0.16, 0.22, 0.28, 0.34), strict=True)
            lobes = [(width * effect.length / 100 * height, color * part) for width, part in parts]
            source = oracle.highlights(picture, effect.threshold, effect.knee, effect.clamp)
            return oracle.streak(picture, source, lobes, effect.thickness / 100 * height, effect.angle)
    raise AssertionError(effect)


BLOOM_WIDTHS = (1.0, 0.4, 0.18, 0.08)


def night(height: int, width: int, seed: int = 1) -> np.ndarray:
    """A dark picture with lights: a few pixels are bright."""
    chance = np.random.default_rng(seed)
    picture = chance.random((height, width, 3), np.float32)
    lights = chance.random((height, width)) > 0.97
    picture[lights] *= np.float32(12)
    return picture


def light(height: int, width: int, x: float, y: float) -> np.ndarray:
    """A highlight of one pixel's area at any place in a black picture."""
    picture = np.zeros((height, width, 3), np.float32)
    left, top = int(x), int(y)
    for row, part in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, share in ((left, 1 - (x - left)), (left + 1, x - left)):
            if part * share > 0:
                picture[row, column] = 60 * part * share
    return picture


@pytest.mark.parametrize(
    "effect", [BLOOM, HALATION, DIFFUSION, STREAK, SLANTED], ids=["bloom", "halation", "diffusion", "streak", "slanted"]
)
@examples(3, deadline=None)
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    place=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 99),
)
def test_it_equals_the_oracle_and_keeps_the_light_at_any_size(
    effect: Effect, size: tuple[int, int], place: tuple[float, float], seed: int
) -> None:
    picture = night(*size, seed)
    picture[round(place[0] * (size[0] - 1)), round(place[1] * (size[1] - 1))] = (60, 40, 50)

    made = render_array([effect], picture)

    np.testing.assert_allclose(made, expected(effect, picture), atol=GATE, rtol=0)
    if effect is not SLANTED:
        np.testing.assert_allclose(made.sum((0, 1)), picture.sum((0, 1)), rtol=1e-5)


@ALL
@pytest.mark.parametrize("place", [(0, 0), (36, 100), (18, 51)])
def test_a_highlight_of_one_pixel_keeps_its_light_where_both_sides_are_odd(
    effect: Effect, place: tuple[int, int]
) -> None:
    picture = light(37, 101, place[1], place[0])

    np.testing.assert_allclose(render_array([effect], picture).sum((0, 1)), picture.sum((0, 1)), rtol=1e-5)


@ALL
def test_flat_areas_stay_flat_to_the_corners(effect: Effect) -> None:
    picture = np.broadcast_to(np.array([5, 3, 1], np.float32), (35, 41, 3)).copy()

    np.testing.assert_allclose(render_array([effect], picture), picture, atol=1e-5)


@pytest.mark.parametrize(
    ("effect", "height"),
    [(BloomEffect(), 340), (HalationEffect(), 340), (DiffusionEffect(), 340), (StreakEffect(), 40)],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_the_glow_of_a_moving_highlight_flickers_by_at_most_a_percent(effect: Effect, height: int) -> None:
    """The highlight moves by parts of pixels in a 1080p frame, and the glow is measured at places that move with it."""
    width = 1920 if height < 100 else 340
    frame = FrameContext(1920, 1080, x=(1920 - width) // 2, y=401)
    sweep = []
    for step in range(8):
        x, y = width // 2 + 0.97 * step, height // 2 - 3 + 0.37 * step
        picture = 4 * light(height, width, x, y)
        glow = (render_array([effect], picture, frame) - picture).sum((0, 2), dtype=np.float64)
        sweep.append(CubicSpline(np.arange(width) - x, glow)([-40, -27, -18, 12, 18, 27, 40]))
    change, mean = np.ptp(sweep, axis=0), np.mean(sweep, axis=0)
    seen = mean > 0.02 * mean.max()

    assert seen.sum() >= 5
    assert (change[seen] / mean[seen]).max() <= 0.01


@ALL
def test_strips_are_the_full_frame(effect: Effect) -> None:
    height, width = 151, 47
    picture = night(height, width)
    whole = render_array([effect], picture)
    reach = effect.reach(FrameContext(width, height))
    for top in (0, 37, 101):
        first, last = max(0, top - reach), min(height, top + 20 + reach)
        strip = render_array([effect], picture[first:last], FrameContext(width, height, y=first))
        np.testing.assert_array_equal(strip[top - first : top - first + 20], whole[top : top + 20])


@pytest.mark.parametrize("effect", [DiffusionEffect(amount=0.6, radius=1), BloomEffect(radius=1), SLANTED.model_copy(
    update={"length": 2.0, "thickness": 0.5}
)], ids=lambda effect: effect.kind)  # fmt: skip
def test_a_window_in_the_middle_is_the_full_frame(effect: Effect) -> None:
    picture = night(230, 260)
    frame = FrameContext(260, 230)
    whole = render_array([effect], picture)
    reach = effect.reach(frame)
    x, y = 113 - reach, 101 - reach
    assert x > 0
    assert y > 0

    window = picture[y : 111 + reach, x : 129 + reach]
    made = render_array([effect], window, FrameContext(260, 230, x=x, y=y))

    np.testing.assert_array_equal(made[reach:-reach, reach:-reach], whole[101:111, 113:129])


@ALL
def test_it_is_the_same_bytes_cold_and_warm(effect: Effect) -> None:
    picture = night(61, 83)
    device = open_device()
    spec = Image(83, 61)
    chain = describe_chain([effect], FrameContext(83, 61), "picture", {"picture": spec})
    pixels = np.concatenate([picture, np.ones((61, 83, 1), np.float32)], -1).astype(np.float16)

    def planned() -> Plan:
        graph = Graph()
        graph.source("picture", spec)
        return Plan(device, graph, [chain.add_to(graph)])

    def digest(plan: Plan) -> str:
        with (
            device.load_picture(pixels, spec.format) as source,
            plan.run({"picture": source.resource})[chain.result] as made,
        ):
            (rendered,) = device.fetch([made]).result()
        return hashlib.sha256(rendered.tobytes()).hexdigest()

    first = planned()
    digests = {digest(first), digest(first), digest(planned())}

    assert len(digests) == 1


@ALL
def test_alpha_is_kept_and_a_mask_limits_it(effect: Effect) -> None:
    picture = np.concatenate([night(20, 30), np.random.default_rng(3).random((20, 30, 1), np.float32)], -1)
    mask = np.zeros((20, 30), np.float32)
    mask[:, 15:] = 1

    whole = render_array([effect], picture)
    made = render_array([effect.model_copy(update={"mask": "person"})], picture, masks={"person": mask})

    np.testing.assert_array_equal(whole[..., 3], picture[..., 3])
    np.testing.assert_array_equal(made[:, :15], picture[:, :15])
    np.testing.assert_allclose(made[:, 15:], whole[:, 15:], atol=1e-5)
    assert np.abs(made[..., :3] - picture[..., :3]).max() > 0.05


def test_a_moved_window_has_another_topology() -> None:
    """Its levels have other sizes, so that a plan for one cannot render the other."""
    spec = {"picture": Image(20, 21)}
    chains = [describe_chain([BLOOM], FrameContext(100, 100, x=x), "picture", spec) for x in (8, 9)]

    assert chains[0].topology != chains[1].topology


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda v: BloomEffect(radius=v), -1),
        (lambda v: BloomEffect(threshold=v), float("nan")),
        (lambda v: HalationEffect(reflection=v), 0.6),
        (lambda v: DiffusionEffect(amount=v), 1.1),
        (lambda v: StreakEffect(angle=v), 91),
    ],
)
def test_values_outside_the_limits_are_refused(make: Callable[[float], Effect], value: float) -> None:
    with pytest.raises(ValueError, match="validation error"):
        make(value)


@pytest.mark.slow
@ALL
def test_a_strip_that_is_8k_wide_equals_the_oracle(effect: Effect) -> None:
    picture = night(33, 7680)

    np.testing.assert_allclose(render_array([effect], picture), expected(effect, picture), atol=GATE, rtol=0)
