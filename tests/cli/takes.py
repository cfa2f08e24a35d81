"""A studio with takes in the catalog only, without footage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from engine.catalog import Encoding, Picture, Probe, Project, Sound, Take
from engine.studio import Studio

_FIRST_AT = datetime(2025, 6, 14, 6, 2, 11, tzinfo=UTC)


def a_take(project: Project, number: int, input_transform: Encoding | None = Encoding.HLG) -> Take:
    """A two-second take, recorded one minute after take `number - 1`. Without an input transform, it needs one."""
    picture = Picture(
        index=0, codec="hevc", pixel_format="yuv420p10le", width=1920, height=1080, display_width=1920,
        display_height=1080, frame_rate=Fraction(30), frames=60, encoding=input_transform,
        input_transform=input_transform, primaries=9, transfer=18, matrix=9,
    )  # fmt: skip
    sound = Sound(
        index=1, codec="aac", channels=2, layout="stereo", sample_rate=48_000, duration=Fraction(2), decodable=True
    )
    at = _FIRST_AT + timedelta(minutes=number)
    return Take(
        id=f"{number:032x}", project_id=project.id, batch_id=None, number=number, session=0,
        name=f"IMG_{number:04d}", path=Path(f"originals/IMG_{number:04d}.MOV"), in_place=False,
        digest=f"{number:032x}", size=10, captured_at=at, input_transform=input_transform, arrived_at=at,
        probe=Probe(picture=picture, sound=(sound,), duration=Fraction(2), original=True),
    )  # fmt: skip


def studio_of(folder: Path, takes: int) -> None:
    """Creates a studio with one project of `takes` takes."""
    studio = Studio(folder)
    project = studio.new_project("Walk")
    with studio.catalog.transaction():
        for number in range(1, takes + 1):
            studio.catalog.add_take(a_take(project, number))
    studio.close()
