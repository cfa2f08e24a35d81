"""The dependency graph around a job, level by level."""

from __future__ import annotations

from collections.abc import Sequence

from engine.catalog import Job


def dependency_levels(job: Job, jobs: Sequence[Job]) -> list[list[Job]]:
    """The jobs that a job depends on, the job itself, and the jobs that depend on it, in order of execution."""
    by_id = {one.id: one for one in jobs}
    seen = {job.id}
    before: list[list[Job]] = []
    step = [job]
    while step := _unseen([by_id[need] for one in step for need in one.needs if need in by_id], seen):
        before.insert(0, step)
    after: list[list[Job]] = []
    step = [job]
    while step := _unseen([one for one in jobs for done in step if done.id in one.needs], seen):
        after.append(step)
    return [*before, [job], *after]


def _unseen(found: list[Job], seen: set[str]) -> list[Job]:
    fresh = list({one.id: one for one in found if one.id not in seen}.values())
    seen.update(one.id for one in fresh)
    return fresh
