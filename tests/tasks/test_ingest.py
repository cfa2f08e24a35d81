"""The jobs that an ingest queues for its takes."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Project
from engine.jobs import JobRequest
from engine.jobs.kind import dependencies_first
from engine.studio import Studio
from engine.tasks import TaskContext
from engine.tasks.ingest import TASK, IngestParameters
from engine.transfer import import_footage
from fixtures import clips


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    clips.plain_take(folder / "IMG_0101.MOV", 160, 90, Fraction(24), Fraction(1))
    return folder


def attempt(studio: Studio, project: Project, footage: Path) -> list[JobRequest]:
    """Runs one attempt of an ingest up to its result. Returns its successors, which a killed attempt never queues."""
    imported = import_footage(studio.catalog, studio.folder, project, [footage])
    result = {
        "takes": [take.model_dump(mode="json") for take in imported.takes],
        "already_here": [take.model_dump(mode="json") for take in imported.already_here],
    }
    parameters = IngestParameters(
        project=project.id,
        paths=(footage,),
        input_transform=None,
        in_place=False,
        prepare=True,
        asked_at=datetime.now(UTC),
    )
    return list(
        TASK.successors(TaskContext(studio.catalog, studio.paths, studio.subjects, studio.gate), parameters, result)
    )


def test_a_take_of_a_killed_attempt_is_prepared_by_the_next(tmp_path: Path, footage: Path) -> None:
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Harbour walk")
        first, second = (attempt(studio, project, footage) for _ in range(2))
        assert [request.id for request in second] == [request.id for request in first] != []


def test_a_prepared_take_is_not_prepared_again(tmp_path: Path, footage: Path) -> None:
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Harbour walk")
        requests = dependencies_first(attempt(studio, project, footage))
        studio.catalog.queue.submit([request.as_job() for request in requests])
        assert attempt(studio, project, footage) == []


def test_a_title_has_no_control_characters() -> None:
    asked = datetime(2026, 1, 1, tzinfo=UTC)
    parameters = IngestParameters(
        project="p", paths=(Path("/card/x\n1"),), input_transform=None, in_place=False, prepare=True, asked_at=asked
    )
    assert TASK.title(parameters) == "ingest x?1"
