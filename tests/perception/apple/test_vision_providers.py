"""Vision's recorded results become masks, flow and faces in the product's conventions."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from engine.errors import EngineError
from engine.perception import BACKGROUND, FOREGROUND, AnalysisFrame
from engine.perception.apple import VisionFaceProvider, VisionFlowProvider, VisionMaskProvider
from engine.perception.apple.products_of import FaceRecord, calibration_pair
from engine.resources import resource_root
from fixtures import apple_results
from tests.perception.apple.vision import RecordedVision

HEIGHT, WIDTH = 180, 320


def frame(number: int = 0, width: int = WIDTH) -> AnalysisFrame:
    return AnalysisFrame(number, Fraction(number, 30), np.zeros((HEIGHT, width, 3), np.uint8))


def test_a_mask_has_the_size_of_the_frame() -> None:
    mask = VisionMaskProvider(RecordedVision(mask=apple_results.person())).mask(frame())
    assert mask.alpha.shape == mask.trimap.shape == (HEIGHT, WIDTH)
    assert mask.alpha[99, 96] == 1
    assert mask.trimap[99, 96] == FOREGROUND
    assert mask.trimap[99, 300] == BACKGROUND
    area = float(mask.alpha.mean())
    assert area == pytest.approx(np.pi * 0.15 * 0.4, rel=0.05)


@pytest.mark.parametrize("result", [apple_results.nobody(), None])
def test_without_a_person_the_mask_is_empty(result: apple_results.Buffer | None) -> None:
    mask = VisionMaskProvider(RecordedVision(mask=result)).mask(frame())
    assert not mask.alpha.any()
    assert np.all(mask.trimap == BACKGROUND)


@pytest.mark.parametrize("signs", [(1, 1), (-1, 1), (1, -1), (-1, -1)])
def test_the_directions_of_the_flow_are_measured(signs: tuple[int, int]) -> None:
    x, y = signs
    vision = RecordedVision(
        flows=[
            apple_results.motion(6.2 * x, 4.1 * y),
            apple_results.motion(9.0 * x, -3.0 * y),
            apple_results.motion(-9.0 * x, 3.0 * y),
        ]
    )
    flow = VisionFlowProvider(vision).flow(frame(), frame(1))
    assert flow.forward.shape == flow.backward.shape == (HEIGHT, WIDTH, 2)
    # The flow picture is 90 pixels high, so that 9 pixels are a tenth of the height.
    assert flow.forward[90, 100] == pytest.approx([0.1, -1 / 30], abs=1e-6)
    assert flow.backward[90, 100] == pytest.approx([-0.1, 1 / 30], abs=1e-6)
    assert flow.validity[90, 100] == 1
    assert flow.validity[90, -1] == 0, "the next frame does not have this place"


def test_flow_back_to_another_place_is_not_valid() -> None:
    flows = [apple_results.motion(6, 4), apple_results.motion(9, 0), apple_results.motion(9, 0)]
    assert not VisionFlowProvider(RecordedVision(flows=flows)).flow(frame(), frame(1)).validity.any()


def test_a_flow_that_is_not_the_motion_of_the_test_picture_is_an_error() -> None:
    with pytest.raises(EngineError, match=r"instead of 6, 4"):
        VisionFlowProvider(RecordedVision(flows=[apple_results.motion(0.1, 4)])).warm_up()


def test_frames_of_two_sizes_have_no_flow() -> None:
    with pytest.raises(EngineError, match="different sizes"):
        VisionFlowProvider(RecordedVision()).flow(frame(), frame(1, width=160))


def test_the_test_picture_moves_as_stated() -> None:
    first, second = calibration_pair()
    assert np.array_equal(second[4:, 6:], first[:-4, :-6])


@pytest.mark.parametrize("degrees", [0, 25, -40])
def test_landmarks_are_where_the_regions_are(degrees: int) -> None:
    layout = np.array(json.loads((resource_root("presets") / "perception" / "face_mesh.json").read_text()))
    # The eyes are half closed, and the face is wide: it is not the face of the layout.
    for upper, lower in ((159, 145), (386, 374), (160, 144), (158, 153), (385, 380), (387, 373)):
        layout[upper] = (layout[upper] + layout[lower]) / 2
    turn = np.radians(degrees)
    turned = (layout * [1.1, 1.0]) @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    mesh = turned * 0.12 * [HEIGHT / WIDTH, 1] + [0.6, 0.4]
    box, confidence, regions = apple_results.observation(mesh)
    weaker = FaceRecord((0.1, 0.1, 0.1, 0.2), 0.3, {})
    best, other = VisionFaceProvider(RecordedVision(faces=[weaker, FaceRecord(box, confidence, regions)])).faces(
        frame()
    )
    assert (best.score, other.score, other.landmarks) == (0.9, 0.3, ())
    assert best.box == pytest.approx([*mesh.min(axis=0), *(mesh.max(axis=0) - mesh.min(axis=0))])
    assert other.box == pytest.approx([0.1, 0.7, 0.1, 0.2])
    error = np.linalg.norm((np.array(best.landmarks) - mesh) * [WIDTH / HEIGHT, 1], axis=1) / 0.12
    assert len(best.landmarks) == 468
    assert error[[33, 133, 159, 145, 362, 263, 386, 374, 61, 291, 13, 14, 152, 234, 454]].max() < 0.04
    assert np.median(error) < 0.04
