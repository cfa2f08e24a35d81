"""Names of projects, takes, jobs and devices for completion in a shell: read without pydantic, and never waited for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

# Completion gives up rather than wait for a writer.
_BUSY_TIMEOUT_S = 0.1
_RECENT_JOBS = 100
_SHORT_ID = 8


class ListedName(NamedTuple):
    """A name and what it is, in a few words."""

    name: str
    description: str


def project_names(catalog: Path) -> list[ListedName]:
    """The projects in a catalog file, the newest first; none if it cannot be read."""
    rows = _rows(catalog, "SELECT name, folder FROM project ORDER BY created_at DESC")
    return [ListedName(name, folder) for name, folder in rows]


def take_names(catalog: Path, project: str | None = None) -> list[ListedName]:
    """The labels of the takes of a project, or of all projects, with their file names; none if it cannot be read."""
    rows = _rows(
        catalog,
        "SELECT number, take.name, take.path FROM take JOIN project ON project.id = take.project_id"
        " WHERE ?1 IS NULL OR ?1 IN (project.name, project.folder) ORDER BY project.created_at DESC, number",
        project,
    )
    labels = {f"{number:03d}-{name}": Path(path).name for number, name, path in rows}
    return [ListedName(label, file) for label, file in labels.items()]


def job_names(catalog: Path) -> list[ListedName]:
    """The short ids of the latest jobs, the newest first, with their titles; none if it cannot be read."""
    rows = _rows(catalog, "SELECT id, title, state FROM job ORDER BY created_at DESC, rowid DESC LIMIT ?", _RECENT_JOBS)
    return [ListedName(job[:_SHORT_ID], f"{title} ({state})") for job, title, state in rows]


def device_names(catalog: Path) -> list[ListedName]:
    """The ids of the paired devices, the newest first, with their names; none if it cannot be read."""
    rows = _rows(catalog, "SELECT id, name FROM phone_device WHERE revoked_at IS NULL ORDER BY created_at DESC")
    return [ListedName(device, name) for device, name in rows]


def _rows(catalog: Path, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
    if not catalog.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{catalog.absolute().as_uri()}?mode=ro", _BUSY_TIMEOUT_S, uri=True)) as database:
            yield from database.execute(sql, values)
    except sqlite3.Error:
        return
