"""The sums of light against numpy in double precision, at any size, with values that are not finite."""

from __future__ import annotations

import numpy as np
import pytest

from engine.effects import Energy, FrameContext, add_energy, describe_chain, read_energy
from engine.effects.exposure import ExposureEffect
from engine.render import Graph, Image, Plan, open_device


def measured(pixels: np.ndarray, form: str = "rgba32float", effects: tuple[ExposureEffect, ...] = ()) -> list[Energy]:
    """The energies of a picture and of the picture after each effect."""
    height, width = pixels.shape[:2]
    device, graph, picture = open_device(), Graph(), Image(width, height, form)
    graph.source("picture", picture)
    chain = describe_chain(effects, FrameContext(width, height), "picture", {"picture": picture})
    chain.add_to(graph)
    names = add_energy(graph, ["picture", *(result.picture for result in chain.results)])
    plan = Plan(device, graph, names)
    with device.load_picture(pixels, form) as source:
        results = plan.run({"picture": source.resource})
        data = device.fetch([results[name] for name in names]).result()
    for lease in results.values():
        lease.release()
    return [read_energy(one, picture) for one in data]


@pytest.mark.parametrize("size", [(1, 1), (64, 64), (65, 63), (1, 777), (129, 257), (641, 359)])
def test_sums_agree_with_double_precision(size: tuple[int, int]) -> None:
    width, height = size
    pixels = np.random.default_rng(width).lognormal(0, 2, (height, width, 4)).astype(np.float32)
    pixels[..., :3] -= 0.5

    (energy,) = measured(pixels)

    exact = pixels.astype(np.float64).reshape(-1, 4).sum(0)
    np.testing.assert_allclose((energy.red, energy.green, energy.blue), exact[:3], rtol=2e-6)
    assert (energy.pixels, energy.not_finite) == (width * height, 0)


@pytest.mark.parametrize("form", ["rgba16float", "rgba32float"])
def test_pixels_that_are_not_finite_are_counted_and_left_out(form: str) -> None:
    pixels = np.ones((70, 5, 4), np.float16 if "16" in form else np.float32)
    pixels[0, 0, 1] = np.nan
    pixels[66, 2, 0] = np.inf
    pixels[69, 4] = -np.inf

    (energy,) = measured(pixels, form)

    assert energy == Energy(347, 347, 347, 350, 3)


def test_a_chain_reports_the_light_after_each_effect() -> None:
    pixels = np.random.default_rng(1).random((40, 30, 4), np.float32)

    before, *after = measured(pixels, effects=(ExposureEffect(stops=1), ExposureEffect(stops=-3)))

    assert [energy.relative_to(before) for energy in after] == pytest.approx([2, 0.25], rel=1e-6)


def test_black_has_no_share() -> None:
    black = measured(np.zeros((3, 3, 4), np.float32))[0]

    assert black.total == 0
    assert black.relative_to(black) is None


def test_the_same_picture_has_the_same_sums() -> None:
    pixels = np.random.default_rng(2).random((300, 200, 4), np.float32)

    assert measured(pixels) == measured(pixels)
