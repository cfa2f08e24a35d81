"""Runs jobs in this process, each after its dependencies, and one in a second studio."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.catalog import FarmMachine
from engine.jobs import JobRequest, RemoteInput, job_folder
from engine.jobs.kind import dependencies_first
from engine.studio import Studio


@dataclass
class LocalContext:
    """The `JobContext` of a job in this process; `reports` are its progress."""

    folder: Path
    results: Mapping[str, Mapping[str, Any]]
    reports: list[tuple[int, int, str, str]] = field(default_factory=list)

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        self.reports.append((done, total, unit, message))

    def cancelled(self) -> bool:
        return False


def run_here(
    studio: Studio, step: JobRequest, results: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], LocalContext]:
    """The result of one job, and its context."""
    context = LocalContext(job_folder(studio.folder, step.id), results)
    context.folder.mkdir(parents=True, exist_ok=True)
    return step.kind.run(step.parameters, context), context


def run_all(studio: Studio, step: JobRequest, known: dict[str, dict[str, Any]] | None = None) -> dict[str, Any]:
    """The result of a job after all those on which it depends; `known` has, and gets, results by id."""
    results = known if known is not None else {}
    for one in dependencies_first([step]):
        if one.id not in results:
            results[one.id], _ = run_here(studio, one, results_of(one, results))
    return results[step.id]


def results_of(step: JobRequest, results: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The results on which a job depends."""
    return {before.id: results[before.id] for before in step.after}


def join(studio: Studio, label: str = "attic") -> None:
    """Adds an active machine to the farm of a studio."""
    now = datetime.now(UTC)
    studio.catalog.farm.add_machine(
        FarmMachine(name=f"m-{label}", label=label, fingerprint=label, state="active", joined_at=now)
    )


def run_elsewhere(
    studio: Studio, step: JobRequest, results: Mapping[str, Mapping[str, Any]], folder: Path
) -> tuple[dict[str, Any], Studio]:
    """The result of a job in a studio that has only what its kind declares, and that studio."""
    remote = step.kind.remote
    assert remote
    other = Studio(folder)
    _copy_rows(studio, other, remote.takes(step.parameters))
    inputs = list(remote.inputs(step.parameters, results))
    places = [one.place for one in inputs]
    assert len(places) == len(set(places))
    for one in inputs:
        place_input(other, one)
    here = other.tasks.kinds()[step.kind.name]
    made, _ = run_here(other, JobRequest(here, step.parameters, step.project_id), results)
    return made, other


def place_input(studio: Studio, one: RemoteInput) -> None:
    """Puts a declared input into a studio."""
    assert not one.place.is_absolute()
    target = studio.folder / one.place
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(one.path, target)


def bring_back(studio: Studio, other: Studio, step: JobRequest, result: Mapping[str, Any]) -> list[Path]:
    """Copies the outputs of a job from another studio, and returns their places."""
    assert step.kind.remote
    places = list(step.kind.remote.outputs(step.parameters, result))
    for place in places:
        target = studio.folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(other.folder / place, target)
    return places


def _copy_rows(studio: Studio, other: Studio, takes: Iterable[str]) -> None:
    """The rows of takes with their projects, as the host sends them."""
    for take in takes:
        for table, where in (("project", "id = (SELECT project_id FROM take WHERE id = ?)"), ("take", "id = ?")):
            row = dict(studio.catalog._db.execute(f"SELECT * FROM {table} WHERE {where}", (take,)).fetchone())
            if table == "take":
                # The arrival of the footage stays at home.
                row["batch_id"] = None
            marks = ", ".join("?" * len(row))
            other.catalog._db.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
            )
