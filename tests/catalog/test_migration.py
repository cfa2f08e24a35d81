"""A catalog of schema 5, written by the code of that version, opens unchanged and is usable."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Catalog, Encoding, JobState, Project, Take, migrations

WRITTEN = Path(__file__).parent.parent.parent / "fixtures" / "catalogs" / "schema_5.sql"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.sqlite"
    file = sqlite3.connect(path)
    file.executescript(WRITTEN.read_text(encoding="utf-8"))
    assert file.execute("PRAGMA user_version").fetchone() == (5,)
    file.close()
    return path


@pytest.fixture
def catalog(written: Path) -> Iterator[Catalog]:
    catalog = Catalog(written)
    yield catalog
    catalog.close()


@pytest.fixture
def project(catalog: Catalog) -> Project:
    (project,) = catalog.projects()
    return project


def test_its_schema_is_the_one_of_a_new_catalog(catalog: Catalog, written: Path, tmp_path: Path) -> None:
    Catalog(tmp_path / "new.sqlite").close()
    shapes = []
    for path in (written, tmp_path / "new.sqlite"):
        file = sqlite3.connect(path)
        shapes.append(
            file.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
        )
        assert file.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        file.close()
    assert [shape[:3] for shape in shapes[0]] == [shape[:3] for shape in shapes[1]]


def test_takes_keep_the_batch_they_came_in(catalog: Catalog, project: Project) -> None:
    sealed, unsealed = catalog.batches(project)
    assert (sealed.folder, unsealed.folder) == ("harbour/originals/001", "harbour/originals/002")
    assert sealed.sealed_at is not None
    assert catalog.open_batch(project) == unsealed
    assert [take.batch_id for take in catalog.takes(project)] == [sealed.id, sealed.id, None]


def test_decisions_are_kept_and_can_be_undone_and_redone(catalog: Catalog, project: Project) -> None:
    reviews = catalog.reviews
    first, second, _ = catalog.takes(project)
    kept = reviews.of(first)
    assert (kept.verdict, kept.star, kept.starts, kept.ends) == ("keep", True, Fraction(1), Fraction(9))
    assert reviews.of(second).retake_of == first.id
    assert [(marker.at, marker.label) for marker in reviews.markers(first)] == [(Fraction(7, 2), "gulls")]
    assert [cue.line for cue in reviews.retake_cues(project.id)] == ["Again, from the harbour."]
    reviews.redo(project.id)
    assert [cue.line for cue in reviews.retake_cues(project.id)] == ["Again, from the harbour.", "And once more."]
    reviews.undo(project.id)
    reviews.undo(project.id)
    assert reviews.retake_cues(project.id) == []


def test_jobs_keep_their_state_and_what_was_requested_of_them(catalog: Catalog) -> None:
    jobs = {job.id: job for job in catalog.queue.jobs()}
    assert {name: job.state for name, job in jobs.items()} == {
        "ingested": JobState.DONE,
        "stopping": JobState.RUNNING,
        "again": JobState.QUEUED,
        "waits": JobState.BLOCKED,
        "after": JobState.QUEUED,
    }
    assert {name for name, job in jobs.items() if job.cancel_requested} == {"stopping"}
    assert [job.id for job in catalog.queue.cancel_requests()] == ["stopping"]
    assert jobs["again"].retries == 2
    assert jobs["ingested"].mutex == "ingest harbour"
    assert jobs["after"].needs == ("again",)
    assert [event.state for event in catalog.queue.journal("again")] == ["queued", "running", "queued"]


def test_the_takes_in_an_ingests_result_are_read(catalog: Catalog) -> None:
    job = catalog.queue.job("ingested")
    assert job is not None
    assert job.result is not None
    (take,) = (Take.model_validate(raw) for raw in job.result["takes"])
    assert (take.batch_id, take.input_transform) == (1, Encoding.REC709)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("ingest", {"left_alone": ["notes.txt"], "takes": []}, {"skipped": ["notes.txt"], "takes": []}),
        ("ingest", {"takes": []}, {"takes": []}),
        (
            "master",
            {"path": "a.m4a", "told": ["cleaned"], "master": {"gain": {"db": -1.5}, "mended": 2}},
            {"path": "a.m4a", "notes": ["cleaned"], "master": {"gain": {"db": -1.5}, "repaired": 2}},
        ),
        ("master", {"told": [], "master": {"attempts": 1}}, {"notes": [], "master": {"attempts": 1}}),
        ("levels", {"told": ["left as it is"]}, {"told": ["left as it is"]}),
    ],
)
def test_results_of_jobs_have_the_current_names(
    written: Path, kind: str, before: dict[str, object], after: dict[str, object]
) -> None:
    file = sqlite3.connect(written)
    with file:
        file.execute("UPDATE job SET kind = ?, result = ? WHERE id = 'ingested'", (kind, json.dumps(before)))
    file.close()
    catalog = Catalog(written)
    job = catalog.queue.job("ingested")
    catalog.close()
    assert job is not None
    assert job.result == after


def test_why_a_take_is_a_copy_is_a_value(written: Path) -> None:
    notes = ["a second camera", "not an original: written by “Lavf”, a muxer; copy the camera's file"]
    file = sqlite3.connect(written)
    with file:
        changed = "json_set(probe, '$.original', json('false'), '$.notes', json(?))"
        file.execute(f"UPDATE take SET probe = {changed} WHERE id = 'take-1'", (json.dumps(notes),))
    file.close()
    catalog = Catalog(written)
    first, second, _ = catalog.takes(catalog.projects()[0])
    catalog.close()
    assert first.probe.copy_reason == "written by “Lavf”, a muxer"
    assert first.probe.notes == (
        notes[0],
        "edited or exported copy: written by “Lavf”, a muxer; copy the camera's file",
    )
    assert (second.probe.original, second.probe.copy_reason) == (True, "")


def test_changes_are_counted_from_where_they_were(catalog: Catalog, project: Project) -> None:
    before = catalog.change_counters()
    assert before.takes == 4
    catalog.queue.request_cancel("again")
    catalog.reviews.undo(project.id)
    after = catalog.change_counters()
    assert after.jobs > before.jobs
    assert after.reviews > before.reviews
    assert after.takes == before.takes
