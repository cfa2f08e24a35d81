"""Archives: what is in them, that every copy is verified and sealed, and that each check finds its fault."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.catalog import Project
from engine.deliver import (
    ArchiveItem,
    CutRequest,
    DeliverableRequest,
    build_archive,
    file_is_whole,
    load_recipe,
    read_receipt,
)
from engine.errors import Cancelled, EngineError, FileInTheWayError
from engine.policy import PolicyError
from engine.speech import Segment, Transcript, Word
from engine.studio import (
    DeliveryRequest,
    LinkState,
    ProjectCuts,
    Studio,
    forecast_cut,
    forecast_delivery,
    plan_cut_delivery,
    prove_receipt,
)
from engine.tasks import cut_take, transcript_path
from engine.tasks.archive_items import archive_items
from engine.timeline import Clip, Cut, read_otio
from engine.transfer import import_footage
from fixtures import clips
from tests.permissions import DELIVER

RECIPE = load_recipe("archive")
WORDS = Transcript(
    language="en", model="tiny.en", model_digest="d", backend="faster-whisper", parameters={},
    words=(Word(text="Hello", start=Fraction(1, 10), end=Fraction(1, 2), confidence=0.9),),
    segments=(Segment(start=Fraction(1, 10), end=Fraction(1, 2), text="Hello", first=0, last=1),),
)  # fmt: skip


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio with three sealed takes, one of them with words, and a cut of two."""
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Walk")
        paths = [clips.tone(tmp_path / f"{name}.WAV", seconds) for seconds, name in enumerate("ABC", 1)]
        (tmp_path / "A.XMP").write_text("<x/>")
        assert not import_footage(studio.catalog, studio.folder, project, paths).failed
        first, _, third = studio.takes(project)
        path = transcript_path(studio.paths, first.id, first.label, first.digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(WORDS.model_dump_json().encode())
        cut = Cut("film", Fraction(25), 96, 54, (Clip("1", first.id, 0, 20), Clip("2", third.id, 0, 20)))
        ProjectCuts(studio, project).store.write(cut)
        yield studio


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.project(None)


def order_of(studio: Studio, project: Project) -> CutRequest:
    cut = ProjectCuts(studio, project).read("film")
    takes = {take.id: take for take in studio.takes(project)}
    return CutRequest(cut, {one: cut_take(studio.subject_of(takes[one])) for one in cut.takes}, RECIPE)


def items_of(studio: Studio, project: Project, folder: Path) -> list[ArchiveItem]:
    order = order_of(studio, project)
    takes = {take.id: take for take in studio.takes(project)}
    subjects = [studio.subject_of(takes[one]) for one in order.cut.takes]
    assert RECIPE.archive
    return archive_items(studio.tasks.context, RECIPE.archive, subjects, order.cut, folder)


@pytest.fixture
def made(studio: Studio, project: Project, tmp_path: Path) -> SimpleNamespace:
    """The archive of the cut: `delivered`, `folder`, `items`."""
    folder = tmp_path / "kept"
    items = items_of(studio, project, folder)
    delivered = build_archive(DELIVER, order_of(studio, project), items, folder, source_digest="cut")
    return SimpleNamespace(delivered=delivered, folder=folder, items=items, place=folder / "film")


def test_an_archive_has_what_the_cut_uses_and_any_tool_verifies_its_seal(made: SimpleNamespace, studio: Studio) -> None:
    assert [check.name for check in made.delivered.checks if not check.passed] == []
    batch = next(path.name for path in (studio.folder / "walk" / "originals").iterdir() if path.is_dir())
    files = {path.relative_to(made.place).as_posix() for path in made.place.rglob("*") if path.is_file()}
    assert {name for name in files if not name.startswith(("ascmhl/", "seals/"))} == {
        "README.txt",
        f"originals/{batch}/A.WAV",
        f"originals/{batch}/A.XMP",
        f"originals/{batch}/C.WAV",
        "timeline/film.otio",
        "transcripts/001-A.json",
        "captions/film.srt",
        "captions/film.vtt",
    }
    assert {f"seals/{batch}/ascmhl_chain.xml"} < files
    debug = Path(sys.executable).with_name("ascmhl-debug")
    result = subprocess.run([str(debug), "verify", str(made.place)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert read_receipt(made.folder).deliveries == (made.delivered,)


def test_the_timeline_names_the_originals_beside_it(made: SimpleNamespace) -> None:
    timeline = made.place / "timeline" / "film.otio"
    text = timeline.read_text()
    assert "../originals/" in text
    assert str(made.folder) not in text
    assert len(read_otio(timeline.read_bytes(), "film", ()).cut.clips) == 2


def test_each_file_of_an_archive_is_proven(made: SimpleNamespace, studio: Studio) -> None:
    (proof,) = prove_receipt(studio, made.folder)
    assert proof.broken is None
    (original,) = made.place.glob("originals/*/C.WAV")
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"x")
    (proof,) = prove_receipt(studio, made.folder)
    assert proof.broken
    assert (proof.broken.kind, proof.broken.subject) == ("file", "C.WAV")
    assert proof.broken.state is LinkState.BROKEN


def test_an_archive_is_brought_up_to_date_and_foreign_files_stay(
    made: SimpleNamespace, studio: Studio, project: Project
) -> None:
    """A later archive replaces what has changed, and removes what is no longer used."""
    order = order_of(studio, project)
    shorter = CutRequest(Cut("film", Fraction(25), 96, 54, order.cut.clips[:1]), order.takes, RECIPE)
    items = [item for item in made.items if "C.WAV" not in item.target and item.kind != "timeline"]
    later = build_archive(DELIVER, shorter, items, made.folder, source_digest="cut")
    assert later.passed
    assert not list(made.place.glob("originals/*/C.WAV"))
    assert not (made.place / "timeline").exists()
    (made.place / "notes.txt").write_text("mine")
    with pytest.raises(FileInTheWayError, match=r"notes\.txt already exists"):
        build_archive(DELIVER, shorter, items, made.folder, source_digest="cut")
    assert (made.place / "notes.txt").read_text() == "mine"


def test_a_refused_archive_stays_whole_and_says_what_has_changed(
    made: SimpleNamespace, studio: Studio, project: Project
) -> None:
    (original,) = made.place.glob("originals/*/C.WAV")
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"x")
    before = {path: path.read_bytes() for path in made.place.rglob("*") if path.is_file()}
    with pytest.raises(FileInTheWayError, match=r"C\.WAV has changed since it was archived"):
        build_archive(DELIVER, order_of(studio, project), made.items, made.folder, source_digest="cut")
    assert {path: path.read_bytes() for path in made.place.rglob("*") if path.is_file()} == before
    original.unlink()
    assert build_archive(DELIVER, order_of(studio, project), made.items, made.folder, source_digest="cut").passed


def test_an_archive_that_was_stopped_at_its_seal_is_finished(studio: Studio, project: Project, tmp_path: Path) -> None:
    folder, work = tmp_path / "kept", tmp_path / "work"
    items, order = items_of(studio, project, folder), order_of(studio, project)

    def occupy(done: int, total: int, unit: str, name: str) -> None:
        """Makes the receipt impossible after the last copy."""
        if done == total:
            (folder / "receipt.json").mkdir(exist_ok=True)

    with pytest.raises((EngineError, OSError)):
        build_archive(DELIVER, order, items, folder, work=work, progress=occupy)
    assert (folder / "film" / "ascmhl").is_dir()
    (folder / "receipt.json").rmdir()
    assert build_archive(DELIVER, order, items, folder, work=work).passed


def test_a_file_that_changed_after_its_receipt_is_not_whole(tmp_path: Path) -> None:
    path, made_at = tmp_path / "a.mp4", datetime(2026, 11, 30, tzinfo=UTC)
    path.write_bytes(b"pictures")
    digest = hashlib.sha256(b"pictures").hexdigest()
    assert file_is_whole(path, 8, digest, made_at)
    path.write_bytes(b"Pictures")
    assert not file_is_whole(path, 8, digest, made_at)
    assert not file_is_whole(path, 9, digest, made_at)
    assert not file_is_whole(tmp_path / "b.mp4", 8, digest, made_at)


def test_an_interrupted_archive_continues_with_what_is_missing(
    studio: Studio, project: Project, tmp_path: Path
) -> None:
    folder, work = tmp_path / "kept", tmp_path / "work"
    items, order = items_of(studio, project, folder), order_of(studio, project)
    names: list[str] = []
    with pytest.raises(Cancelled):
        build_archive(
            DELIVER,
            order,
            items,
            folder,
            work=work,
            progress=lambda done, total, unit, name: names.append(name),
            cancelled=lambda: len(names) > 3,
        )
    copied = {path: path.stat().st_mtime_ns for path in (folder / "film").rglob("*.WAV")}
    assert copied
    assert not (folder / "receipt.json").exists()
    with (work / "copied.jsonl").open("ab") as journal:
        journal.write(b'{"target": "torn')
    names.clear()
    assert build_archive(DELIVER, order, items, folder, work=work, progress=lambda *_: names.append(_[3])).passed
    assert not names[0].startswith("README")
    assert {path: path.stat().st_mtime_ns for path in copied} == copied


def test_an_original_that_changed_since_its_ingest_is_not_archived(
    studio: Studio, project: Project, tmp_path: Path
) -> None:
    (original,) = (studio.folder / "walk" / "originals").glob("*/C.WAV")
    original.chmod(0o644)
    original.write_bytes(original.read_bytes()[:-1] + b"x")
    folder = tmp_path / "kept"
    with pytest.raises(EngineError, match="the original has changed since its ingest"):
        build_archive(DELIVER, order_of(studio, project), items_of(studio, project, folder), folder)
    assert not list(folder.rglob("C.WAV"))


def test_originals_leave_the_studio_only_by_the_privacy_step(studio: Studio, project: Project, tmp_path: Path) -> None:
    outside = DeliveryRequest(RECIPE, project="Walk", folder=tmp_path / "disk")
    inside = DeliveryRequest(RECIPE, project="Walk")
    assert len(plan_cut_delivery(studio, inside, "film").steps) == 1
    for step in ("nothing", "deliverables", "proxies"):
        studio.catalog.policies.set_leaves(project, step)
        with pytest.raises(PolicyError, match="The originals of this project stay in the studio"):
            plan_cut_delivery(studio, outside, "film")
        assert forecast_cut(studio, outside, "film").estimates[0].refused
    studio.catalog.policies.set_leaves(project, "originals")
    assert len(plan_cut_delivery(studio, outside, "film").steps) == 1
    (estimate,) = forecast_cut(studio, outside, "film").estimates
    sizes = [take.size for take in studio.takes(project) if take.name in ("A", "C")]
    assert estimate.bytes == pytest.approx(sum(sizes), rel=1e-6)


def test_a_take_has_an_archive_of_its_own(studio: Studio, project: Project, tmp_path: Path) -> None:
    take = studio.takes(project)[0]
    subject = studio.subject_of(take)
    assert RECIPE.archive
    items = archive_items(studio.tasks.context, RECIPE.archive, [subject], None, tmp_path / "kept")
    order = DeliverableRequest(subject.footage, take.label, RECIPE, None)
    made = build_archive(DELIVER, order, items, tmp_path / "kept", source_digest=take.digest)
    assert made.passed
    assert json.loads((tmp_path / "kept" / take.label / "transcripts" / "001-A.json").read_bytes())["language"] == "en"
    assert (tmp_path / "kept" / take.label / "captions" / f"{take.label}.srt").is_file()


def test_a_plain_file_and_footage_in_place_have_archives(studio: Studio, tmp_path: Path) -> None:
    assert RECIPE.archive
    plain = clips.tone(tmp_path / "D.WAV", 1)
    subject = studio.file(str(plain))
    items = archive_items(studio.tasks.context, RECIPE.archive, [subject], None, tmp_path / "kept")
    assert [item.target for item in items] == ["README.txt", "originals/D.WAV"]
    order = DeliverableRequest(subject.footage, subject.label, RECIPE, None)
    made = build_archive(DELIVER, order, items, tmp_path / "kept", source_digest=subject.digest())
    assert [check.name for check in made.checks if not check.passed] == []
    assert plain.stat().st_mode & 0o200
    other = studio.new_project("Stays")
    outside = clips.tone(tmp_path / "E.WAV", 4)
    (take,) = import_footage(studio.catalog, studio.folder, other, [outside], in_place=True).takes
    items = archive_items(studio.tasks.context, RECIPE.archive, [studio.subject_of(take)], None, tmp_path / "kept")
    assert [(item.target, item.digest) for item in items[1:]] == [(f"originals/{take.label}/E.WAV", take.digest)]


def test_an_archive_without_room_is_refused_before_the_first_file(
    studio: Studio, project: Project, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.bin"
    huge.touch()
    os.truncate(huge, 1 << 43)
    items = [*items_of(studio, project, tmp_path / "kept"), ArchiveItem("originals/huge.bin", "original", huge)]
    with pytest.raises(EngineError, match=r"The archive needs 8\.8 TB"):
        build_archive(DELIVER, order_of(studio, project), items, tmp_path / "kept")
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


def test_a_second_archive_of_a_take_has_no_leftover_files(studio: Studio, project: Project) -> None:
    take = studio.takes(project)[0]
    subject, folder = studio.subject_of(take), studio.folder / "walk" / "deliverables" / "archive"
    assert RECIPE.archive
    items = archive_items(studio.tasks.context, RECIPE.archive, [subject], None, folder)
    order = DeliverableRequest(subject.footage, take.label, RECIPE, None)
    build_archive(DELIVER, order, items, folder, source_digest=take.digest)
    forecast = forecast_delivery(studio, DeliveryRequest(RECIPE, (take.label,), project="Walk"))
    assert forecast.leftover == ()
    assert [one.fate for one in forecast.existing] == ["replaced"]
