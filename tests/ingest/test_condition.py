"""A take's condition: ten kinds of damage are found at their times, and intact clips have none."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ingest import check_condition, inspect
from fixtures.damage import damaged_file
from fixtures.whole import whole_clips


@pytest.mark.parametrize(
    ("kind", "codec", "place"),
    [
        ("cut tail", "libx264", 2),
        ("zeroed end", "libx265", 6),
        ("sizes halved", "libx264", 0),
        ("sizes halved", "prores_ks", 1),
        ("chunk offsets cut", "libx265", 2),
        ("missing fragment", "libx264", 3),
        ("sound table cut", "aac", 1),
        ("cut", "libx264", 3),
        ("cut", "mjpeg", 3),
        ("cut", "flac", 2),
        ("cut", "libmp3lame", 4),
        ("cut", "pcm_s16be", 5),
    ],
)
def test_damage_is_reported_at_its_time(tmp_path: Path, kind: str, codec: str, place: int) -> None:
    damaged = damaged_file(tmp_path, kind, codec, place)
    found = check_condition(inspect(damaged.path))
    media = {one.media for one in found}
    assert "file" in media or media >= {stretch.media for stretch in damaged.truth}
    assert float(min(one.start or 0 for one in found)) == pytest.approx(float(damaged.start), abs=0.5)
    ends = [one.end for one in found if one.end is not None]
    assert float(max(ends, default=damaged.end)) == pytest.approx(float(damaged.end), abs=0.5)


def test_intact_clips_of_every_kind_have_no_damage(tmp_path: Path) -> None:
    count = 0
    for path in whole_clips(tmp_path, every=7):
        count += 1
        assert check_condition(inspect(path)) == (), path.name
    assert count == 15
