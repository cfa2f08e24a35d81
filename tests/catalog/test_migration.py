"""A catalog of schema 5, written by the code of that version, is migrated with all its data."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Catalog, Encoding, JobState, KeptRange, Project, Take, migrations

SCHEMA_5 = Path(__file__).parent.parent.parent / "fixtures" / "catalogs" / "schema_5.sql"


@pytest.fixture
def catalog_path(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.sqlite"
    file = sqlite3.connect(path)
    file.executescript(SCHEMA_5.read_text(encoding="utf-8"))
    assert file.execute("PRAGMA user_version").fetchone() == (5,)
    file.close()
    return path


@pytest.fixture
def catalog(catalog_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(catalog_path)
    yield catalog
    catalog.close()


@pytest.fixture
def project(catalog: Catalog) -> Project:
    (project,) = catalog.projects()
    return project


def test_the_migrated_schema_equals_that_of_a_new_catalog(catalog: Catalog, catalog_path: Path, tmp_path: Path) -> None:
    Catalog(tmp_path / "new.sqlite").close()
    schemas = []
    for path in (catalog_path, tmp_path / "new.sqlite"):
        file = sqlite3.connect(path)
        schemas.append(
            file.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name").fetchall()
        )
        assert file.execute("PRAGMA user_version").fetchone() == (migrations()[-1][0],)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        file.close()
    assert [row[:3] for row in schemas[0]] == [row[:3] for row in schemas[1]]


def test_takes_keep_their_batch(catalog: Catalog, project: Project) -> None:
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
    assert kept.ranges == (KeptRange(start=Fraction(1), end=Fraction(9)),)
    assert reviews.of(second).retake_of == first.id
    assert [(marker.at, marker.label) for marker in reviews.markers(first)] == [(Fraction(7, 2), "gulls")]
    assert [cue.line for cue in reviews.retake_cues(project.id)] == ["Again, from the harbour."]
    reviews.redo(project.id)
    assert [cue.line for cue in reviews.retake_cues(project.id)] == ["Again, from the harbour.", "And once more."]
    reviews.undo(project.id)
    reviews.undo(project.id)
    assert reviews.retake_cues(project.id) == []


def test_a_trim_in_the_journal_of_an_earlier_version_is_undone_and_redone(catalog: Catalog, project: Project) -> None:
    reviews = catalog.reviews
    first, _, _ = catalog.takes(project)
    trimmed = reviews.of(first)
    while (edit := reviews.undo(project.id)) and "from 00:00:01.00" not in edit.title:
        assert reviews.of(first).ranges == trimmed.ranges
    assert (reviews.of(first).star, reviews.of(first).ranges) == (True, ())
    while reviews.redo(project.id):
        pass
    assert reviews.of(first) == trimmed


def test_jobs_keep_their_state_and_cancel_requests(catalog: Catalog) -> None:
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


def test_takes_in_the_result_of_an_ingest_are_read(catalog: Catalog) -> None:
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
def test_job_results_have_the_current_keys(
    catalog_path: Path, kind: str, before: dict[str, object], after: dict[str, object]
) -> None:
    file = sqlite3.connect(catalog_path)
    with file:
        file.execute("UPDATE job SET kind = ?, result = ? WHERE id = 'ingested'", (kind, json.dumps(before)))
    file.close()
    catalog = Catalog(catalog_path)
    job = catalog.queue.job("ingested")
    catalog.close()
    assert job is not None
    assert job.result == after


def test_the_copy_reason_is_read_from_the_notes(catalog_path: Path) -> None:
    notes = ["a second camera", "not an original: written by “Lavf”; a muxer; copy the camera's file"]
    file = sqlite3.connect(catalog_path)
    with file:
        changed = "json_set(probe, '$.original', json('false'), '$.notes', json(?))"
        file.execute(f"UPDATE take SET probe = {changed} WHERE id = 'take-1'", (json.dumps(notes),))
    file.close()
    catalog = Catalog(catalog_path)
    first, second, _ = catalog.takes(catalog.projects()[0])
    catalog.close()
    assert first.probe.copy_reason == "written by “Lavf”; a muxer"
    assert first.probe.notes == (
        notes[0],
        "edited or exported copy: written by “Lavf”; a muxer; copy the camera's file",
    )
    assert (second.probe.original, second.probe.copy_reason) == (True, "")


def test_change_counters_continue_after_the_migration(catalog: Catalog, project: Project) -> None:
    before = catalog.change_counters()
    assert before.takes == 4
    catalog.queue.request_cancel("again")
    catalog.reviews.undo(project.id)
    after = catalog.change_counters()
    assert after.jobs > before.jobs
    assert after.reviews > before.reviews
    assert after.takes == before.takes
