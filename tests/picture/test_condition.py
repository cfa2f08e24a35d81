"""Frames that do not decode, or decode with errors, are reported at their times; intact footage has no damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog import Damage
from engine.errors import Cancelled
from engine.ingest import inspect
from engine.picture import check_picture
from fixtures.damage import damaged_file
from fixtures.short_clip import Clip, write_clip


def condition(path: Path) -> tuple[Damage, ...]:
    footage = inspect(path)
    assert footage.probe.picture
    assert footage.grid
    return check_picture(path, footage.probe.picture, footage.grid)


@pytest.mark.parametrize(
    ("kind", "codec", "place"),
    [
        ("zeroed end", "libx264", 5),
        ("zeroed middle", "libx265", 3),
        ("zeroed middle", "prores_ks", 2),
        ("wrong block", "libx264", 4),
        ("wrong block", "libx265 10 bit", 1),
        ("bit flips", "libx264", 3),
        ("bit flips", "libx265 10 bit", 6),
        ("bit flips", "prores_ks", 2),
    ],
)
def test_damage_inside_the_picture_is_reported_at_its_time(tmp_path: Path, kind: str, codec: str, place: int) -> None:
    damaged = damaged_file(tmp_path, kind, codec, place)
    (expected,) = (stretch for stretch in damaged.truth if stretch.media == "picture")
    found = condition(damaged.path)
    assert {one.kind for one in found} == {"undecodable"}
    assert sum(one.count or 0 for one in found) > 0
    assert float(min(one.start or 0 for one in found)) == pytest.approx(float(expected.start), abs=0.5)
    assert float(max(one.end or 0 for one in found)) == pytest.approx(float(expected.end), abs=0.5)


@pytest.mark.parametrize(
    "clip",
    [
        Clip("black.mp4", "mp4", scene="black"),
        Clip("freeze.mp4", "mp4", scene="freeze", more={"bf": "3", "x264-params": "open-gop=1"}),
        Clip("flash.mov", "mov", "libx265", scene="flash", more={"x265-params": "open-gop=1:bframes=3"}),
        Clip("refresh.mp4", "mp4", more={"x264-params": "intra-refresh=1:bframes=0"}),
        Clip("noise.mov", "mov", "prores_ks", "pcm_s24le", scene="noise"),
        Clip("uneven.mp4", "mp4", times=tuple(n * 20 + n * 7919 % 11 for n in range(40))),
    ],
    ids=lambda clip: clip.name,
)
def test_an_intact_picture_of_any_scene_has_no_damage(tmp_path: Path, clip: Clip) -> None:
    assert condition(write_clip(tmp_path / clip.name, clip)) == ()


def test_a_check_stops_when_it_is_cancelled(tmp_path: Path) -> None:
    footage = inspect(write_clip(tmp_path / "take.mp4", Clip("take.mp4", "mp4", sound=None)))
    assert footage.probe.picture
    assert footage.grid
    with pytest.raises(Cancelled):
        check_picture(footage.path, footage.probe.picture, footage.grid, cancelled=lambda: True)
