"""Sources are checked: files that are still being written are refused, and checksum mismatches are reported."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import xxhash

from engine.catalog import Project
from engine.studio import Studio
from engine.transfer import SealStatus, import_footage
from fixtures import clips
from fixtures.noise_media import write_media


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Harbour walk")


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Path:
    (tmp_path / "card" / "DCIM").mkdir(parents=True)
    shutil.copy(small_take, tmp_path / "card" / "DCIM" / "IMG_0001.MOV")
    clips.one_frame(tmp_path / "card" / "DCIM" / "IMG_0002.MOV")
    return tmp_path / "card"


def test_a_source_that_grows_during_the_copy_is_refused(studio: Studio, project: Project, tmp_path: Path) -> None:
    whole = write_media(tmp_path / "whole.mkv", "matroska").read_bytes()
    growing = tmp_path / "growing.mkv"
    growing.write_bytes(whole[: len(whole) // 2])

    def append(done: int, total: int, name: str) -> None:
        with growing.open("ab") as file:
            file.write(whole[growing.stat().st_size :][:4096])

    refused = import_footage(studio.catalog, studio.folder, project, [growing], progress=append)
    assert ["still being written" in error.message for _, error in refused.failed] == [True]
    assert (refused.takes, refused.seal, studio.takes(project)) == ([], None, [])
    assert not list((studio.folder / project.folder / "originals").rglob("*.mkv"))
    growing.write_bytes(whole)
    (take,) = import_footage(studio.catalog, studio.folder, project, [growing]).takes
    assert take.probe.damage == ()
    assert len(studio.takes(project)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports that a file is open for writing")
def test_a_file_open_for_writing_is_refused_before_copying(studio: Studio, project: Project, card: Path) -> None:
    with (card / "DCIM" / "IMG_0002.MOV").open("ab"):
        imported = import_footage(studio.catalog, studio.folder, project, [card])
        assert [(path.name, "still being written" in error.message) for path, error in imported.failed] == [
            ("IMG_0002.MOV", True)
        ]
    assert [take.name for take in imported.takes] == ["IMG_0001"]
    assert len(import_footage(studio.catalog, studio.folder, project, [card]).takes) == 1


def _md5sum(card: Path) -> None:
    lines = (f"{hashlib.md5(p.read_bytes()).hexdigest()}  ./DCIM/{p.name}" for p in (card / "DCIM").iterdir())
    (card / "card.md5").write_text("\n".join(lines) + "\n")


def _bsd_sha256(card: Path) -> None:
    lines = (f"SHA256 ({p.name}) = {hashlib.sha256(p.read_bytes()).hexdigest()}" for p in (card / "DCIM").iterdir())
    (card / "DCIM" / "SHA256SUMS").write_text("\n".join(lines))


def _sha1_files(card: Path) -> None:
    for path in list((card / "DCIM").iterdir()):
        path.with_name(path.name + ".sha1").write_text(hashlib.sha1(path.read_bytes()).hexdigest() + "\n")


def _xxhsum(card: Path) -> None:
    lines = (f"{xxhash.xxh64_hexdigest(p.read_bytes())}  DCIM/{p.name}" for p in (card / "DCIM").iterdir())
    (card / "card.xxh").write_text("\n".join(lines))


def _legacy_mhl(card: Path) -> None:
    items = (
        f"<hash><file>DCIM/{p.name}</file><size>{p.stat().st_size}</size>"
        f"<xxhash64be>{xxhash.xxh64_hexdigest(p.read_bytes())}</xxhash64be></hash>"
        for p in (card / "DCIM").iterdir()
    )
    (card / "card.mhl").write_text(f'<?xml version="1.0"?><hashlist version="1.1">{"".join(items)}</hashlist>')


def _asc_mhl(card: Path) -> None:
    ascmhl = Path(sys.executable).with_name("ascmhl")
    subprocess.run([ascmhl, "create", str(card), "-h", "md5"], check=True, capture_output=True)


@pytest.mark.parametrize("write_list", [_md5sum, _bsd_sha256, _sha1_files, _xxhsum, _legacy_mhl, _asc_mhl])
def test_a_card_is_checked_against_its_checksum_files(
    studio: Studio, project: Project, card: Path, write_list: Callable[[Path], None]
) -> None:
    write_list(card)
    changed = card / "DCIM" / "IMG_0002.MOV"
    changed.write_bytes(changed.read_bytes() + b"\0\0\0\x08free")
    imported = import_footage(studio.catalog, studio.folder, project, [card / "DCIM"])
    assert imported.failed == []
    whole, damaged = sorted(imported.takes, key=lambda take: take.name)
    assert whole.probe.damage == ()
    (damage,) = damaged.probe.damage
    assert (damage.kind, damage.media) == ("changed", "file")
    assert "IMG_0002.MOV differs from its" in damage.detail
    # The file is stored and sealed unchanged.
    assert {one.verdict for one in studio.verify(project)} == {SealStatus.INTACT}


def test_an_unreadable_checksum_file_is_reported_and_footage_imported(
    studio: Studio, project: Project, card: Path
) -> None:
    (card / "card.mhl").write_text("<hashlist><hash>")
    imported = import_footage(studio.catalog, studio.folder, project, [card])
    assert len(imported.takes) == 2
    assert [path.name for path, _ in imported.failed] == ["card.mhl"]
