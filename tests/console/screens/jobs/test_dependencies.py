"""The jobs around a job are listed in the order in which they run."""

from __future__ import annotations

from datetime import UTC, datetime

from cwtui.console.screens.jobs.dependencies import dependency_levels
from engine.catalog import Job, JobState

CREATED = datetime(2025, 6, 14, tzinfo=UTC)


def chain() -> dict[str, Job]:
    """transcribe → caption ┐; clean → master ┴→ deliver; another job is on its own."""
    needs = {
        "transcribe": (), "caption": ("transcribe",), "clean": (), "master": ("clean",),
        "deliver": ("caption", "master"), "proxy": (),
    }  # fmt: skip
    common = {"project_id": None, "parameters": {}, "state": JobState.QUEUED, "created_at": CREATED}
    return {
        name: Job(id=name, kind=name, title=name, needs=dependencies, **common) for name, dependencies in needs.items()
    }


def names(levels: list[list[Job]]) -> list[set[str]]:
    return [{job.id for job in level} for level in levels]


def test_a_job_is_after_its_dependencies_and_before_its_dependents() -> None:
    jobs = chain()
    all_jobs = list(jobs.values())
    assert names(dependency_levels(jobs["deliver"], all_jobs)) == [
        {"transcribe", "clean"}, {"caption", "master"}, {"deliver"}
    ]  # fmt: skip
    assert names(dependency_levels(jobs["clean"], all_jobs)) == [{"clean"}, {"master"}, {"deliver"}]
    assert names(dependency_levels(jobs["proxy"], all_jobs)) == [{"proxy"}]
