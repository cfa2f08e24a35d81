"""Live Photos, edits and sidecars stay with their clip; photos and iCloud placeholders have specific errors."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from engine.errors import RequestError
from engine.ingest import find_footage, inspect
from engine.ingest.not_footage import is_dataless


def test_the_files_of_a_live_photo_are_sidecars_of_its_clip(small_take: Path, tmp_path: Path) -> None:
    clip = tmp_path / "IMG_0001.MOV"
    shutil.copyfile(small_take, clip)
    for name in ("img_0001.heic", "IMG_0001.AAE", "IMG_0001.HEIC", "IMG_0002.HEIC", "IMG_E0001.MOV"):
        (tmp_path / name).touch()
    found = find_footage([tmp_path])
    assert [arrival.path.name for arrival in found.arrivals] == ["IMG_0001.MOV", "IMG_E0001.MOV"]
    assert {path.name for path in found.arrivals[0].sidecars} == {"img_0001.heic", "IMG_0001.AAE", "IMG_0001.HEIC"}
    assert found.arrivals[1].sidecars == ()
    assert [path.name for path in found.skipped] == ["IMG_0002.HEIC"]
    notes = inspect(clip).probe.notes
    assert any(note.startswith("Live Photo: its still IMG_0001.HEIC") for note in notes)
    assert "edited in Photos (IMG_0001.AAE): the edit is not applied" in notes
    edited = shutil.copyfile(small_take, tmp_path / "IMG_E0001.MOV")
    assert "a copy of IMG_0001 that Photos rendered with its edit" in inspect(edited).probe.notes


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"


@pytest.mark.parametrize("name", ["IMG_1.HEIC", "IMG_1.MOV"])
@pytest.mark.parametrize(
    ("kind", "content"),
    [("HEIC", HEIC), ("AVIF", HEIC.replace(b"heic", b"avif")), ("JPEG", "jpeg"), ("PNG", "png"), ("GIF", "gif")],
)
def test_a_photo_is_refused_with_its_format(tmp_path: Path, name: str, kind: str, content: bytes | str) -> None:
    path = tmp_path / name
    if isinstance(content, str):
        Image.new("RGB", (16, 16)).save(path, content)
    else:
        path.write_bytes(content)
    with pytest.raises(RequestError, match=rf"{name} is a photo \({kind}\)"):
        inspect(path)


def test_another_kind_of_file_is_refused_with_its_format(tmp_path: Path) -> None:
    path = tmp_path / "clip.mov"
    path.write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(RequestError, match="is a PDF"):
        inspect(path)


def test_an_icloud_placeholder_is_reported_as_not_downloaded(tmp_path: Path) -> None:
    (tmp_path / ".IMG_0001.MOV.icloud").write_bytes(b"bplist00")
    (tmp_path / ".notes.txt.icloud").write_bytes(b"bplist00")
    for source in (tmp_path, tmp_path / "IMG_0001.MOV"):
        ((path, error),) = find_footage([source]).problems
        assert path.name == "IMG_0001.MOV"
        assert "has not been downloaded" in error.message
        assert "Download Now" in error.hint
    with pytest.raises(RequestError, match="has not been downloaded"):
        inspect(tmp_path / "IMG_0001.MOV")
    assert is_dataless(SimpleNamespace(st_flags=0x40000060))
    assert not is_dataless(SimpleNamespace(st_flags=0x60))
    assert not is_dataless(tmp_path.stat())
