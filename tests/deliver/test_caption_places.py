"""Burnt-in captions move away from faces, and stay where they cover none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.deliver import DeliverableRequest, Recipe, build_deliverable
from engine.deliver.burn_in import burn_in
from engine.deliver.caption_places import caption_notes, caption_places
from engine.deliver.checks.expected_captions import expect_captions
from engine.deliver.safe_zone import burnt_style
from engine.ingest import Footage
from engine.perception import TakeFaces
from engine.perception.faces.take_faces import FaceSample, FaceTrack
from engine.speech import Cue
from engine.text import CaptionRenderer
from engine.time import Timecode
from tests.deliver.test_follow import SECONDS, ramp
from tests.permissions import DELIVER

CUES = (
    Cue(Fraction(0), Fraction(3, 2), "The tide comes\nin at noon."),
    Cue(Fraction(2), Fraction(7, 2), "Nobody is here."),
)
LOW, HIGH = (0.4, 0.7, 0.2, 0.25), (0.4, 0.1, 0.2, 0.3)
Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return ramp(tmp_path_factory.mktemp("faces") / "IMG_1.MOV", 10)


def recipe(avoid: bool = True, canvas: str = "320x180", fit: str = "pad", **style: object) -> Recipe:
    picture = {"view": "sdr", "codec": "h264", "canvas": canvas, "fit": fit, "quality": 16, "effort": "quick"}
    captions = {"size": 0.09, "avoid_faces": avoid, **style}
    return Recipe.model_validate(
        {"name": "talk", "title": "Talk", "picture": {**picture, "burn_in": ["captions"], "captions": captions}}
    )


def seen(box: Box, first: float = 0, last: float = SECONDS) -> TakeFaces:
    """One face in a place from a time to another, in seconds."""
    samples = tuple(FaceSample(tick=tick, box=box, score=0.9) for tick in range(round(first * 10), round(last * 10)))
    track = FaceTrack(id=1, samples=samples)
    return TakeFaces(rate=Fraction(10), step=1, ticks=10 * SECONDS, width=960, height=540, tracks=(track,))


def order_of(
    footage: Footage, wanted: Recipe, faces: TakeFaces | None, start: Fraction = Fraction(0)
) -> DeliverableRequest:
    assert footage.probe.picture
    transform = footage.probe.picture.input_transform
    return DeliverableRequest(footage, "take", wanted, transform, start, cues=CUES, faces=faces)


def positions(order: DeliverableRequest) -> list[str]:
    size = order.frame_size
    assert size
    return [one.position for one in caption_places(order, size)]


def test_a_caption_moves_only_while_it_would_cover_a_face(footage: Footage) -> None:
    assert positions(order_of(footage, recipe(), seen(LOW))) == ["top", "top"]
    assert positions(order_of(footage, recipe(), seen(LOW, 2, 4))) == ["bottom", "top"]
    assert positions(order_of(footage, recipe(position="top"), seen(HIGH))) == ["bottom", "bottom"]
    # Nothing moves.
    for faces in (seen(HIGH), seen(LOW, 1.7, 1.9), None):
        assert positions(order_of(footage, recipe(), faces)) == []


def test_a_stretch_reads_the_faces_of_its_own_time(footage: Footage) -> None:
    order = order_of(footage, recipe(), seen(LOW, 2, 4), start=2)
    assert [cue.text for cue in order.caption_tracks[0].cues] == [CUES[1].text]
    assert positions(order) == ["top"]


def test_a_face_that_a_crop_leaves_out_is_not_avoided(footage: Footage) -> None:
    aside = (0.05, 0.7, 0.15, 0.25)
    assert positions(order_of(footage, recipe(canvas="180x320", fit="crop"), seen(aside))) == []
    assert positions(order_of(footage, recipe(canvas="180x320", fit="crop"), seen(LOW))) == ["top", "top"]


def test_between_two_faces_it_moves_to_where_it_covers_least(footage: Footage) -> None:
    both = seen(LOW).model_copy(update={"tracks": (*seen(LOW).tracks, *seen((0.4, 0.02, 0.2, 0.3)).tracks)})
    order = order_of(footage, recipe(), both)
    places, usual = caption_places(order, (320, 180)), burnt_style(order.recipe, (320, 180))
    assert all(one.ends > usual.ends for one in places)
    rows = np.flatnonzero(CaptionRenderer(320, 180, places[1]).draw(CUES[1].text)[..., 3].any(axis=1))
    assert 0.3 * 180 < rows[0] < rows[-1] < 0.68 * 180


def test_they_are_burnt_in_and_looked_for_there(footage: Footage) -> None:
    order = order_of(footage, recipe(), seen(LOW, 2, 4))
    assert order.recipe.picture
    layers = burn_in(order, order.recipe.picture, 320, 180, Timecode(Fraction(10)))
    assert layers
    for one in expect_captions(order, Fraction(10)):
        layer = layers.at(one.frame)
        assert layer is not None
        drawn = np.flatnonzero(layer[..., 3].any(axis=1))
        assert (drawn[0], drawn[-1] + 1) == (one.rows.start, one.rows.stop)
        assert (one.rows.stop < 90) is (one.time > 2)
    assert caption_notes(order) == ["1 of 2 captions moved, because they would cover a face"]


@pytest.mark.slow
def test_the_movie_has_them_there_and_the_receipt_says_so(footage: Footage, tmp_path: Path) -> None:
    made = build_deliverable(DELIVER, order_of(footage, recipe(), seen(LOW, 2, 4)), tmp_path)
    (seen_captions,) = (one for one in made.checks if one.id == "burnt-captions")
    assert seen_captions.passed, seen_captions.measured
    assert "1 of 2 captions moved, because they would cover a face" in made.notes
