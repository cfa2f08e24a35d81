"""The cost of a key press does not depend on the number of takes or on jobs that report progress."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cwtui.console.snapshot import Snapshot
from cwtui.console.workers.studio_worker import Notice, SnapshotUpdated
from engine.catalog import Catalog, JobState

from ..reports import reporting_jobs
from .measured import at_rest, half_blocks, row_of, step, work_of

FEW, MANY = 100, 10_000
KEYS = 30
# Bytes for the previous row, the new row and the details, in 120 columns.
A_KEY = 7_000


# The same while jobs report is in `make check`.
@pytest.mark.slow
def test_a_key_costs_the_same_among_ten_thousand_takes_as_among_a_hundred(stocked: Callable[[int], Path]) -> None:
    with at_rest(stocked(FEW)) as terminal:
        little, short = work_of(terminal, KEYS, first=4)
    with at_rest(stocked(MANY)) as terminal:
        much, long = work_of(terminal, KEYS, first=4)
    assert much < 3 * little
    assert long < 1.2 * short


def test_a_key_sends_the_rows_that_changed_and_no_others(stocked: Callable[[int], Path]) -> None:
    with at_rest(stocked(FEW)) as terminal:
        mark = terminal.sent
        step(terminal, 2)
        terminal.until_quiet()
        assert terminal.sent - mark < A_KEY
        assert row_of(1).search(terminal.since(mark))
        assert not row_of(10).search(terminal.since(mark))


def test_states_of_the_studio_that_nobody_has_seen_yet_give_way_to_the_newest(tmp_path: Path) -> None:
    newest = SnapshotUpdated(Snapshot(tmp_path))
    assert newest.can_replace(SnapshotUpdated(Snapshot(tmp_path)))
    assert not newest.can_replace(Notice("A result is never dropped."))


def test_a_key_costs_the_same_among_ten_thousand_takes_while_four_jobs_report(stocked: Callable[[int], Path]) -> None:
    spent = []
    for takes in (FEW, MANY):
        folder = stocked(takes)
        with reporting_jobs(folder), at_rest(folder) as terminal:
            terminal.until_shown("4 jobs")
            spent.append(work_of(terminal, KEYS, first=4)[0])
    assert spent[1] < 3 * spent[0]


def test_jobs_that_report_send_how_far_they_are_and_nothing_else(stocked: Callable[[int], Path]) -> None:
    folder = stocked(FEW)
    with at_rest(folder, pictures="blocks") as terminal, reporting_jobs(folder):
        terminal.until_shown("4 jobs")
        terminal.until_quiet()
        first, mark = reports(folder), terminal.sent
        terminal.until_true(lambda: reports(folder) > first + 100, "The jobs do not report")
        sent, count = terminal.since(mark), reports(folder) - first
        assert not half_blocks(sent)
        # Forty reports per second cause at most four redraws of the status bar.
        assert len(sent) < count / 10 * A_KEY / 2


def reports(folder: Path) -> int:
    """The number of reports by the jobs so far."""
    catalog = Catalog.in_studio(folder)
    try:
        return sum(int(job.message) for job in catalog.queue.jobs([JobState.RUNNING]))
    finally:
        catalog.close()
