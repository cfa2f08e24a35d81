"""Job folders: reading the end of a log, and removing stale files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.catalog import Catalog, JobState
from engine.jobs import log_path, tail
from engine.jobs.paths import job_folder, remove_stale_files

from .sample_kinds import request


def test_tail_returns_the_last_lines(tmp_path: Path) -> None:
    log = log_path(tmp_path, "j")
    assert tail(log, 3) == []
    log.parent.mkdir(parents=True)
    log.write_text("".join(f"line {number}\n" for number in range(5000)))
    assert tail(log, 3) == ["line 4997", "line 4998", "line 4999"]
    assert tail(log, 0) == []


def test_tail_replaces_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"caf\xe9\nend\n")
    assert tail(log, 2) == ["caf\N{REPLACEMENT CHARACTER}", "end"]


def test_files_for_a_retry_are_removed_after_a_week_but_logs_are_not(tmp_path: Path) -> None:
    catalog = Catalog.in_studio(tmp_path)
    jobs = [request("empty", name=name).as_job() for name in ("ended", "waits")]
    catalog.queue.submit(jobs)
    ended, waiting = (job_folder(tmp_path, job.id) for job in jobs)
    unknown = job_folder(tmp_path, "nobodys")
    for folder in (ended, waiting, unknown):
        (folder / "movie").mkdir(parents=True)
        (folder / "movie" / "chunk.nut").touch()
        (folder / "log").touch()
    catalog.queue.end(jobs[0].id, JobState.CANCELLED)
    remove_stale_files(tmp_path, catalog.queue, datetime.now(UTC) + timedelta(days=6))
    assert (ended / "movie" / "chunk.nut").exists()
    assert not unknown.exists()
    remove_stale_files(tmp_path, catalog.queue, datetime.now(UTC) + timedelta(days=8))
    assert sorted(path.name for path in ended.iterdir()) == ["log"]
    assert (waiting / "movie" / "chunk.nut").exists()
    catalog.close()
