"""The tops of heads by masks, and a crop that keeps them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.perception import (
    AnalysedTake,
    FaceSample,
    FaceTrack,
    FollowOptions,
    PerceptionReader,
    ProviderSet,
    StoredFaces,
    TakeFaces,
    plan_follow,
    with_crowns,
    write_perception,
)
from engine.perception.faces import crown_above
from tests.perception.stored_products import HEIGHT, RATE, WIDTH, Known, frames_between

BOX = (0.4, 0.5, 0.2, 0.2)


def standing_person(crown: int) -> np.ndarray:  # type: ignore[type-arg]
    """A mask of 100 × 100 pixels: a head from the row `crown` on, and a raised hand beside it."""
    alpha = np.zeros((100, 100), np.float32)
    alpha[crown:, 40:60] = 1
    alpha[5:, 36:40] = 1
    return alpha


def test_a_crown_is_the_top_of_the_mask_above_the_middle_of_the_face() -> None:
    assert crown_above(standing_person(30), BOX) == 0.30
    assert crown_above(standing_person(0), BOX) == 0
    # What is not at the face is no head, and a face above the frame has no crown.
    assert crown_above(standing_person(70), BOX) is None
    assert crown_above(standing_person(30), (0.4, -0.1, 0.2, 0.2)) is None


def test_a_zoomed_crop_keeps_a_tall_head_whole() -> None:
    def faces(crown: float | None) -> TakeFaces:
        samples = tuple(FaceSample(tick=n, box=BOX, score=0.9, crown=crown) for n in range(60))
        return TakeFaces(
            rate=Fraction(30), step=1, ticks=60, width=320, height=180, tracks=(FaceTrack(id=1, samples=samples),)
        )

    options = FollowOptions(zoom=2, margin=0.02)
    tops = []
    for crown in (None, 0.29):
        plan = plan_follow(faces(crown), (), (), (1920, 1080), (1080, 1920), options)
        tops.append(plan.path.y[30] - 0.25)
    assert tops[0] > 0.29, "without a mask, the hair is cut off"
    assert tops[1] <= 0.28 + 1e-6


@pytest.fixture(scope="module")
def masks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pass") / "done"
    take = AnalysedTake("square", "", RATE, range(12), (WIDTH, HEIGHT))
    providers = ProviderSet(Known("person_mask"), Known("optical_flow"), None, Known("face"))
    write_perception(folder, take, providers, lambda first, stop: frames_between(first, stop, 12))
    return folder


def test_stored_masks_give_the_crowns_of_stored_faces(masks: Path) -> None:
    with PerceptionReader(masks) as reader:
        provider = StoredFaces(reader)
        (frame,) = frames_between(4, 5, 12)
        assert provider.identity.product == "face"
        left, top, *_ = provider.faces(frame)[0].box
        assert (left, top) == (pytest.approx(4 / WIDTH), 0.25)
        # The square begins at the row 12 of 36; the face in it begins a little below.
        sample = FaceSample(tick=4, box=(left, 0.4, 0.15, 0.2), score=0.9)
        found = with_crowns(
            TakeFaces(rate=RATE, step=1, ticks=12, width=WIDTH, height=HEIGHT,
                      tracks=(FaceTrack(id=1, samples=(sample, sample.model_copy(update={"tick": 50}))),)),
            reader,
        )  # fmt: skip
    assert [one.crown for one in found.tracks[0].samples] == [pytest.approx(12 / HEIGHT, abs=0.03), None]
