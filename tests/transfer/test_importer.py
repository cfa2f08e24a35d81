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


def everything(folder: Path) -> dict[str, tuple[str, float]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (digest_file(path), path.stat().st_mtime) for path in files}


def test_the_good_arrives_the_bad_is_named_and_the_originals_are_untouched(
    studio: Studio, project: Project, card: Path
) -> None:
    before = everything(card)
    arrived = import_footage(studio.catalog, studio.folder, project, [card])
    assert everything(card) == before
    assert {take.name for take in arrived.takes} == {"IMG_0101", '-it\'s "odd" 🎬', "mute", "voice"}
    assert {path.name: error.message for path, error in arrived.failed}.keys() == {"cut.MOV", "empty.MOV", "diary.mov"}
    assert all(error.hint and path.name in error.message for path, error in arrived.failed)
    assert [path.name for path in arrived.skipped] == ["notes.txt"]
    for take in arrived.takes:
        assert digest_file(studio.folder / take.path) == take.digest
    first = next(take for take in arrived.takes if take.name == "IMG_0101")
    assert [path.name for path in first.sidecars] == ["IMG_0101.AAE"]
    assert not list((studio.folder / project.folder).rglob("*.partial*"))


def test_a_name_that_no_seal_can_hold_is_refused_and_the_rest_goes_on(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    card = tmp_path / "card"
    card.mkdir()
    for name in ("IMG\x1b]0;pwned\x07.MOV", "IMG_0101.MOV"):
        shutil.copy(small_take, card / name)
    arrived = studio.ingest(project, [card])
    assert [take["name"] for take in arrived["takes"]] == ["IMG_0101"]
    (refused,) = arrived["failed"]
    assert "control characters" in refused["message"]
    assert refused["message"].isprintable()
    assert arrived["seal"]


def test_the_delivery_is_sealed_and_ascmhl_itself_agrees(studio: Studio, project: Project, card: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [card])
    delivery = studio.folder / studio.catalog.batches(project)[0].folder
    ascmhl = Path(sys.executable).with_name("ascmhl-debug")
    checked = subprocess.run([str(ascmhl), "verify", str(delivery)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}


def test_verify_finds_what_was_changed_lost_or_added(studio: Studio, project: Project, card: Path) -> None:
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
    assert found["stranger.MOV"] is SealStatus.UNSEALED
    assert found["IMG_0101.MOV"] is SealStatus.INTACT


def test_verify_misses_what_is_gone_with_its_seal(studio: Studio, project: Project, small_take: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    delivery = studio.folder / studio.catalog.batches(project)[0].folder
    original = studio.folder / studio.takes(project)[0].path
    for manifest in (delivery / "ascmhl").glob("*.mhl"):
        manifest.write_text("garbage")
    torn = {verified.path.name: verified.verdict for verified in studio.verify(project)}
    assert torn == {"ascmhl": SealStatus.CHANGED, "IMG_0101.MOV": SealStatus.INTACT}
    shutil.rmtree(delivery / "ascmhl")
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"\xff")
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.CHANGED]
    shutil.rmtree(delivery)
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.MISSING]


def test_footage_whose_copy_is_gone_or_damaged_is_copied_again(
    studio: Studio, project: Project, small_take: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    kept = studio.folder / studio.takes(project)[0].path
    kept.unlink()
    assert len(import_footage(studio.catalog, studio.folder, project, [small_take]).takes) == 1
    kept.chmod(0o644)
    kept.write_bytes(b"damaged")
    assert len(import_footage(studio.catalog, studio.folder, project, [small_take]).takes) == 1
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.INTACT]
    assert import_footage(studio.catalog, studio.folder, project, [small_take]).takes == []


def test_footage_that_was_in_place_can_be_copied_after_all(studio: Studio, project: Project, small_take: Path) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True)
    import_footage(studio.catalog, studio.folder, project, [small_take])
    take = studio.takes(project)[0]
    assert not take.in_place
    assert digest_file(studio.folder / take.path) == take.digest
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.INTACT]


def test_sidecars_of_one_name_do_not_meet(studio: Studio, project: Project, small_take: Path, tmp_path: Path) -> None:
    cards = []
    for n, take in enumerate((small_take, clips.one_frame(tmp_path / "other.MOV"))):
        card = tmp_path / f"card{n}"
        card.mkdir()
        shutil.copy(take, card / f"clip{take.suffix if n else '.mp4'}")
        (card / "clip.xml").write_text(f"<card>{n}</card>")
        cards.append(card)
    takes = import_footage(studio.catalog, studio.folder, project, cards).takes
    assert {(studio.folder / take.sidecars[0]).read_text() for take in takes} == {"<card>0</card>", "<card>1</card>"}


def test_a_second_ingest_waits_its_turn(studio: Studio, project: Project, small_take: Path) -> None:
    def meanwhile(done: int, total: int, name: str) -> None:
        with pytest.raises(EngineError, match="already running"):
            import_footage(studio.catalog, studio.folder, project, [small_take])

    assert len(import_footage(studio.catalog, studio.folder, project, [small_take], progress=meanwhile).takes) == 1


def test_the_same_footage_is_not_taken_twice_whatever_it_is_called(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [small_take])
    other = tmp_path / "renamed.MOV"
    shutil.copy(small_take, other)
    again = import_footage(studio.catalog, studio.folder, project, [other])
    assert again.takes == []
    assert [take.name for take in again.already_here] == ["IMG_0101"]
    assert len(studio.catalog.batches(project)) == 1


def test_other_footage_of_the_same_name_gets_a_place_of_its_own(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    other = tmp_path / "card2" / "IMG_0101.MOV"
    other.parent.mkdir()
    clips.plain_take(other, 64, 64, Fraction(30), Fraction(1, 5))
    arrived = import_footage(studio.catalog, studio.folder, project, [small_take, other])
    assert len({take.path for take in arrived.takes}) == 2
    assert {digest_file(studio.folder / take.path) for take in arrived.takes} == {
        digest_file(small_take), digest_file(other)
    }  # fmt: skip


def test_in_place_leaves_the_footage_where_it_is(studio: Studio, project: Project, small_take: Path) -> None:
    arrived = import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True)
    assert arrived.takes[0].path == small_take
    assert not list((studio.folder / project.folder / "originals").iterdir())
    assert [verified.verdict for verified in studio.verify(project)] == [SealStatus.INTACT]


def test_an_ingest_that_was_stopped_goes_on_where_it_was(studio: Studio, project: Project, card: Path) -> None:
    seen: list[int] = []

    def stop_soon() -> bool:
        seen.append(1)
        return len(studio.catalog.takes(project)) == 1

    with pytest.raises(Cancelled):
        import_footage(studio.catalog, studio.folder, project, [card], cancelled=stop_soon)
    assert len(studio.catalog.takes(project)) == 1
    assert not list((studio.folder / project.folder).rglob("*.partial*"))
    rest = import_footage(studio.catalog, studio.folder, project, [card])
    assert (len(rest.takes), len(rest.already_here)) == (3, 1)
    assert len(studio.catalog.batches(project)) == 1
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}


def test_a_copy_whose_row_was_lost_is_recognised_and_kept(studio: Studio, project: Project, small_take: Path) -> None:
    """Simulates kill -9 between the rename of the copy and the insertion of its row."""
    delivery = studio.catalog.add_batch(project, f"{project.folder}/originals/2025-06-14-01")
    orphan = studio.folder / delivery.folder / "IMG_0101.MOV"
    orphan.parent.mkdir(parents=True)
    shutil.copy(small_take, orphan)
    written = orphan.stat().st_ino
    arrived = import_footage(studio.catalog, studio.folder, project, [small_take])
    assert studio.folder / arrived.takes[0].path == orphan
    assert orphan.stat().st_ino == written
    assert {verified.verdict for verified in studio.verify(project)} == {SealStatus.INTACT}


def test_an_ingest_killed_at_any_moment_leaves_nothing_half_done(
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


def test_an_answer_given_at_ingest_settles_the_log_takes_among_the_rest(
    studio: Studio, project: Project, log_take: Path, small_take: Path
) -> None:
    import_footage(studio.catalog, studio.folder, project, [log_take, small_take])
    waiting = studio.take("IMG_0104", project)
    assert waiting.needs_director
    import_footage(studio.catalog, studio.folder, project, [log_take, small_take], input_transform=Encoding.APPLE_LOG)
    transforms = {take.name: take.input_transform for take in studio.takes(project)}
    assert transforms == {"IMG_0104": Encoding.APPLE_LOG, "IMG_0101": Encoding.HLG}
