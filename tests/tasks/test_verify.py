"""Sealed folders are verified again when they are due: once, in idle time, unless it is switched off."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Project, due_at
from engine.doctor import seal_findings
from engine.errors import Cancelled, EngineError
from engine.jobs import JobRequest
from engine.studio import Studio, scheduled_folders
from engine.tasks import due_verifications
from engine.tasks.ingest import TASK as INGEST
from engine.tasks.verify import VerifyParameters, verify_again
from engine.transfer import find_offload, import_footage, offload_status, reverify

from ..transfer.offload_card import offload, states, write_card

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


class AJob:
    """A running job that is cancelled after a number of progress reports."""

    def __init__(self, folder: Path, stop_after: int | None = None) -> None:
        self.folder, self.results = folder, dict[str, Mapping[str, Any]]()
        self.reports: list[tuple[int, int]] = []
        self._stop_after = stop_after

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        self.reports.append((done, total))

    def cancelled(self) -> bool:
        return self._stop_after is not None and len(self.reports) >= self._stop_after


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Walk")


@pytest.fixture
def card(tmp_path: Path, small_take: Path) -> Path:
    return write_card(tmp_path / "CARD", small_take)


def flip(path: Path) -> None:
    stamp, content = path.stat(), bytearray(path.read_bytes())
    content[3] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))


def due_in(studio: Studio, **time: float) -> list[JobRequest]:
    return due_verifications(studio.tasks.context, datetime.now(UTC) + timedelta(**time))


def run(studio: Studio, request: JobRequest, job: AJob) -> dict[str, Any]:
    assert isinstance(request.parameters, VerifyParameters)
    return verify_again(studio.tasks.context, request.parameters, job)


@given(proven=MOMENTS, every=st.integers(0, 400), ended=st.none() | MOMENTS)
def test_a_folder_is_due_days_after_its_proof_and_a_day_after_a_failed_attempt(
    proven: datetime, every: int, ended: datetime | None
) -> None:
    due = due_at(proven, every, ended)
    if every == 0:
        assert due is None
        return
    assert due is not None
    assert due - proven >= timedelta(days=every)
    assert ended is None or due - ended >= timedelta(days=1)
    assert due in (proven + timedelta(days=every), ended and ended + timedelta(days=1))


def test_a_folder_is_due_after_a_week_once_however_long_the_machine_was_off(
    studio: Studio, project: Project, card: Path
) -> None:
    offload(studio, project, card)
    assert due_in(studio, days=6.9) == []
    (request,) = due_in(studio, days=7.1)
    # Months later it is the same job, and while it is queued there is no other.
    assert [one.id for one in due_in(studio, days=300)] == [request.id]
    studio.catalog.queue.submit([request.as_job()])
    assert due_in(studio, days=300) == []
    # A cancelled one comes back a day later.
    studio.catalog.queue.request_cancel(request.id)
    assert due_in(studio, hours=23) == []
    assert [one.id for one in due_in(studio, days=8)] == [request.id]
    studio.catalog.verifications.set_every_days(0)
    assert due_in(studio, days=300) == []
    studio.catalog.verifications.set_every_days(1)
    assert len(due_in(studio, days=1.1)) == 1


def test_an_ingest_queues_what_is_due(studio: Studio, project: Project, card: Path) -> None:
    offload(studio, project, card)
    (batch,) = studio.catalog.batches(project)
    studio.catalog.verifications.record(batch.folder, NOW, 4, [])
    # The seal is newer than that verification.
    assert due_verifications(studio.tasks.context) == []
    result: dict[str, Any] = {"takes": [], "already_here": []}
    parameters = INGEST.parameters(
        project=project.id, paths=(), input_transform=None, in_place=False, prepare=False, asked_at=NOW
    )
    assert INGEST.successors(studio.tasks.context, parameters, result) == []
    with sqlite3.connect(studio.catalog.path) as db:
        db.execute("UPDATE ingest_batch SET sealed_at = ?", (NOW.isoformat(),))
    assert [one.kind.name for one in INGEST.successors(studio.tasks.context, parameters, result)] == ["verify"]


def test_a_flipped_byte_is_found_on_either_disk_and_takes_the_verdict_back(
    studio: Studio, project: Project, card: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    assert offload(studio, project, card, backup).status.safe
    (copy,) = backup.iterdir()
    (batch,) = studio.catalog.batches(project)
    original = studio.folder / batch.folder
    studio.catalog.verifications.add_copy(project, str(copy), datetime.now(UTC))
    flip(original / "MISC" / "INDEX.DAT")
    flip(copy / "MISC" / "NOTE.TXT")
    requests = due_in(studio, days=8)
    assert {one.parameters.model_dump()["folder"] for one in requests} == {batch.folder, str(copy)}
    for request in requests:
        with pytest.raises(EngineError, match=r"is not as it was sealed: (INDEX\.DAT|NOTE\.TXT) is changed\."):
            run(studio, request, AJob(tmp_path / "jobs" / request.id))
    status = offload_status(find_offload(studio.folder, project, None), studio.folder)
    assert {name for name, state in states(status).items() if state == "lost"} == {"INDEX.DAT", "NOTE.TXT"}
    assert not status.safe
    found = {one.sealed.folder: one.sealed for one in scheduled_folders(studio)}
    (problem,) = found[batch.folder].problems
    assert (problem.verdict, problem.intact_copy) == ("changed", str(copy / "MISC" / "INDEX.DAT"))
    (finding,) = seal_findings(studio.folder)
    assert (finding.ok, finding.found) == (False, f"{original / 'MISC' / 'INDEX.DAT'} is changed, and 1 more")
    assert due_in(studio, days=6.9) == []
    # A disk that is not connected is left until it is back.
    copy.rename(tmp_path / "away")
    assert [one.parameters.model_dump()["folder"] for one in due_in(studio, days=8)] == [batch.folder]


def test_a_killed_verification_reads_only_the_rest(
    studio: Studio, project: Project, card: Path, tmp_path: Path
) -> None:
    offload(studio, project, card)
    (request,) = due_in(studio, days=8)
    first = AJob(tmp_path / "job", stop_after=2)
    with pytest.raises(Cancelled):
        run(studio, request, first)
    kept = (tmp_path / "job" / "digests.jsonl").read_text()
    assert "IMG_0001.MOV" in kept
    # A kill leaves part of a line.
    (tmp_path / "job" / "digests.jsonl").write_text(f'{kept}\n["2026')
    (batch,) = studio.catalog.batches(project)
    folder = studio.folder / batch.folder
    # The first file is not read again: a change without another size or time is left for the next verification.
    flip(folder / "DCIM" / "100APPLE" / "IMG_0001.MOV")
    second = AJob(tmp_path / "job")
    assert run(studio, request, second) == {"folder": batch.folder, "files": 4}
    files = [path for path in folder.rglob("*") if path.is_file() and "ascmhl" not in path.parts]
    assert second.reports[-1] == (sum(path.stat().st_size for path in files),) * 2
    with pytest.raises(EngineError, match=r"IMG_0001\.MOV is changed"):
        run(studio, request, AJob(tmp_path / "next"))


def test_an_unreadable_file_is_named_and_the_rest_is_verified(
    studio: Studio, project: Project, card: Path, tmp_path: Path
) -> None:
    offload(studio, project, card)
    (batch,) = studio.catalog.batches(project)
    folder = studio.folder / batch.folder
    note = folder / "MISC" / "NOTE.TXT"
    # A link is not read, as a bad block is not.
    note.rename(tmp_path / "elsewhere")
    note.symlink_to(tmp_path / "elsewhere")
    verdicts = reverify(folder, tmp_path / "kept", lambda done, total: None, lambda: False)
    (bad,) = [one for one in verdicts if one.verdict != "intact"]
    assert (bad.path, bad.verdict, len(verdicts)) == (note, "changed", 4)
    assert bad.detail.startswith("It cannot be read: ")


def test_footage_in_place_is_verified_again_by_the_digests_of_its_ingest(
    studio: Studio, project: Project, small_take: Path, tmp_path: Path
) -> None:
    drive = tmp_path / "drive"
    (drive / "day 2").mkdir(parents=True)
    first, second = drive / "A.MOV", drive / "day 2" / "B.MOV"
    first.write_bytes(small_take.read_bytes())
    second.write_bytes(small_take.read_bytes() + b"more")
    import_footage(studio.catalog, studio.folder, project, [first, second], in_place=True)
    assert due_in(studio, days=6.9) == []
    requests = {one.parameters.model_dump()["folder"]: one for one in due_in(studio, days=7.1)}
    assert set(requests) == {str(drive), str(drive / "day 2")}
    for folder, request in requests.items():
        assert run(studio, request, AJob(tmp_path / "jobs" / request.id)) == {"folder": folder, "files": 1}
    assert due_in(studio, days=6.9) == []
    flip(second)
    first.unlink()
    for request, problem in zip(due_in(studio, days=8), (r"A\.MOV is missing", r"B\.MOV is changed"), strict=True):
        with pytest.raises(EngineError, match=f"is not as it was ingested: {problem}") as caught:
            run(studio, request, AJob(tmp_path / "jobs" / request.id))
        assert "no copy in the studio" in caught.value.hint
    (finding,) = seal_findings(studio.folder)
    assert (finding.ok, finding.found) == (False, f"{first} is missing, and 1 more")
    # The verification of all originals says the same, and each problem is of one folder.
    studio.verify(project)
    assert [len(one.sealed.problems) for one in scheduled_folders(studio)] == [1, 1]
    # Footage that has been copied since is verified with its batch.
    (request, _) = due_in(studio, days=20)
    first.write_bytes(small_take.read_bytes())
    import_footage(studio.catalog, studio.folder, project, [first])
    assert run(studio, request, AJob(tmp_path / "jobs" / "late"))["files"] == 0
