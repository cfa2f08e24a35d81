"""Numbered OpenEXR frames: a missing number or a cut file is damage, and each render pass is its own take."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError, RequestError
from engine.ingest import inspect
from engine.picture import PictureSource, write_exr
from engine.studio import Studio
from engine.transfer import SealStatus, import_footage
from fixtures import clips


def render(folder: Path, stem: str, numbers: Iterable[int], light: float = 0.0) -> Path:
    """Write frames whose grey value encodes their number."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        pixels = np.full((32, 40, 3), light or number, np.float32)
        write_exr(folder / f"{stem}{number:04d}.exr", pixels, frame_rate=Fraction(24))
    return folder


def shown(footage_path: Path) -> list[float]:
    """Return the grey value of every tick."""
    footage = inspect(footage_path)
    assert footage.grid is not None
    assert footage.probe.picture is not None
    with PictureSource(footage.path, footage.probe.picture) as source:
        return [float(planes.samples[0].max()) for planes in source.frames(footage.grid)]


def test_a_missing_number_is_damage_at_its_time(tmp_path: Path) -> None:
    folder = render(tmp_path / "shot", "shot.", [1001, 1002, 1003, 1006, 1007, 1008])
    footage = inspect(folder)
    assert footage.grid is not None
    assert len(footage.grid.sources) == 8
    assert footage.probe.duration == Fraction(8, 24)
    (damage,) = footage.probe.damage
    assert (damage.kind, damage.start, damage.end, damage.count) == ("missing", Fraction(3, 24), Fraction(5, 24), 2)
    assert "1004–1005" in damage.detail
    assert any("imply 8 frames, 6 exist" in note for note in footage.probe.notes)
    assert shown(folder) == [1001, 1002, 1003, 1003, 1003, 1006, 1007, 1008]


def test_frames_with_numbers_in_steps_are_consecutive(tmp_path: Path) -> None:
    stepped = inspect(render(tmp_path / "stepped", "s.", [1, 11, 21, 31]))
    assert (stepped.probe.damage, stepped.probe.duration) == ((), Fraction(4, 24))
    stills = inspect(render(tmp_path / "stills", "IMG_", [3, 40, 9000]))
    assert (stills.probe.damage, stills.probe.duration) == ((), Fraction(3, 24))
    assert all(any("not consecutive" in note for note in one.probe.notes) for one in (stepped, stills))


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.99])
def test_a_truncated_frame_is_damage_at_its_time(tmp_path: Path, share: float) -> None:
    folder = render(tmp_path / "shot", "shot.", range(1001, 1005))
    for number, tick in ((1003, 2), (1001, 0)):
        frame = folder / f"shot.{number}.exr"
        whole = frame.read_bytes()
        frame.write_bytes(whole[: int(len(whole) * share)])
        (damage,) = inspect(folder).probe.damage
        assert (damage.start, damage.end, damage.count) == (Fraction(tick, 24), Fraction(tick + 1, 24), 1)
        assert frame.name in damage.detail
        frame.write_bytes(whole)
    for frame in folder.iterdir():
        frame.write_bytes(frame.read_bytes()[:100])
    with pytest.raises(EngineError):
        inspect(folder)


def test_intact_frames_of_every_compression_have_no_damage(tmp_path: Path) -> None:
    for compression in ("none", "zip", "dwaa", "htj2k"):
        frame = tmp_path / f"{compression}.exr"
        write_exr(frame, np.random.default_rng(1).random((300, 70, 3), np.float32), compression=compression)
        assert inspect(frame).probe.damage == ()


def test_render_passes_in_one_folder_are_separate_takes(studio: Studio, tmp_path: Path) -> None:
    project = studio.new_project("Renders")
    folder = render(tmp_path / "shot", "beauty.", range(1001, 1005), 0.5)
    render(folder, "depth.", range(1001, 1004), 7.0)
    render(folder, "shot.left.", range(1, 3), 2.0)
    shutil.copy(clips.one_frame(tmp_path / "one.MOV"), folder / "preview.mov")
    (folder / "notes.txt").write_text("render 3")
    with pytest.raises(RequestError, match=r"beauty\.####\.exr, depth\.####\.exr") as error:
        inspect(folder)
    assert "beauty.####.exr" in error.value.hint
    assert shown(folder / "depth.####.exr") == [7.0] * 3
    imported = import_footage(studio.catalog, studio.folder, project, [folder])
    assert imported.failed == []
    assert imported.skipped == [folder / "notes.txt"]
    frames = {take.name: take.probe.picture.frames for take in imported.takes if take.probe.picture}
    assert frames == {"beauty": 4, "depth": 3, "shot.left": 2, "preview": 1}
    depth = studio.folder / next(take.path for take in imported.takes if take.name == "depth")
    assert shown(depth) == [7.0] * 3
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}
    repeated = import_footage(studio.catalog, studio.folder, project, [folder])
    assert (repeated.takes, len(repeated.already_here)) == ([], 4)
