"""Faces over a take: tracks, the movement of mouths, who speaks, and the state of a face's picture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from engine.perception import (
    AnalysisFrame,
    PersonFace,
    ProviderIdentity,
    TakeFaces,
    head_box,
    match_speakers,
    measure_faces,
    spans_by_mouths,
)
from engine.perception.faces import FaceTracker, eye_openness, measure_face, mouth_opening
from tests.perception.talk import RATE, Turn, sitting, spoken

FACE = (0.34, 0.12, 0.2, 0.24)
"""The face in skimage's picture of an astronaut, by eye."""
TALK: list[Turn] = [(0.5, 4, "A"), (4.2, 8, "B"), (8.3, 11, "A"), (11.2, 15, "B")]


def astronaut() -> NDArray[np.uint8]:
    return np.asarray(Image.open(Path(skimage.data.__file__).parent / "astronaut.png").convert("RGB"))


def face_at(x: float, y: float = 0.4, size: float = 0.1) -> PersonFace:
    return PersonFace((x - size / 2, y - size / 2, size, size), 0.9)


def tracked(frames: list[list[PersonFace]], step: int = 1) -> list[list[int]]:
    """The ids of the tracks of each frame's faces."""
    tracker = FaceTracker(16 / 9)
    return [[one.id for one in tracker.add(n * step, Fraction(n * step, 30), faces)] for n, faces in enumerate(frames)]


def test_a_face_keeps_its_track_whatever_the_order_of_the_detector() -> None:
    moving = [[face_at(0.3 + n * 0.004), face_at(0.7 - n * 0.004)][:: 1 if n % 3 else -1] for n in range(30)]
    found = tracked(moving)
    assert {tuple(sorted(ids)) for ids in found} == {(1, 2)}
    first = [ids[0] if n % 3 else ids[1] for n, ids in enumerate(found)]
    assert set(first[1:]) == {first[1]}


def test_a_face_that_was_away_for_a_moment_is_the_same_one_again() -> None:
    seen = [[face_at(0.3)]] * 20 + [[]] * 40 + [[face_at(0.31)]] * 20
    assert {ids[0] for ids in tracked(seen) if ids} == {1}
    elsewhere = [[face_at(0.3)]] * 20 + [[]] * 40 + [[face_at(0.8)]] * 20
    assert {ids[0] for ids in tracked(elsewhere) if ids} == {1, 2}
    much_later = [[face_at(0.3)]] * 20 + [[]] * 150 + [[face_at(0.3)]] * 20
    assert {ids[0] for ids in tracked(much_later) if ids} == {1, 2}


def test_a_face_for_a_moment_is_none() -> None:
    tracker = FaceTracker(1.0)
    for n in range(60):
        faces = [face_at(0.3), *([face_at(0.8)] if n in (20, 21) else [])]
        tracker.add(n, Fraction(n, 30), faces)
    assert [one.id for one in tracker.tracks()] == [1]


def test_a_box_is_known_within_short_gaps_only() -> None:
    faces = sitting([(0.3, 0.4)], 12)
    (track,) = faces.tracks
    kept = tuple(one for one in track.samples if not 60 <= one.tick < 90 and not 120 <= one.tick < 300)
    gappy = track.model_copy(update={"samples": kept})
    inside = gappy.box_at(75, 30)
    assert inside
    assert inside[0] == pytest.approx(track.samples[75].box[0], abs=0.02)
    assert gappy.box_at(200, 30) is None
    assert gappy.nearest_box(500) == kept[-1].box


def test_a_head_is_larger_than_its_face_and_follows_the_mask() -> None:
    head = head_box((0.4, 0.4, 0.1, 0.2))
    assert head.left < 0.4 < 0.5 < head.right
    assert head.top < 0.3
    assert head.bottom > 0.6
    assert head_box((0.4, 0.4, 0.1, 0.2), crown=0.25).top == pytest.approx(0.25)
    # A raised arm is no head.
    assert head_box((0.4, 0.4, 0.1, 0.2), crown=0.0).top == pytest.approx(head.top - 0.1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_speakers_get_the_face_whose_mouth_moves(seed: int) -> None:
    faces = sitting([(0.7, 0.4), (0.3, 0.4)], 16, TALK, seed=seed)
    found = {one.speaker: one for one in match_speakers(faces, spoken(TALK))}
    assert (found["A"].track, found["B"].track) == (1, 2)
    assert min(one.confidence for one in found.values()) > 0.5
    # The other way around, if the diarization named them otherwise.
    swapped = [(start, end, "B" if who == "A" else "A") for start, end, who in TALK]
    assert {one.speaker: one.track for one in match_speakers(faces, spoken(swapped))} == {"A": 2, "B": 1}


def test_a_speaker_behind_the_camera_has_no_face_and_a_choice_wins() -> None:
    turns: list[Turn] = [*TALK, (15.2, 18, "C")]
    faces = sitting([(0.7, 0.4), (0.3, 0.4)], 19, TALK)
    assert {one.speaker for one in match_speakers(faces, spoken(turns))} == {"A", "B"}
    chosen = {one.speaker: one for one in match_speakers(faces, spoken(TALK), {"A": 1, "B": 9})}
    assert (chosen["A"].track, chosen["A"].chosen) == (1, True)
    assert (chosen["B"].track, chosen["B"].chosen) == (2, False)
    assert match_speakers(faces, spoken(TALK), {"A": 2})[0].track == 2


def test_with_one_face_everybody_in_sight_is_it() -> None:
    faces = sitting([(0.5, 0.4)], 16, TALK)
    assert {one.speaker: one.track for one in match_speakers(faces, spoken(TALK))} == {"A": 1, "B": 1}


def test_mouths_tell_who_speaks_without_sound() -> None:
    faces = sitting([(0.3, 0.4), (0.7, 0.4)], 16, TALK)
    found = spans_by_mouths(faces)
    assert [one.speaker for one in found] == ["1", "2", "1", "2"]
    for one, (start, _, _) in zip(found[1:], TALK[1:], strict=True):
        assert abs(float(one.start) - start) < 0.7
    assert spans_by_mouths(sitting([(0.5, 0.4)], 5)) == ()


def mesh(mouth: float, eyes: float) -> PersonFace:
    """A face whose lips are `mouth` apart and whose lids are `eyes` apart, in lengths of its nose."""
    points = [(0.5, 0.5)] * 468
    points[168], points[2] = (0.5, 0.4), (0.5, 0.5)
    points[13], points[14] = (0.5, 0.55), (0.5, 0.55 + 0.1 * mouth)
    for outer, upper, upper_inner, inner, lower_inner, lower in (
        (33, 160, 158, 133, 153, 144),
        (263, 387, 385, 362, 380, 373),
    ):
        points[outer], points[inner] = (0.40, 0.42), (0.45, 0.42)
        for top, bottom in ((upper, lower), (upper_inner, lower_inner)):
            points[top], points[bottom] = (0.42, 0.42 - 0.05 * eyes), (0.42, 0.42 + 0.05 * eyes)
    return PersonFace((0.35, 0.35, 0.3, 0.4), 0.9, tuple(points))


def test_landmarks_give_the_opening_of_mouth_and_eyes() -> None:
    assert mouth_opening(mesh(0.4, 0.3), 1.0) == pytest.approx(0.4)
    assert eye_openness(mesh(0.4, 0.15), 1.0) == pytest.approx(0.3)
    # In a frame that is twice as wide, shares of the width are longer.
    assert eye_openness(mesh(0.4, 0.15), 2.0) == pytest.approx(0.15)
    assert mouth_opening(face_at(0.5), 1.0) is None
    assert eye_openness(face_at(0.5), 1.0) is None


def test_a_blurred_face_is_told_from_a_sharp_one_at_any_size() -> None:
    picture = astronaut()
    values = {}
    for size in (512, 340):
        scaled = np.asarray(Image.fromarray(picture).resize((size, size), Image.Resampling.LANCZOS))
        for blur in (0.0, 1.5, 3.0):
            soft = gaussian_filter(scaled, (blur * size / 512, blur * size / 512, 0))
            measured = measure_face(soft, FACE)
            assert measured
            values[size, blur] = measured.sharpness or 0.0
    sharp = [values[size, 0.0] for size in (512, 340)]
    blurred = [values[size, 3.0] for size in (512, 340)]
    assert min(sharp) > 0.6 > 0.4 > max(blurred)
    assert values[512, 0.0] > values[512, 1.5] > values[512, 3.0]
    # The size does not count.
    assert values[340, 0.0] == pytest.approx(values[512, 0.0], rel=0.1)
    # Too small to tell.
    tiny = measure_face(np.asarray(Image.fromarray(picture).resize((256, 256))), FACE)
    assert tiny
    assert tiny.sharpness is None


def test_a_dark_and_a_bright_face_are_told_from_a_well_exposed_one() -> None:
    picture = astronaut().astype(np.float32) / 255
    light = {}
    for stops in (-3, 0, 2):
        codes = np.clip((picture**2.4 * 2.0**stops) ** (1 / 2.4), 0, 1)
        measured = measure_face(np.rint(codes * 255).astype(np.uint8), FACE)
        assert measured
        light[stops] = measured
    assert light[-3].light == pytest.approx(light[0].light / 8, rel=0.1)
    assert light[2].clipped > 0.3 > 0.05 > light[0].clipped
    assert measure_face(astronaut(), (1.2, 0.1, 0.2, 0.2)) is None


class ListedFaces:
    """A provider whose results are known."""

    def __init__(self, faces: dict[int, tuple[PersonFace, ...]]) -> None:
        self._faces = faces

    identity = ProviderIdentity("listed", "face", "1", "cpu", "drawn", "abc")

    def warm_up(self) -> None: ...

    def close(self) -> None: ...

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        return self._faces.get(frame.number, ())


def test_the_faces_of_frames_are_measured_and_stored() -> None:
    picture = astronaut()

    def frames() -> Iterator[AnalysisFrame]:
        for tick in range(0, 40, 2):
            yield AnalysisFrame(tick, Fraction(tick) / RATE, picture)

    known = {tick: (PersonFace(FACE, 0.9, mesh(0.3, 0.15).landmarks), PersonFace(FACE, 0.2)) for tick in range(40)}
    found = measure_faces(frames(), ListedFaces(known), rate=RATE, ticks=40, step=2)
    (track,) = found.tracks
    assert [one.tick for one in track.samples] == list(range(0, 40, 2))
    assert (found.model, found.model_digest, found.aspect) == ("drawn", "abc", 1.0)
    assert track.samples[3].mouth == pytest.approx(0.3, abs=1e-3)
    assert track.samples[3].sharpness
    assert TakeFaces.model_validate_json(found.model_dump_json(exclude_none=True)) == found
    with pytest.raises(ValueError, match="no frames"):
        measure_faces(iter(()), ListedFaces({}), rate=RATE, ticks=0)
