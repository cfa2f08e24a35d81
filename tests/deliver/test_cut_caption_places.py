"""Captions of a film move away from the faces of the clips that are visible, where the film shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.deliver import CutRequest, CutTake, build_cut
from engine.deliver.caption_places import caption_places
from engine.deliver.checks.expected_captions import expect_captions
from engine.deliver.visible_faces import VisibleFaces
from engine.ingest import Footage
from engine.perception import TakeFaces
from engine.speech import Cue
from engine.timeline import Clip, Cut, Transition, add_title
from engine.titles import load_title
from tests.deliver.test_caption_places import LOW, recipe, seen
from tests.deliver.test_follow import SIZE, ramp
from tests.permissions import DELIVER

# The second clip begins at 1 s of the film, and shows its take from 2 s on.
CLIPS = (Clip("1", "a", 0, 10), Clip("2", "b", 20, 10))
CUES = (
    Cue(Fraction(1, 10), Fraction(9, 10), "The tide comes\nin at noon."),
    Cue(Fraction(11, 10), Fraction(19, 10), "Nobody is here."),
)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return ramp(tmp_path_factory.mktemp("faces") / "IMG_1.MOV", 10)


def film(footage: Footage, faces: Mapping[str, TakeFaces], clips: tuple[Clip, ...] = CLIPS, **style: str) -> CutRequest:
    assert footage.probe.picture
    takes = {take: CutTake(take, take, footage, take, footage.probe.picture.input_transform) for take in "ab"}
    return CutRequest(Cut("film", Fraction(10), *SIZE, clips), takes, recipe(**style), cues=CUES, faces=faces)


def positions(order: CutRequest) -> list[str]:
    size = order.frame_size
    assert size
    return [one.position for one in caption_places(order, size)]


def test_each_caption_avoids_the_faces_of_the_clip_below_it(footage: Footage) -> None:
    assert positions(film(footage, {"b": seen(LOW)})) == ["bottom", "top"]
    assert positions(film(footage, {"a": seen(LOW), "b": seen(LOW)})) == ["top", "top"]
    assert positions(film(footage, {})) == []


def test_a_clip_has_the_faces_of_its_range_of_the_take(footage: Footage) -> None:
    assert positions(film(footage, {"b": seen(LOW, 2, 3)})) == ["bottom", "top"]
    # At the time of the film there is a face, and at that of the clip none.
    assert positions(film(footage, {"b": seen(LOW, 0.5, 1.9)})) == []


def test_both_clips_of_a_transition_are_visible(footage: Footage) -> None:
    dissolve = replace(CLIPS[1], transition=Transition("dissolve", 3, 3))
    assert positions(film(footage, {"b": seen(LOW)}, (CLIPS[0], dissolve))) == ["top", "top"]


def test_a_gap_has_no_faces(footage: Footage) -> None:
    assert positions(film(footage, {"b": seen(LOW)}, (CLIPS[1], Clip("2", None, 0, 10)))) == ["top", "bottom"]


def test_a_crop_moves_the_faces(footage: Footage) -> None:
    """The crop of a wide picture to an upright one keeps the middle, 0.316 of its width."""
    order = film(footage, {"a": seen((0.42, 0.7, 0.16, 0.25))}, canvas="180x320", fit="crop")
    (face,) = VisibleFaces(order, (180, 320)).at(Fraction(1, 2))
    assert (face.left, face.right) == (pytest.approx(0.247, abs=0.01), pytest.approx(0.753, abs=0.01))
    assert (face.top, face.bottom) == (pytest.approx(0.625), pytest.approx(0.95))
    padded = film(footage, {"a": seen((0.42, 0.7, 0.16, 0.25))}, canvas="180x320")
    (face,) = VisibleFaces(padded, (180, 320)).at(Fraction(1, 2))
    assert (face.left, face.right) == (pytest.approx(0.42), pytest.approx(0.58))
    assert 0.5 < face.top < face.bottom < 0.66


def test_the_movie_has_the_captions_there_and_the_receipt_says_so(footage: Footage, tmp_path: Path) -> None:
    order = film(footage, {"b": seen(LOW)}, canvas="160x90")
    made = build_cut(DELIVER, order, tmp_path)
    assert [check.name for check in made.checks if check.failed] == []
    assert "burnt-captions" in {check.id for check in made.checks}
    assert "1 of 2 captions moved, because they would cover a face" in made.notes
    with av.open(str(tmp_path / "film.mp4")) as file:
        frames = [frame.to_ndarray(format="gray").astype(int) for frame in file.decode(video=0)]
    # The picture gets brighter from left to right only, so the rows differ by the caption.
    low, high = ([np.abs(frame[rows] - frame[45]).max() for frame in frames] for rows in (slice(60, 90), slice(30)))
    assert low[5] > 60 > 25 > high[5]
    assert high[15] > 60 > 25 > low[15]


def test_captions_of_a_title_are_not_looked_for_below_it(footage: Footage) -> None:
    template, order = load_title("captions"), film(footage, {})
    titled = add_title(order.cut, template.name, template.revision, template.design, 0, 10, {})
    found = expect_captions(replace(order, cut=titled), Fraction(10))
    assert [one.time for one in found] == [Fraction(3, 2)]
