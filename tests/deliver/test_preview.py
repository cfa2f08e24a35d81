"""Frames of a delivery for a screen are those of the delivery."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.deliver import (
    CutRequest,
    CutTake,
    DeliverableRequest,
    DeliveryFrames,
    Recipe,
    build_deliverable,
    load_recipe,
)
from engine.deliver.safe_zones import PictureZone, with_outlines
from engine.errors import RequestError
from engine.ingest import inspect, picture_transform
from engine.picture import Viewer
from engine.speech import Cue
from engine.timeline import Clip, Cut
from fixtures.camera_gops import NTSC, write_camera_take
from tests.permissions import DELIVER

WIDTH, HEIGHT = 90, 160
AT = 6


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> CutTake:
    """A take of 12 frames in 320×180. Read-only."""
    path = write_camera_take(tmp_path_factory.mktemp("camera") / "take.mov", "h264", 12)
    footage = inspect(path)
    assert footage.probe.picture
    return CutTake("take", footage.name, footage, "take", footage.probe.picture.input_transform)


def cropped_recipe() -> Recipe:
    """An upright crop with captions, almost without loss."""
    recipe = load_recipe("shorts-words")
    assert recipe.picture
    picture = recipe.picture.model_copy(
        update={"short_edge": WIDTH, "long_edge": HEIGHT, "quality": 4, "bit_rate": {}, "effort": "quick"}
    )
    return recipe.model_copy(update={"picture": picture, "sound": None, "platform": None})


def request_of(take: CutTake) -> DeliverableRequest:
    cues = (Cue(Fraction(0), Fraction(1), "flat water"),)
    return DeliverableRequest(take.footage, take.label, cropped_recipe(), take.input_transform, cues=cues)


def test_a_frame_is_that_of_the_finished_file(take: CutTake, tmp_path: Path) -> None:
    order = request_of(take)
    build_deliverable(DELIVER, order, tmp_path)
    made = inspect(tmp_path / f"{take.label}.mp4")
    assert made.probe.picture
    assert made.grid
    transform = picture_transform(made, None)
    assert transform
    with Viewer(made.path, made.probe.picture, transform, made.grid) as viewer:
        delivered = viewer.at(AT, WIDTH).astype(float)
    with DeliveryFrames(order, WIDTH) as frames:
        whole = frames.at(AT)
        assert (frames.at(-1) == frames.at(0)).all()
    assert np.abs(whole - delivered).mean() < 2
    with DeliveryFrames(order, WIDTH // 3) as frames:
        small = frames.at(AT)
    assert small.shape == (53, WIDTH // 3, 3)
    # The caption is where the delivery has it: the brightest rows are the same.
    assert abs(small.max(2).mean(1).argmax() * 3 - delivered.max(2).mean(1).argmax()) < 8


def test_a_frame_of_a_cut_is_that_of_its_take(take: CutTake) -> None:
    order = request_of(take)
    cut = Cut("film", NTSC, 320, 180, (Clip("1", "take", 2, 10),))
    film = CutRequest(cut, {"take": take}, order.recipe, cues=order.cues)
    with DeliveryFrames(film, WIDTH) as frames, DeliveryFrames(order, WIDTH) as frames_of_take:
        assert frames.frames == 10
        assert np.abs(frames.at(4).astype(int) - frames_of_take.at(6)).max() <= 4


def test_a_recipe_without_a_picture_has_no_frames(take: CutTake) -> None:
    order = DeliverableRequest(take.footage, take.label, load_recipe("podcast"), take.input_transform)
    with pytest.raises(RequestError, match="podcast has no picture"):
        DeliveryFrames(order, 100)


def test_zones_are_outlined() -> None:
    picture = np.zeros((20, 10, 3), np.uint8)
    assert with_outlines(picture, ()) is picture
    drawn = with_outlines(picture, [PictureZone("captions", 0.0, 0.5, 1.0, 1.0)])
    assert not picture.any()
    assert drawn[10:, [0, 9]].any(axis=2).all()
    assert not drawn[:10].any()
    assert not drawn[11:19, 1:9].any()
