"""A seal is complete or absent, and leftovers of a crash or a full disk never stop the next ingest."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.catalog import Project
from engine.errors import EngineError
from engine.studio import Studio
from engine.transfer import SealStatus, import_footage
from fixtures import clips


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Harbour walk")


def assert_sealed(studio: Studio, project: Project, sealed: int) -> None:
    """Assert that every ingest batch is intact, by ascmhl and by Cleanwater."""
    verdicts = studio.verify(project)
    assert [one.verdict for one in verdicts] == [SealStatus.INTACT] * sealed
    for batch in studio.catalog.batches(project):
        folder = studio.folder / batch.folder
        ascmhl = Path(sys.executable).with_name("ascmhl")
        result = subprocess.run([ascmhl, "diff", str(folder)], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


def clear_sealed_at(studio: Studio) -> None:
    """Simulate a crash between writing the seal and its row."""
    with sqlite3.connect(studio.folder / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE ingest_batch SET sealed_at = NULL")


SEAL_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from engine.errors import EngineError
from engine.studio import Studio
import engine.transfer.importer as arrive

whole = arrive.seal
def on_a_full_disk(*order):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        return whole(*order)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
arrive.seal = on_a_full_disk
studio = Studio(Path(sys.argv[1]))
for room in (0, 700):  # nothing fits; the manifest is torn
    try:
        arrive.import_footage(studio.catalog, studio.folder, studio.project(None), [Path(sys.argv[2])])
    except EngineError as error:
        print(error.message, "|", error.hint)
"""


def test_a_batch_left_unsealed_by_a_full_disk_is_sealed_later(
    studio: Studio, project: Project, small_take: Path
) -> None:
    command = [sys.executable, "-c", SEAL_ON_A_FULL_DISK, str(studio.folder), str(small_take)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in result.stdout.splitlines():
        assert line.startswith("The disk is full: the seal of ")
        assert "Free some space" in line
    assert len(result.stdout.splitlines()) == 2
    assert not list(studio.folder.rglob("*ascmhl*"))
    assert len(studio.takes(project)) == 1
    assert import_footage(studio.catalog, studio.folder, project, [small_take]).seal
    assert_sealed(studio, project, 1)


def _empty_manifest(ascmhl: Path) -> None:
    next(ascmhl.glob("*.mhl")).write_bytes(b"")


def _no_chain(ascmhl: Path) -> None:
    (ascmhl / "ascmhl_chain.xml").unlink()


def _empty_chain(ascmhl: Path) -> None:
    (ascmhl / "ascmhl_chain.xml").write_bytes(b"")


def _only_an_empty_manifest(ascmhl: Path) -> None:
    _empty_manifest(ascmhl)
    _no_chain(ascmhl)


def _stray_manifest(ascmhl: Path) -> None:
    shutil.copy(next(ascmhl.glob("*.mhl")), ascmhl / "0002_again_2025-06-14_070000Z.mhl")
    (ascmhl / "0003_torn_2025-06-14_070000Z.mhl").write_bytes(b"<?xml ver")


@pytest.mark.parametrize("tear", [_empty_manifest, _no_chain, _empty_chain, _only_an_empty_manifest, _stray_manifest])
def test_a_torn_seal_is_moved_aside_and_replaced(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path, tear: Callable[[Path], None]
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    (batch,) = studio.catalog.batches(project)
    tear(studio.folder / batch.folder / "ascmhl")
    clear_sealed_at(studio)
    other = clips.one_frame(tmp_path / "other.MOV")
    assert len(import_footage(studio.catalog, studio.folder, project, [other]).takes) == 1
    assert_sealed(studio, project, 2)
    assert list((studio.folder / project.folder / "work" / "torn-seals").iterdir())


@pytest.mark.parametrize("sealed", [True, False])
def test_what_a_kill_left_of_a_seal_does_not_stop_the_next_ingest(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path, sealed: bool
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    (batch,) = studio.catalog.batches(project)
    folder = studio.folder / batch.folder
    unfinished = folder / ".ascmhl.partial"
    if sealed:
        shutil.copytree(folder / "ascmhl", unfinished)
    else:
        (folder / "ascmhl").rename(unfinished)
    assert [one.verdict for one in studio.verify(project)] == [SealStatus.INTACT]
    clear_sealed_at(studio)
    other = clips.one_frame(tmp_path / "other.MOV")
    assert len(import_footage(studio.catalog, studio.folder, project, [other]).takes) == 1
    assert not unfinished.exists()
    assert_sealed(studio, project, 2)


def test_a_file_changed_before_its_seal_is_replaced_is_reported(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    (batch,) = studio.catalog.batches(project)
    _only_an_empty_manifest(studio.folder / batch.folder / "ascmhl")
    clear_sealed_at(studio)
    original = studio.folder / studio.takes(project)[0].path
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"\xff")
    import_footage(studio.catalog, studio.folder, project, [clips.one_frame(tmp_path / "other.MOV")])
    verdicts = {one.path.name: one.verdict for one in studio.verify(project)}
    assert verdicts == {small_take.name: SealStatus.CHANGED, "other.MOV": SealStatus.INTACT}


def test_a_folder_name_that_is_invalid_in_a_seal_is_refused(studio: Studio, project: Project, tmp_path: Path) -> None:
    refused = ["x\x01", "x\n1", "a\tb", "x\x7f", "x\ufffe"]
    sealed = [" a ", "a & <b> ' \" %20 #", "\u00e9", "e\u0301", "\u202ex", "  two  spaces", "-x", "a\\b"]
    clip = clips.one_frame(tmp_path / "one.MOV")
    for number, name in enumerate([*refused, *sealed]):
        (tmp_path / "card" / name).mkdir(parents=True)
        # Each file has its own content: equal content would be the same take.
        (tmp_path / "card" / name / f"{number}.MOV").write_bytes(
            clip.read_bytes() + b"\0\0\0\x09free" + bytes([number])
        )
    imported = import_footage(studio.catalog, studio.folder, project, [tmp_path / "card"])
    assert sorted(take.name for take in imported.takes) == sorted(str(n + len(refused)) for n in range(len(sealed)))
    assert sorted(path.name for path, _ in imported.failed) == [f"{n}.MOV" for n in range(len(refused))]
    assert all(error.message.isprintable() for _, error in imported.failed)
    assert_sealed(studio, project, len(sealed))


def test_names_of_maximum_length_are_copied_and_sealed(studio: Studio, project: Project, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    clip = clips.one_frame(tmp_path / "one.MOV")
    for length in (232, 245, 255):
        name = "é" * ((length - 4) // 2) + "x" * (length % 2) + ".MOV"
        (card / name).write_bytes(clip.read_bytes() + b"\0\0\0\x09free" + bytes([length]))
    takes = import_footage(studio.catalog, studio.folder, project, [card]).takes
    assert sorted(len(take.path.name.encode()) for take in takes) == [232, 245, 255]
    assert all(len(take.label.encode()) <= 204 for take in takes)
    assert {studio.take(path.stem, project).id for path in card.iterdir()} == {take.id for take in takes}
    assert_sealed(studio, project, 3)


def test_a_full_disk_is_reported_before_copying(
    studio: Studio, project: Project, small_take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space for the copy alone is not enough: the seal and the catalog need some, too."""
    usage = shutil.disk_usage(studio.folder)
    free = small_take.stat().st_size + (112 << 10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free))
    with pytest.raises(EngineError, match=rf"The disk is full: {small_take.name} needs"):
        import_footage(studio.catalog, studio.folder, project, [small_take])
    assert studio.takes(project) == []
    monkeypatch.undo()
    assert len(import_footage(studio.catalog, studio.folder, project, [small_take]).takes) == 1
    assert_sealed(studio, project, 1)
