"""Arrivals of a project: verdicts, folders and phones are read, and what failed is retried."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.catalog import JobState
from engine.jobs.presence import StudioLock
from engine.phone import UploadRecord, UploadState
from engine.studio import ArrivalsReader, Studio, retry_arrivals
from engine.transfer import offload_card


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio that has its process, so that jobs start none."""
    with Studio(tmp_path / "studio") as opened:
        lock = StudioLock.acquire(opened.folder)
        yield opened
        lock.release()


def _record(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes([value]) * 1600)


def test_a_card_with_a_new_clip_is_not_safe_and_is_offloaded_again(studio: Studio, tmp_path: Path) -> None:
    card = tmp_path / "CARD"
    _record(card / "A1.WAV", 1)
    project = studio.new_project("Walk")
    assert ArrivalsReader(studio, project).read().offloads == ()
    (tmp_path / "BACKUP").mkdir()
    offload_card(studio.catalog, studio.folder, project, card, [tmp_path / "BACKUP"])
    reader = ArrivalsReader(studio, project)
    assert [one.safe for one in reader.read().offloads] == [True]
    assert retry_arrivals(studio, project) == []
    _record(card / "A2.WAV", 2)
    # The journal is the same, so that only a new comparison finds the clip.
    assert [one.safe for one in reader.read(recheck=False).offloads] == [True]
    assert [one.safe for one in reader.read().offloads] == [False]
    (job,) = retry_arrivals(studio, project)
    assert (job.kind, job.parameters["source"]) == ("offload", str(card))
    assert job.parameters["also"] == [str(tmp_path / "BACKUP")]
    assert retry_arrivals(studio, project) == []


def test_a_refused_file_is_ingested_again_once(studio: Studio, tmp_path: Path) -> None:
    _record(tmp_path / "A1.WAV", 1)
    project = studio.new_project("Walk")
    request = studio.tasks.ingest_request(project, [tmp_path], None, False, False)
    studio.catalog.queue.submit([request.as_job()])
    failed = [{"path": str(tmp_path / name), "message": "", "hint": ""} for name in ("A1.WAV", "gone.mov")]
    job = studio.jobs.lookup(request.id)
    changed = {"state": JobState.DONE, "result": {"failed": failed}}
    studio.catalog.queue.submit([job.model_copy(update={"id": "0" * 32, **changed})])
    studio.jobs.cancel(job)
    (again,) = retry_arrivals(studio, project)
    assert again.parameters["paths"] == [str(tmp_path / "A1.WAV")]


def test_uploads_are_read_without_changing_them(studio: Studio) -> None:
    project = studio.new_project("Walk")
    uploads = studio.folder / project.folder / "work" / "phone" / "uploads"
    for name, state, received in (("half.mov", UploadState.RECEIVING, 40), ("whole.mov", UploadState.SEALED, None)):
        folder = uploads / name
        folder.mkdir(parents=True)
        record = UploadRecord(id=name, device="d", name=name, created_at=datetime.now(UTC), length=100, state=state)
        (folder / "record.json").write_text(record.model_dump_json())
        if received is not None:
            (folder / "data").write_bytes(bytes(received))
    # A folder whose creation was interrupted: the process that receives deletes it, nobody else.
    (uploads / "interrupted").mkdir()
    found = ArrivalsReader(studio, project).read().uploads
    assert {one.name: (one.state, one.received) for one in found} == {
        "half.mov": ("receiving", 40),
        "whole.mov": ("sealed", 100),
    }
    assert (uploads / "interrupted").is_dir()
