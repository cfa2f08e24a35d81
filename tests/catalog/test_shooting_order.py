"""Shooting order and sessions follow the camera's clock and numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest

from engine.catalog import Capture, Probe, Take, camera_number, in_shooting_order, sessions

MORNING = datetime(2025, 6, 14, 6, 0, tzinfo=timezone(timedelta(hours=1)))


def take(name: str, at: datetime, seconds: int = 60, model: str = "iPhone 16 Pro") -> Take:
    return Take(
        id=name, project_id="p", batch_id=None, number=1, session=0, name=Path(name).stem, path=Path(name),
        in_place=False, digest=name, size=1, captured_at=at, input_transform=None, arrived_at=at,
        probe=Probe(picture=None, capture=Capture(model=model), duration=Fraction(seconds), original=True),
    )  # fmt: skip


def test_takes_are_ordered_by_time_then_camera_number_then_name() -> None:
    ordered = [
        take("IMG_0009", MORNING.astimezone(UTC) - timedelta(minutes=1)),
        take("IMG_0002", MORNING),
        take("IMG_0010", MORNING),
        take("IMG_0010b", MORNING.astimezone(UTC)),
    ]
    shuffled = ordered.copy()
    Random(4).shuffle(shuffled)
    assert [t.name for t in in_shooting_order(shuffled)] == [t.name for t in ordered]


@pytest.mark.parametrize(
    "paths",
    [
        # A folder ends at 9999, and the next folder has the next number.
        ["100APPLE/IMG_9998.MOV", "100APPLE/IMG_9999.MOV", "101APPLE/IMG_0001.MOV", "101APPLE/IMG_0002.MOV"],
        ["999_FUJI/DSCF0001.MOV", "card/DSCF0002.MOV"][::-1],
        # This camera continues in the same folder.
        ["DCIM/C9998.MP4", "DCIM/C9999.MP4", "DCIM/C0001.MP4", "DCIM/C0004.MP4"],
        ["DCIM/C0001.MP4", "DCIM/C4000.MP4", "DCIM/C8999.MP4"],
        ["A001C001.MXF", "A001C002.MXF", "A001C010.MXF"],
    ],
)
def test_takes_of_one_moment_are_ordered_by_camera_number(paths: list[str]) -> None:
    shuffled = [take(path, MORNING) for path in paths]
    Random(5).shuffle(shuffled)
    assert [str(one.path) for one in in_shooting_order(shuffled)] == paths


def test_a_long_break_or_another_device_begins_a_new_session() -> None:
    takes = [
        take("a", MORNING, seconds=600),
        take("b", MORNING + timedelta(minutes=39)),  # 29 minutes after a ended
        take("c", MORNING + timedelta(minutes=41), model="other phone"),
        take("d", MORNING + timedelta(minutes=71)),  # 31 minutes after b ended
    ]
    assert sessions(takes) == {"a": 1, "b": 1, "c": 2, "d": 3}


def test_the_last_digits_of_a_name_are_the_cameras_number() -> None:
    assert camera_number("IMG_0042") == 42
    assert camera_number("A001_C007") == 7
    assert camera_number("clip") == 0
