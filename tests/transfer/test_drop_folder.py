"""A watched folder: recordings count once they are whole, and what cannot be read stays and says why."""

from __future__ import annotations

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.ingest import inspect
from engine.transfer import DropFolder, DropState
from fixtures import clips


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short sound file. Read-only."""
    return clips.tone(tmp_path_factory.mktemp("phone") / "voice.wav", 1)


@pytest.fixture
def drop(tmp_path: Path) -> DropFolder:
    folder = tmp_path / "drop"
    folder.mkdir()
    return DropFolder(folder, inspect, settle=5)


def states(drop: DropFolder) -> dict[str, str]:
    return {str(place): str(one.state) for place, one in sorted(drop.files.items())}


def settled(drop: DropFolder, start: float) -> None:
    """Observes at the start, and when all files have settled."""
    drop.observe(start)
    drop.observe(start + drop.settle)


def test_a_recording_is_ready_when_it_has_not_changed_for_a_while(drop: DropFolder, clip: Path) -> None:
    whole = clip.read_bytes()
    path = drop.folder / "a.wav"
    path.write_bytes(whole[:1000])
    drop.observe(0)
    drop.observe(4)
    assert drop.take_ready(4) == []
    path.write_bytes(whole)
    drop.observe(6)
    drop.observe(10)
    assert states(drop) == {"a.wav": "arriving"}
    drop.observe(11)
    assert drop.take_ready(11) == [path]
    assert path.read_bytes() == whole


def test_a_file_that_is_open_for_writing_is_not_ready(drop: DropFolder, clip: Path) -> None:
    path = Path(shutil.copy(clip, drop.folder))
    with path.open("r+b"):
        settled(drop, 0)
        assert drop.files[Path("voice.wav")].reason == "Another program is writing it."
        assert drop.take_ready(5) == []
    drop.observe(6)
    assert drop.take_ready(6) == [path]


@pytest.mark.parametrize("name", ["a.wav.part", ".a.wav.icloud", "a.tmp", ".a.wav.Xy12", "a.wav.download"])
def test_partial_names_are_left_alone(drop: DropFolder, clip: Path, name: str) -> None:
    shutil.copy(clip, drop.folder / name)
    settled(drop, 0)
    assert drop.take_ready(9) == []
    assert not any(one.state is DropState.READY for one in drop.files.values())


def test_what_cannot_be_read_stays_with_its_reason_and_is_examined_again(drop: DropFolder, tmp_path: Path) -> None:
    movie = clips.plain_take(tmp_path / "IMG_1.MOV", 64, 36, rate=30, seconds=Fraction(1)).read_bytes()
    noise, cut = drop.folder / "noise.mov", drop.folder / "cut.mov"
    noise.write_bytes(bytes(5000))
    cut.write_bytes(movie[:-2000])
    settled(drop, 0)
    assert states(drop) == {"cut.mov": "quarantined", "noise.mov": "quarantined"}
    assert all(one.reason and one.hint for one in drop.files.values())
    assert noise.exists()
    cut.write_bytes(movie)
    settled(drop, 10)
    assert states(drop) == {"cut.mov": "ready", "noise.mov": "quarantined"}


def test_sidecars_and_the_still_of_a_live_photo_settle_with_their_clip(drop: DropFolder, clip: Path) -> None:
    shutil.copy(clip, drop.folder / "IMG_1.wav")
    drop.observe(0)
    (drop.folder / "IMG_1.XMP").write_text("<x/>")
    drop.observe(4)
    drop.observe(8)
    assert states(drop) == {"IMG_1.wav": "arriving"}
    drop.observe(9)
    assert states(drop) == {"IMG_1.wav": "ready"}


def test_recordings_that_arrive_together_are_ingested_together_but_not_forever(drop: DropFolder, clip: Path) -> None:
    first, growing = drop.folder / "a.wav", drop.folder / "b.wav"
    shutil.copy(clip, first)
    settled(drop, 0)
    for second in range(5, 70):
        growing.write_bytes(bytes(second))
        drop.observe(second)
        assert drop.take_ready(second) == ([first] if second >= 65 else [])


def test_the_end_of_an_ingest_is_recorded_by_file(drop: DropFolder, clip: Path) -> None:
    good, bad = drop.folder / "a.wav", drop.folder / "b.wav"
    for path in (good, bad):
        shutil.copy(clip, path)
    settled(drop, 0)
    drop.ingesting(drop.take_ready(5), "job")
    assert set(states(drop).values()) == {"ingesting"}
    drop.ingested("job", {bad: EngineError("The disk is full.", "Free some space.")})
    assert states(drop) == {"a.wav": "ingested", "b.wav": "quarantined"}
    settled(drop, 10)
    assert drop.take_ready(15) == []
    again = DropFolder(drop.folder, inspect, dict(drop.files), settle=5)
    settled(again, 0)
    assert states(again) == states(drop)
    good.unlink()
    again.observe(20)
    assert states(again) == {"b.wav": "quarantined"}


def test_files_that_are_there_already_can_be_ignored(drop: DropFolder, clip: Path) -> None:
    old = Path(shutil.copy(clip, drop.folder / "old.wav"))
    drop.ignore_present()
    new = Path(shutil.copy(clip, drop.folder / "new.wav"))
    settled(drop, 0)
    assert drop.take_ready(5) == [new]
    old.write_bytes(clip.read_bytes() * 2)
    drop.observe(6)
    assert states(drop)["old.wav"] == "arriving"


def test_what_is_ignored_stays_so_while_its_disk_is_away(drop: DropFolder, clip: Path, tmp_path: Path) -> None:
    old = Path(shutil.copy2(clip, drop.folder / "old.wav"))
    drop.ignore_present()
    away = old.rename(tmp_path / "old.wav")
    drop.observe(0)
    away.rename(old)
    settled(drop, 10)
    assert states(drop) == {"old.wav": "ignored"}


def test_a_watch_continues_with_ready_recordings_while_another_arrives(drop: DropFolder, clip: Path) -> None:
    ready = Path(shutil.copy(clip, drop.folder / "a.wav"))
    settled(drop, 0)
    again = DropFolder(drop.folder, inspect, dict(drop.files), settle=5)
    shutil.copy(clip, drop.folder / "b.wav")
    again.observe(0)
    assert again.take_ready(0) == []
    again.observe(5)
    assert again.take_ready(5) == [ready, drop.folder / "b.wav"]


def test_a_name_that_is_not_utf_8_is_quarantined_and_does_not_end_the_watch(drop: DropFolder, clip: Path) -> None:
    bad = os.fsencode(drop.folder) + b"/caf\xe9.mov"
    try:
        shutil.copy(os.fsencode(clip), bad)
    except OSError:
        pytest.skip("this file system has only UTF-8 names")
    shutil.copy(clip, drop.folder / "good.mov")
    settled(drop, 0)
    assert states(drop) == {"caf\\xe9.mov": "quarantined", "good.mov": "ready"}
    (file,) = [one for one in drop.files.values() if one.state == "quarantined"]
    assert "not valid UTF-8" in file.reason
    assert json.loads(file.model_dump_json())["path"] == "caf\\xe9.mov"
