"""Looks that read masks in deliveries of takes and of cuts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.deliver import CutRequest, CutTake, DeliverableRequest, build_cut, build_deliverable, read_receipt
from engine.effects.exposure import ExposureEffect
from engine.errors import RequestError
from engine.ingest import inspect
from engine.looks import Look, LookEffect
from engine.picture import LookSource
from engine.timeline import Clip, Cut
from tests.deliver.test_looks import GREY, grey, lumas, rec709, silent
from tests.looks.given_sources import GivenSources
from tests.permissions import DELIVER

BRIGHT = Look("bright", "Bright", "physical", (LookEffect("exposure", ExposureEffect(stops=1, mask="person")),))
CODE = (GREY - 16) / 219


def trusted_from(rate: Fraction, tick: int) -> GivenSources:
    """A mask of the whole picture that has a confidence from a tick of the take on."""
    whole = np.ones((4, 4), np.float32)
    return GivenSources({"person": lambda time, step: LookSource(whole, float(time * rate >= tick))})


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> CutTake:
    footage = inspect(grey(tmp_path_factory.mktemp("camera") / "grey.mov"))
    return CutTake("a", "grey", footage, "digest", Encoding.REC709)


def test_a_take_has_the_mask_of_each_of_its_frames(take: CutTake, tmp_path: Path) -> None:
    assert take.footage.grid
    sources = trusted_from(take.footage.grid.rate, 12)
    recipe = silent(long_edge=64, short_edge=64)
    order = DeliverableRequest(take.footage, "grey", recipe, Encoding.REC709, look=BRIGHT, sources=sources)
    build_deliverable(DELIVER, order, tmp_path)
    expected = [CODE] * 12 + [rec709(CODE, 1)] * 12
    assert lumas(tmp_path / "grey.mp4") == pytest.approx(expected, abs=1.5 / 219)
    (made,) = read_receipt(tmp_path).deliveries
    (sample,) = made.looks[0].samples
    assert sample.confidence == {"person": 1.0}
    assert sample.effects[0].after == pytest.approx(2 * sample.effects[0].before, rel=1e-3)


def test_each_clip_of_a_film_has_the_mask_of_its_own_take_at_its_own_time(take: CutTake, tmp_path: Path) -> None:
    assert take.footage.grid
    rate = Fraction(take.footage.grid.rate)
    takes = {
        "a": replace(take, sources=trusted_from(rate, 12)),
        "b": replace(take, id="b", sources=trusted_from(rate, 99)),
    }
    cut = Cut("film", rate, 64, 64, (Clip("1", "a", 10, 6), Clip("2", "b", 10, 6), Clip("3", "a", 0, 4)))
    recipe = silent(long_edge=64, short_edge=64, look="bright")
    order = CutRequest(cut, takes, recipe, looks={"bright": BRIGHT})
    build_cut(DELIVER, order, tmp_path, source_digest="cut")
    bright = rec709(CODE, 1)
    expected = [CODE] * 2 + [bright] * 4 + [CODE] * 10
    assert lumas(tmp_path / "film.mp4") == pytest.approx(expected, abs=1.5 / 219)
    confidences = [one.confidence["person"] for one in read_receipt(tmp_path).deliveries[0].looks[0].samples]
    assert confidences == [1.0, 0.0]


def test_without_the_mask_nothing_is_built(take: CutTake, tmp_path: Path) -> None:
    recipe = silent(long_edge=64, short_edge=64)
    order = DeliverableRequest(take.footage, "grey", recipe, Encoding.REC709, look=BRIGHT, take="3")
    with pytest.raises(RequestError, match="The look bright reads the mask of the people; 3 has none") as refused:
        build_deliverable(DELIVER, order, tmp_path)
    assert refused.value.hint == "Make it: cwtui perceive 3 --mask"
    cut = Cut("film", Fraction(24), 64, 64, (Clip("1", "a", 0, 4),))
    film = CutRequest(cut, {"a": take}, silent(look="bright", long_edge=64, short_edge=64), looks={"bright": BRIGHT})
    with pytest.raises(RequestError, match="grey has none"):
        build_cut(DELIVER, film, tmp_path, source_digest="cut")
    assert not list(tmp_path.iterdir())
