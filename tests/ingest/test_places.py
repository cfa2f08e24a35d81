"""Places, cards and folders are listed as a person looks for footage."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.ingest import (
    LinuxVolumes,
    MacVolumes,
    MediaCount,
    Volume,
    card_layout,
    count_media,
    list_folder,
    list_places,
    read_entry,
    system_volumes,
)


@pytest.mark.parametrize(
    ("folders", "layout"),
    [
        (["DCIM/100APPLE"], "iPhone"),
        (["DCIM/202506__"], "iPhone"),
        (["DCIM/100CANON"], "DCIM"),
        (["DCIM"], "DCIM"),
        (["PRIVATE/M4ROOT/CLIP"], "XAVC"),
        (["PRIVATE/AVCHD/BDMV"], "AVCHD"),
        (["M4ROOT"], "XAVC"),
        (["XDROOT/Clip"], "XDCAM"),
        (["BPAV/CLPR"], "XDCAM EX"),
        (["AVCHD"], "AVCHD"),
        (["CONTENTS/CLIP", "CONTENTS/VIDEO"], "P2"),
        (["CONTENTS/CLIPS001"], "XF"),
        (["100APPLE"], None),
        (["Contents/MacOS", "Contents/Resources"], None),
        (["CLIP"], None),
        ([], None),
    ],
)
def test_a_card_is_recognised_by_its_folders(tmp_path: Path, folders: list[str], layout: str | None) -> None:
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    assert card_layout(tmp_path) == layout


def test_a_folder_within_a_card_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "DCIM" / "100APPLE").mkdir(parents=True)
    (tmp_path / "DCIM" / "101CANON").mkdir()
    (tmp_path / "PRIVATE" / "M4ROOT").mkdir(parents=True)
    layouts = {name: card_layout(tmp_path / name) for name in ("DCIM", "DCIM/100APPLE", "DCIM/101CANON", "PRIVATE")}
    assert layouts == {"DCIM": "iPhone", "DCIM/100APPLE": "iPhone", "DCIM/101CANON": "DCIM", "PRIVATE": "XAVC"}
    assert card_layout(tmp_path / "none") is None


def test_volumes_of_a_mac_are_the_folders_of_volumes(tmp_path: Path) -> None:
    for name in ("Untitled", "Backup", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "Macintosh HD").symlink_to("/")
    (tmp_path / "file").touch()
    assert [volume.name for volume in MacVolumes(tmp_path).volumes()] == ["Backup", "Untitled"]
    assert list(MacVolumes(tmp_path / "none").volumes()) == []


def test_volumes_of_linux_are_media_mounts_removable_disks_and_phones(tmp_path: Path) -> None:
    media, data, system, phones = (tmp_path / name for name in ("media", "data", "system", "gvfs"))
    card = media / "ada" / "EOS DIGITAL"
    for folder in (card, data, system, phones / "gphoto2:host=Apple_iPhone", phones / "smb-share:server=nas"):
        folder.mkdir(parents=True)
    devices = tmp_path / "dev"
    for device, removable in (("8:17", "1"), ("259:2", "0")):
        disk = tmp_path / "block" / device
        (disk / "partition").mkdir(parents=True)
        (disk / "removable").write_text(f"{removable}\n")
        devices.mkdir(exist_ok=True)
        (devices / device).symlink_to(disk / "partition")
    escaped = str(card).replace(" ", "\\040")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"36 25 259:9 / {escaped} rw,nosuid shared:1 - exfat /dev/sdc1 rw\n"
        f"37 25 8:17 / {data} rw - ext4 /dev/sdb1 rw\n"
        f"38 25 259:2 / {system} rw - ext4 /dev/nvme0n1p2 rw\n"
        f"39 25 8:17 / / rw - ext4 /dev/sdb2 rw\nnonsense\n"
    )
    source = LinuxVolumes((media,), mounts, devices, phones)
    assert list(source.volumes()) == [
        Volume(data, "data"), Volume(card, "EOS DIGITAL"),
        Volume(phones / "gphoto2:host=Apple_iPhone", "phone (Apple_iPhone)"),
    ]  # fmt: skip
    assert list(LinuxVolumes((media,), tmp_path / "none", devices, tmp_path / "none").volumes()) == []


def test_this_system_has_a_source_of_volumes() -> None:
    assert isinstance(system_volumes(), MacVolumes if sys.platform == "darwin" else LinuxVolumes)
    assert all(volume.path.is_dir() for volume in system_volumes().volumes())


def test_places_are_cards_drives_folders_and_recent_ones(tmp_path: Path) -> None:
    home, volumes = tmp_path / "home", tmp_path / "Volumes"
    for folder in (home / "Movies", home / "shoots", volumes / "Backup", volumes / "CARD" / "DCIM" / "100APPLE"):
        folder.mkdir(parents=True)
    recent = [home / "shoots", home / "gone", home / "Movies"]
    places = list_places(MacVolumes(volumes), recent, home)
    assert [(place.name, place.kind, place.card) for place in places] == [
        ("CARD", "volume", "iPhone"), ("Backup", "volume", None), ("Home", "folder", None),
        ("Movies", "folder", None), ("shoots", "recent", None),
    ]  # fmt: skip


def test_a_folder_is_listed_and_counted_as_an_ingest_finds_it(tmp_path: Path) -> None:
    for name in ("IMG_10.MOV", "IMG_2.MOV", "b.txt", "a.JPG", ".hidden.MOV", "lone.XMP"):
        (tmp_path / name).write_bytes(b"12345")
    for n in (1, 2):
        (tmp_path / f"shot.{n:04d}.exr").write_bytes(b"123")
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "sub" / "deep" / "voice.wav").write_bytes(b"1234567")
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    (tmp_path / "broken.MOV").symlink_to(tmp_path / "none")
    listed = list_folder(tmp_path)
    assert [(entry.path.name, entry.kind, entry.size, entry.note) for entry in listed] == [
        ("link", "folder", 0, ""), ("sub", "folder", 0, ""),
        ("IMG_2.MOV", "media", 5, ""), ("IMG_10.MOV", "media", 5, ""), ("shot.####.exr", "sequence", 6, "2 frames"),
        ("a.JPG", "other", 5, "photo"), ("b.txt", "other", 5, "not media"),
        ("broken.MOV", "other", 0, "No such file or directory"),
        ("lone.XMP", "other", 5, "sidecar without its clip"),
    ]  # fmt: skip
    assert [read_entry(entry.path) for entry in listed if entry.kind != "other"] == [
        entry for entry in listed if entry.kind != "other"
    ]
    assert read_entry(tmp_path / "none.mov") is None
    assert count_media(tmp_path) == MediaCount(4, 23)
    assert count_media(tmp_path / "sub").plus(MediaCount(1, 1, False)) == MediaCount(2, 8, False)
    assert count_media(tmp_path, lambda: True) == MediaCount(0, 0, False)
    assert count_media(tmp_path / "none") == MediaCount(0, 0, False)
    with pytest.raises(EngineError, match="There is no folder"):
        list_folder(tmp_path / "none")
