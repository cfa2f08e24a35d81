"""Footage is imported completely, once, sealed and in order; failures are reported without stopping the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Encoding, Project
from engine.errors import Cancelled, EngineError
from engine.ingest import digest_file
from engine.studio import Studio
from engine.transfer import SealStatus, import_footage
from fixtures import clips


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Harbour walk")


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Path:
    """A typical folder: good takes beside every kind of bad file."""
    folder = tmp_path / "card"
    (folder / "DCIM" / "100").mkdir(parents=True)
    shutil.copy(small_take, folder / "DCIM" / "100" / "IMG_0101.MOV")
    (folder / "DCIM" / "100" / "IMG_0101.AAE").write_text("<plist/>")
    clips.one_frame(folder / '-it\'s "odd" 🎬.MOV')
    clips.picture_only(folder / "mute.MOV")
    clips.audio_only(folder / "voice.m4a")
    clips.truncated(folder / "cut.MOV")
    (folder / "empty.MOV").touch()
    (folder / "diary.mov").write_text("no footage in here")
    (folder / "notes.txt").write_text("buy batteries")
    (folder / ".DS_Store").write_text("x")
    return folder


def file_states(folder: Path) -> dict[str, tuple[str, float]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (digest_file(path), path.stat().st_mtime) for path in files}


def test_good_files_are_imported_and_bad_files_are_reported(studio: Studio, project: Project, card: Path) -> None:
    before = file_states(card)
    imported = import_footage(studio.catalog, studio.folder, project, [card])
    assert file_states(card) == before
    assert {take.name for take in imported.takes} == {"IMG_0101", '-it\'s "odd" 🎬', "mute", "voice"}
    assert {path.name: error.message for path, error in imported.failed}.keys() == {"cut.MOV", "empty.MOV", "diary.mov"}
    assert all(error.hint and path.name in error.message for path, error in imported.failed)
    assert [path.name for path in imported.skipped] == ["notes.txt"]
    for take in imported.takes:
        assert digest_file(studio.folder / take.path) == take.digest
    first = next(take for take in imported.takes if take.name == "IMG_0101")
    assert [path.name for path in first.sidecars] == ["IMG_0101.AAE"]
    assert not list((studio.folder / project.folder).rglob("*.partial*"))


def test_a_name_with_control_characters_is_refused_and_the_rest_imported(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    for name in ("IMG\x1b]0;pwned\x07.MOV", "IMG_0101.MOV"):
        shutil.copy(small_take, card / name)
    imported = studio.ingest(project, [card])
    assert [take["name"] for take in imported["takes"]] == ["IMG_0101"]
    (refused,) = imported["failed"]
    assert "control characters" in refused["message"]
    assert refused["message"].isprintable()
    assert imported["seal"]


def test_a_batch_is_sealed_and_its_seal_is_valid_for_ascmhl(studio: Studio, project: Project, card: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [card])
    batch = studio.folder / studio.catalog.batches(project)[0].folder
    ascmhl = Path(sys.executable).with_name("ascmhl-debug")
    result = subprocess.run([str(ascmhl), "verify", str(batch)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}


def test_verify_finds_changed_missing_and_unsealed_files(studio: Studio, project: Project, card: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [card])
    by_name = {take.name: studio.folder / take.path for take in studio.takes(project)}
    by_name["mute"].chmod(0o644)
    with by_name["mute"].open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    by_name["voice"].unlink()
    (by_name["voice"].parent / "stranger.MOV").touch()
    found = {verified.path.name: verified.verdict for verified in studio.verify(project)}
    assert found["mute.MOV"] is SealStatus.CHANGED
    assert found["voice.m4a"] is SealStatus.MISSING
    assert found["stranger.MOV"] is SealStatus.NEW
    assert found["IMG_0101.MOV"] is SealStatus.INTACT


def test_verify_reports_files_that_are_missing_with_their_seal(
    studio: Studio, project: Project, small_take: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    batch = studio.folder / studio.catalog.batches(project)[0].folder
    original = studio.folder / studio.takes(project)[0].path
    for manifest in (batch / "ascmhl").glob("*.mhl"):
        manifest.write_text("garbage")
    verdicts = {verified.path.name: verified.verdict for verified in studio.verify(project)}
    assert verdicts == {"ascmhl": SealStatus.CHANGED, "IMG_0101.MOV": SealStatus.INTACT}
    shutil.rmtree(batch / "ascmhl")
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"\xff")
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.CHANGED]
    shutil.rmtree(batch)
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.MISSING]


def test_footage_with_a_missing_or_damaged_copy_is_copied_again(
    studio: Studio, project: Project, small_take: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    copy = studio.folder / studio.takes(project)[0].path
    copy.unlink()
    assert len(import_footage(studio.catalog, studio.folder, project, [small_take]).takes) == 1
    copy.chmod(0o644)
    copy.write_bytes(b"damaged")
    assert len(import_footage(studio.catalog, studio.folder, project, [small_take]).takes) == 1
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.INTACT]
    assert import_footage(studio.catalog, studio.folder, project, [small_take]).takes == []


def test_footage_imported_in_place_can_be_copied_later(studio: Studio, project: Project, small_take: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True)
    import_footage(studio.catalog, studio.folder, project, [small_take])
    take = studio.takes(project)[0]
    assert not take.in_place
    assert digest_file(studio.folder / take.path) == take.digest
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.INTACT]


def test_sidecars_with_one_name_are_stored_separately(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    cards = []
    for n, take in enumerate((small_take, clips.one_frame(tmp_path / "other.MOV"))):
        card = tmp_path / f"card{n}"
        card.mkdir()
        shutil.copy(take, card / f"clip{take.suffix if n else '.mp4'}")
        (card / "clip.xml").write_text(f"<card>{n}</card>")
        cards.append(card)
    takes = import_footage(studio.catalog, studio.folder, project, cards).takes
    assert {(studio.folder / take.sidecars[0]).read_text() for take in takes} == {"<card>0</card>", "<card>1</card>"}


def test_a_second_ingest_at_the_same_time_is_refused(studio: Studio, project: Project, small_take: Path) -> None:
    def start_second(done: int, total: int, name: str) -> None:
        with pytest.raises(EngineError, match="already running"):
            import_footage(studio.catalog, studio.folder, project, [small_take])

    assert len(import_footage(studio.catalog, studio.folder, project, [small_take], progress=start_second).takes) == 1


def test_renamed_footage_is_not_imported_twice(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    other = tmp_path / "renamed.MOV"
    shutil.copy(small_take, other)
    repeated = import_footage(studio.catalog, studio.folder, project, [other])
    assert repeated.takes == []
    assert [take.name for take in repeated.already_here] == ["IMG_0101"]
    assert repeated.duplicates == [other]
    assert len(studio.catalog.batches(project)) == 1


def test_other_footage_with_the_same_name_gets_its_own_path(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    other = tmp_path / "card2" / "IMG_0101.MOV"
    other.parent.mkdir()
    clips.plain_take(other, 64, 64, Fraction(30), Fraction(1, 5))
    imported = import_footage(studio.catalog, studio.folder, project, [small_take, other])
    assert len({take.path for take in imported.takes}) == 2
    assert {digest_file(studio.folder / take.path) for take in imported.takes} == {
        digest_file(small_take), digest_file(other)
    }  # fmt: skip


def test_an_import_in_place_does_not_copy_the_footage(studio: Studio, project: Project, small_take: Path) -> None:
    imported = import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True)
    assert imported.takes[0].path == small_take
    assert not list((studio.folder / project.folder / "originals").iterdir())
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.INTACT]


def test_a_cancelled_ingest_continues_in_the_same_batch(studio: Studio, project: Project, card: Path) -> None:
    calls: list[int] = []

    def stop_after_one_take() -> bool:
        calls.append(1)
        return len(studio.catalog.takes(project)) == 1

    with pytest.raises(Cancelled):
        import_footage(studio.catalog, studio.folder, project, [card], cancelled=stop_after_one_take)
    assert len(studio.catalog.takes(project)) == 1
    assert not list((studio.folder / project.folder).rglob("*.partial*"))
    rest = import_footage(studio.catalog, studio.folder, project, [card])
    assert (len(rest.takes), len(rest.already_here)) == (3, 1)
    assert len(studio.catalog.batches(project)) == 1
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}


def test_a_copy_without_a_catalog_row_is_reused(studio: Studio, project: Project, small_take: Path) -> None:
    """Simulates kill -9 between the rename of the copy and the insertion of its row."""
    batch = studio.catalog.add_batch(project, f"{project.folder}/originals/2025-06-14-01")
    orphan = studio.folder / batch.folder / "IMG_0101.MOV"
    orphan.parent.mkdir(parents=True)
    shutil.copy(small_take, orphan)
    inode = orphan.stat().st_ino
    imported = import_footage(studio.catalog, studio.folder, project, [small_take])
    assert studio.folder / imported.takes[0].path == orphan
    assert orphan.stat().st_ino == inode
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}


def test_an_ingest_killed_at_any_moment_leaves_no_partial_result(
    studio: Studio, project: Project, card: Path, tmp_path: Path
) -> None:
    script = (
        "import os, sys; from pathlib import Path\n"
        "from engine.studio import Studio; from engine.transfer import import_footage\n"
        "studio = Studio(Path(sys.argv[1])); left = int(sys.argv[3])\n"
        "def count(done, total, name):\n"
        "    global left; left -= 1\n"
        "    if left < 0: os.kill(os.getpid(), 9)\n"
        "import_footage(studio.catalog, studio.folder, studio.project(None), [Path(sys.argv[2])], progress=count)\n"
    )
    for moment in range(5):
        command = [sys.executable, "-c", script, str(studio.folder), str(card), str(moment)]
        subprocess.run(command, check=False, capture_output=True)
        for take in studio.takes(project):
            assert digest_file(studio.folder / take.path) == take.digest
    import_footage(studio.catalog, studio.folder, project, [card])
    assert len(studio.takes(project)) == 4
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}
    assert not list((studio.folder / project.folder).rglob("*.partial*"))


def test_an_input_transform_at_ingest_applies_only_to_log_takes(
    studio: Studio, project: Project, log_take: Path, small_take: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [log_take, small_take])
    waiting = studio.take("IMG_0104", project)
    assert waiting.needs_director
    import_footage(studio.catalog, studio.folder, project, [log_take, small_take], input_transform=Encoding.APPLE_LOG)
    transforms = {take.name: take.input_transform for take in studio.takes(project)}
    assert transforms == {"IMG_0104": Encoding.APPLE_LOG, "IMG_0101": Encoding.HLG}
