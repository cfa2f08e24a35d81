"""Blinks, closed eyes, and the warnings about a face."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.perception import FaceTrack, TakeFaces, closed_eyes, face_state
from tests.perception.talk import RATE, sitting


def with_eyes(faces: TakeFaces, closed: list[tuple[float, float]], **more: float) -> TakeFaces:
    """The only face with closed eyes in these stretches, in seconds, and other measures."""
    (track,) = faces.tracks
    samples = tuple(
        one.model_copy(
            update={
                "eyes": 0.12 if any(a <= one.tick / 30 < b for a, b in closed) else 0.28 + 0.02 * (one.tick % 3),
                **more,
            }
        )
        for one in track.samples
    )
    return faces.model_copy(update={"tracks": (FaceTrack(id=1, samples=samples),)})


def test_a_blink_is_short_and_closed_eyes_are_long() -> None:
    faces = with_eyes(sitting([(0.5, 0.4)], 6), [(1, 1.2), (3, 4), (5.9, 6)])
    found = closed_eyes(faces.tracks[0], faces)
    assert [(one.start, one.is_blink) for one in found] == [(1, True), (3, False), (Fraction(177, 30), True)]
    assert found[1].end == 4
    state = face_state(faces)
    assert state
    assert state.blinks == 2
    assert state.closed == pytest.approx(1.3 / 6, abs=0.02)


def test_closed_eyes_at_the_in_or_out_point_are_a_warning() -> None:
    faces = with_eyes(sitting([(0.5, 0.4)], 6), [(1, 1.2), (3, 4), (5.9, 6)])
    for start, end, warnings in (
        (0.5, 2.0, ()),
        (1.1, 2.0, ("the eyes are closed at the start",)),
        (2.0, 3.2, ("the eyes are closed at the end",)),
        (3.1, 3.8, ("the eyes are closed at the start", "the eyes are closed at the end",
                    "the eyes are closed most of the time")),
    ):  # fmt: skip
        state = face_state(faces, Fraction(start), Fraction(end))
        assert state
        assert state.warnings == warnings


def test_somebody_with_narrow_eyes_is_not_asleep_but_eyes_that_never_open_are_closed() -> None:
    narrow = with_eyes(sitting([(0.5, 0.4)], 3), [(1, 1.2)])
    (track,) = narrow.tracks
    halved = FaceTrack(
        id=1, samples=tuple(one.model_copy(update={"eyes": (one.eyes or 0) * 0.7}) for one in track.samples)
    )
    assert len(closed_eyes(halved, narrow)) == 1
    asleep = with_eyes(sitting([(0.5, 0.4)], 3), [(0, 3)], eyes=0.06)
    state = face_state(asleep)
    assert state
    assert state.closed == 1
    assert state.blinks == 0


@pytest.mark.parametrize(
    ("measure", "value", "warning"),
    [
        ("sharpness", 0.3, "the face is blurred"),
        ("light", 0.01, "the face is too dark"),
        ("light", 0.9, "the face is too bright"),
        ("clipped", 0.2, "the face is too bright"),
    ],
)
def test_a_picture_that_cannot_be_used_is_a_warning(measure: str, value: float, warning: str) -> None:
    faces = with_eyes(sitting([(0.5, 0.4)], 2), [], **{measure: value})
    state = face_state(faces)
    assert state
    assert state.warnings == (warning,)


def test_the_largest_face_counts_and_without_one_there_is_no_state() -> None:
    small, large = sitting([(0.2, 0.4)], 2, size=0.04).tracks[0], sitting([(0.7, 0.4)], 2, size=0.1).tracks[0]
    blurred = FaceTrack(id=1, samples=tuple(one.model_copy(update={"sharpness": 0.1}) for one in small.samples))
    faces = TakeFaces(rate=RATE, step=1, ticks=60, width=960, height=540, tracks=(blurred, large))
    state = face_state(faces)
    assert state
    assert state.warnings == ()
    assert face_state(faces, Fraction(5), Fraction(6)) is None
    assert face_state(sitting([], 2)) is None
