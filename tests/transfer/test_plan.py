"""The plan of an ingest agrees with the ingest: what comes, what is there already, what is left out and why."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cwtui.plan_text import known_summary
from engine.catalog import Project
from engine.errors import Cancelled, RequestError
from engine.picture import write_exr
from engine.studio import Studio, plan_ingest, recent_sources
from engine.transfer import ImportPlan, import_footage, plan
from fixtures import clips


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Harbour walk")


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Iterator[Path]:
    """A card with every kind of thing that is found on one."""
    folder = tmp_path / "card"
    inner = folder / "DCIM" / "100APPLE"
    inner.mkdir(parents=True)
    shutil.copy(small_take, inner / "IMG_0101.MOV")
    (inner / "IMG_0101.AAE").write_text("<plist/>")
    clips.one_frame(inner / "IMG_0102.MOV")
    (inner / "IMG_0102.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    (inner / "IMG_0103.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    (inner / "IMG_0199.AAE").write_text("<plist/>")
    shutil.copy(small_take, inner / "COPY.MOV")
    (inner / ".IMG_0104.MOV.icloud").touch()
    clips.audio_only(folder / "voice.m4a")
    clips.truncated(folder / "cut.MOV")
    (folder / "empty.MOV").touch()
    (folder / "diary.mov").write_text("no footage in here")
    (folder / "photo.MOV").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "notes.txt").write_text("buy batteries")
    (folder / "bell\x07.MOV").write_bytes(b"x")
    os.symlink(inner, folder / "link")
    frames = folder / "plate"
    frames.mkdir()
    for n in range(1, 4):
        write_exr(frames / f"plate.{n:04d}.exr", np.zeros((4, 4, 3), np.float32))
    growing = clips.picture_only(folder / "recording.MOV")
    with growing.open("r+b"):
        yield folder


def by_path(planned: ImportPlan) -> dict[str, set[Path]]:
    return {
        "takes": {take.path for take in planned.takes},
        "already_here": {one.path for one in planned.already_here},
        "failed": {one.path for one in planned.failed},
        "skipped": {one.path for one in planned.skipped},
    }


def test_the_plan_is_what_the_ingest_does(studio: Studio, project: Project, card: Path, tmp_path: Path) -> None:
    first = tmp_path / "earlier.m4a"
    shutil.copy(card / "voice.m4a", first)
    import_footage(studio.catalog, studio.folder, project, [first])
    before = {path: path.stat().st_mtime_ns for path in studio.folder.rglob("*")}

    planned = plan_ingest(studio.folder, None, [card])

    changed = {path for path in studio.folder.rglob("*") if before.get(path) != path.stat().st_mtime_ns}
    assert not {path for path in changed if path != studio.folder and "catalog" not in path.name}
    imported = import_footage(studio.catalog, studio.folder, project, [card])
    assert [(one.path, one.message, one.hint) for one in planned.failed] == [
        (path, error.message, error.hint) for path, error in imported.failed
    ]
    assert [one.path for one in planned.skipped] == imported.skipped
    came = {take.name: take for take in imported.takes}
    assert [take.name for take in planned.takes] == [take.name for take in imported.takes]
    for take in planned.takes:
        real = came[take.name]
        assert (take.bytes, take.captured_at, take.duration, take.session) == (
            real.size, real.captured_at, real.probe.duration, real.session,
        )  # fmt: skip
        assert [path.name for path in take.sidecars] == [path.name for path in real.sidecars]
    assert [one.take for one in planned.already_here if one.take == "001-earlier"] == ["001-earlier"]
    assert len(planned.already_here) == len(imported.already_here) == 2
    assert known_summary(planned) == "1 already here, 1 twice in this footage"

    # Names of the failures and reasons
    assert {one.path.name for one in planned.failed} == {
        "IMG_0104.MOV", "cut.MOV", "empty.MOV", "diary.mov", "photo.MOV", "bell\x07.MOV", "recording.MOV",
    }  # fmt: skip
    assert {one.path.name: one.reason for one in planned.skipped} == {
        "IMG_0103.HEIC": "photo", "IMG_0199.AAE": "sidecar without its clip", "notes.txt": "not media",
        "link": "link to a folder",
    }  # fmt: skip
    takes = {take.name: take for take in planned.takes}
    assert [name for name, take in takes.items() if take.live_photo] == ["IMG_0102"]
    assert {name: take.frames for name, take in takes.items() if take.frames} == {"plate": 3}
    assert planned.fits
    copied = sum(path.stat().st_size for take in planned.takes for path in take.sidecars) + planned.bytes
    assert planned.needed > copied

    again = plan_ingest(studio.folder, None, [card])
    assert not again.takes
    assert again.needed == 0
    assert len(again.already_here) == len(planned.takes) + 2


def test_a_missing_copy_is_planned_again(studio: Studio, project: Project, small_take: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    (studio.folder / studio.takes(project)[0].path).unlink()
    (take,) = plan_ingest(studio.folder, "Harbour walk", [small_take]).takes
    assert take.copy_again
    assert len(import_footage(studio.catalog, studio.folder, project, [small_take]).takes) == 1
    assert plan_ingest(studio.folder, None, [small_take]).already_here[0].compared


def test_large_recordings_are_compared_by_name_and_size(
    studio: Studio, project: Project, small_take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    monkeypatch.setattr(plan, "_COMPARED_BYTES", 0)
    (known,) = plan_ingest(studio.folder, None, [small_take]).already_here
    assert (known.take, known.compared) == ("001-IMG_0101", False)


def test_of_a_large_recording_only_the_start_is_inspected(
    tmp_path: Path, small_take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = plan_ingest(tmp_path / "none", None, [small_take])
    monkeypatch.setattr(plan, "_INSPECTED_BYTES", 100)
    assert plan_ingest(tmp_path / "none", None, [small_take]).takes == whole.takes


def test_a_plan_needs_no_studio_and_creates_none(tmp_path: Path, small_take: Path) -> None:
    planned = plan_ingest(tmp_path / "none", None, [small_take, tmp_path / "gone.mov"])
    assert by_path(planned) == {
        "takes": {small_take}, "already_here": set(), "failed": {tmp_path / "gone.mov"}, "skipped": set(),
    }  # fmt: skip
    assert not (tmp_path / "none").exists()
    assert recent_sources(tmp_path / "none") == []
    with pytest.raises(RequestError, match="no project “Walk”"):
        plan_ingest(tmp_path / "none", "Walk", [small_take])


def test_a_plan_can_be_cancelled(tmp_path: Path, small_take: Path) -> None:
    for path in (small_take, tmp_path):
        with pytest.raises(Cancelled):
            plan_ingest(tmp_path / "none", None, [path], cancelled=lambda: True)
