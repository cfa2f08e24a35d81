"""Stored products as the sources of looks."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction

import numpy as np
import pytest

from engine.effects import DEPTH, FLOW, FLOW_VALIDITY, PERSON
from engine.perception import (
    AnalysedTake,
    AnalysisFrame,
    PerceivedSources,
    PerceptionReader,
    ProviderSet,
    write_perception,
)
from tests.perception.stored_products import HEIGHT, RATE, WIDTH, Known, frames_between

COUNT = 20
STEP = 1 / RATE


def given(first: int, stop: int) -> Generator[AnalysisFrame]:
    return frames_between(first, stop, COUNT)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Generator[PerceivedSources]:
    folder = tmp_path_factory.mktemp("take") / "pass"
    take = AnalysedTake("water", "d1", RATE, range(COUNT), (WIDTH, HEIGHT))
    providers = ProviderSet(Known("person_mask"), Known("optical_flow"), Known("depth_map"))
    write_perception(folder, take, providers, given, segment=24)
    with PerceptionReader(folder) as reader:
        yield PerceivedSources(reader, (folder.name,))


def test_products_have_the_names_of_sources(sources: PerceivedSources) -> None:
    assert set(sources.names) == {PERSON, FLOW, FLOW_VALIDITY, DEPTH}


@pytest.mark.parametrize("tick", [0, 7, 19])
def test_a_mask_is_that_of_the_time_of_the_frame(sources: PerceivedSources, tick: int) -> None:
    (frame,) = frames_between(tick, tick + 1, COUNT)
    # The time stamp of a frame may be rounded to milliseconds.
    found = sources.load(PERSON, Fraction(round(1000 * tick / RATE), 1000), STEP)
    # Between keyframes, a mask is warped.
    assert ((found.pixels > 0.5) == (frame.pixels[..., 0] > 100)).mean() > 0.99
    assert 0 < found.confidence <= 1


def test_flow_is_that_of_the_step(sources: PerceivedSources) -> None:
    one, two = (sources.load(FLOW, 4 / RATE, times * STEP) for times in (1, 2))
    assert one.pixels.shape == (HEIGHT, WIDTH, 2)
    assert one.pixels.max() == pytest.approx(1 / HEIGHT, rel=0.05)
    np.testing.assert_allclose(two.pixels, 2 * one.pixels)
    assert sources.load(FLOW_VALIDITY, 4 / RATE, STEP).pixels.max() == 1


def test_unknown_depth_has_the_median(sources: PerceivedSources) -> None:
    depth = sources.load(DEPTH, Fraction(0), STEP)
    assert depth.metric is False
    assert np.isfinite(depth.pixels).all()
    assert depth.pixels[0, 0] == pytest.approx(np.median(depth.pixels), abs=0.01)


def test_a_frame_that_was_not_analysed_has_no_confidence(sources: PerceivedSources) -> None:
    beyond = sources.load(PERSON, (COUNT + 5) / RATE, STEP)
    assert (beyond.confidence, beyond.pixels.shape, beyond.pixels.max()) == (0, (HEIGHT, WIDTH), 0)
    assert not sources.load(FLOW, (COUNT - 1) / RATE, STEP).pixels.any()
