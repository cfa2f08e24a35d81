"""The cost of a key press does not depend on the number of takes or on jobs that report progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.studio_worker import Notice, SnapshotUpdated
from engine.catalog import Catalog, JobState

from ..reports import reporting_jobs
from .measured import half_blocks, idle_console, measure_keys, row_of, step

FEW, MANY = 100, 10_000
# For `make check`, which would take longer to create more takes than to measure.
MORE = 2_000
KEYS = 30
# Bytes for the previous row, the new row and the details, in 120 columns.
BYTES_PER_KEY = 7_000


# The same while jobs report is in `make check`.
@pytest.mark.slow
def test_a_key_costs_the_same_with_100_and_10000_takes(studio_of_size: Callable[[int], Path]) -> None:
    with idle_console(studio_of_size(FEW)) as terminal:
        few_seconds, few_bytes = measure_keys(terminal, KEYS, first=4)
    with idle_console(studio_of_size(MANY)) as terminal:
        many_seconds, many_bytes = measure_keys(terminal, KEYS, first=4)
    assert many_seconds < 3 * few_seconds
    assert many_bytes < 1.2 * few_bytes


def test_a_key_redraws_only_the_changed_rows(studio_of_size: Callable[[int], Path]) -> None:
    with idle_console(studio_of_size(FEW)) as terminal:
        mark = terminal.sent
        step(terminal, 2)
        terminal.until_quiet()
        assert terminal.sent - mark < BYTES_PER_KEY
        assert row_of(1).search(terminal.since(mark))
        assert not row_of(10).search(terminal.since(mark))


def test_a_pending_snapshot_is_replaced_by_a_newer_one(tmp_path: Path) -> None:
    newest = SnapshotUpdated(Snapshot(tmp_path))
    assert newest.can_replace(SnapshotUpdated(Snapshot(tmp_path)))
    assert not newest.can_replace(Notice("A result is never dropped."))


def test_a_key_costs_the_same_while_four_jobs_report(studio_of_size: Callable[[int], Path]) -> None:
    seconds = []
    for takes in (FEW, MORE):
        folder = studio_of_size(takes)
        with reporting_jobs(folder), idle_console(folder) as terminal:
            terminal.until_shown("4 jobs")
            seconds.append(measure_keys(terminal, KEYS, first=4)[0])
    assert seconds[1] < 3 * seconds[0]


def test_job_reports_redraw_only_the_progress(studio_of_size: Callable[[int], Path]) -> None:
    folder = studio_of_size(FEW)
    with idle_console(folder, pictures="blocks") as terminal, reporting_jobs(folder):
        terminal.until_shown("4 jobs")
        terminal.until_quiet()
        first, mark = report_count(folder), terminal.sent
        terminal.until_true(lambda: report_count(folder) > first + 100, "The jobs do not report")
        sent, count = terminal.since(mark), report_count(folder) - first
        assert not half_blocks(sent)
        # Forty reports per second cause at most four redraws of the status bar.
        assert len(sent) < count / 10 * BYTES_PER_KEY / 2


def report_count(folder: Path) -> int:
    """The number of reports by the jobs so far."""
    catalog = Catalog.in_studio(folder)
    try:
        return sum(int(job.message) for job in catalog.queue.jobs([JobState.RUNNING]))
    finally:
        catalog.close()
