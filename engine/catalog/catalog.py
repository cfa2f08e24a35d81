"""The catalog: one SQLite file in WAL mode, with a schema migrated by numbered .sql files."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog.conditions import Conditions
from engine.catalog.database import connect, from_columns
from engine.catalog.farm import Farm
from engine.catalog.farm_codes import FarmCodes
from engine.catalog.phones import Phones
from engine.catalog.policies import Policies
from engine.catalog.queue import Queue
from engine.catalog.records import ChangeCounters, IngestBatch, Project, Take
from engine.catalog.reviews import Reviews
from engine.catalog.speeds import Speeds
from engine.catalog.verifications import Verifications
from engine.errors import EngineError, RequestError

_FILE = "catalog.sqlite"

# Part of a probe's note while the user's answer is missing. It is stored in catalogs.
CONFIRM_NOTE = "waits for cwtui confirm"


def migrations() -> list[tuple[int, str]]:
    """Return the numbered schema files as (version, SQL), ascending."""
    found = []
    for entry in Path(__file__).with_name("schema").iterdir():
        if match := re.fullmatch(r"(\d{3})_\w+\.sql", entry.name):
            found.append((int(match[1]), entry.read_text(encoding="utf-8")))
    return sorted(found)


class Catalog:
    """The catalog that all processes of a studio share. One object must not be used by two threads at once.

    Raises EngineError if the file is not a catalog or was written by a newer Cleanwater.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = connect(path)
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise EngineError(
                f"{path} cannot be read as a studio's catalog: {error}.",
                "Check that the disk is writable. Restore a damaged file from a backup. The footage is safe.",
            ) from error
        self.queue = Queue(self._db)
        self.speeds = Speeds(self._db)
        self.reviews = Reviews(self._db)
        self.conditions = Conditions(self._db)
        self.policies = Policies(self._db)
        self.phones = Phones(self._db)
        self.farm = Farm(self._db)
        self.farm_codes = FarmCodes(self._db)
        self.verifications = Verifications(self._db)

    @classmethod
    def in_studio(cls, studio: Path) -> Catalog:
        """Open the catalog of a studio folder."""
        return cls(studio / _FILE)

    @staticmethod
    def exists_in(studio: Path) -> bool:
        """Return whether a folder has a catalog."""
        return (studio / _FILE).is_file()

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction: all of its writes are committed, or none."""
        with self._db.transaction():
            yield

    def version(self) -> int:
        """Return a number that changes whenever another connection has written."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def change_counters(self) -> ChangeCounters:
        """Return the numbers of changes to takes, reviews, job states and conditions, by any process."""
        row = self._db.execute("SELECT takes, reviews, jobs, conditions FROM change_counters").fetchone()
        return ChangeCounters.model_validate(dict(row))

    def _migrate(self) -> None:
        known = migrations()
        if self._schema() == known[-1][0]:
            return
        with self.transaction():
            version = self._schema()
            if version > known[-1][0]:
                raise EngineError(
                    f"{self.path} was written by a newer Cleanwater (schema {version}; this one has {known[-1][0]}).",
                    "Update Cleanwater on this machine.",
                )
            for number, script in known:
                if number > version:
                    for statement in _statements(script):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {number}")

    def _schema(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    # Projects

    def add_project(self, name: str, folder: str) -> Project:
        """Add a project. Raises RequestError if the name is taken."""
        project = Project(id=folder, name=name, folder=folder, created_at=_now())
        try:
            self._db.insert("project", project.model_dump(mode="json"))
        except sqlite3.IntegrityError as error:
            raise RequestError(
                f"Project “{name}” already exists.", f'Use it with -p "{name}", or choose another name.'
            ) from error
        return project

    def projects(self) -> list[Project]:
        """Return all projects, oldest first."""
        rows = self._db.execute("SELECT * FROM project ORDER BY created_at, id")
        return [Project.model_validate(dict(row)) for row in rows]

    def current_project(self) -> Project | None:
        """Return the project that is used when none is named, or None."""
        row = self._db.execute(
            "SELECT project.* FROM project JOIN current_project ON project.id = current_project.project_id"
        ).fetchone()
        return Project.model_validate(dict(row)) if row else None

    def set_current_project(self, project: Project | None) -> None:
        """Set the project that is used when none is named; None for no project."""
        with self.transaction():
            self._db.execute("DELETE FROM current_project")
            if project:
                self._db.insert("current_project", {"id": 1, "project_id": project.id})

    # Ingest batches

    def open_batch(self, project: Project) -> IngestBatch | None:
        """Return the unsealed batch of an interrupted ingest, or None."""
        row = self._db.execute(
            "SELECT * FROM ingest_batch WHERE project_id = ? AND sealed_at IS NULL ORDER BY id DESC", (project.id,)
        ).fetchone()
        return IngestBatch.model_validate(dict(row)) if row else None

    def add_batch(self, project: Project, folder: str) -> IngestBatch:
        """Add a new, open batch."""
        row = {"project_id": project.id, "folder": folder, "created_at": _now().isoformat()}
        return IngestBatch.model_validate({**row, "id": self._db.insert("ingest_batch", row)})

    def batches(self, project: Project) -> list[IngestBatch]:
        """Return a project's batches, oldest first."""
        rows = self._db.execute("SELECT * FROM ingest_batch WHERE project_id = ? ORDER BY id", (project.id,))
        return [IngestBatch.model_validate(dict(row)) for row in rows]

    def seal_batch(self, delivery: IngestBatch) -> None:
        """Mark a batch as sealed."""
        self._db.execute("UPDATE ingest_batch SET sealed_at = ? WHERE id = ?", (_now().isoformat(), delivery.id))

    def drop_batch(self, delivery: IngestBatch) -> None:
        """Delete an empty batch."""
        self._db.execute("DELETE FROM ingest_batch WHERE id = ?", (delivery.id,))

    # Takes

    def add_take(self, take: Take) -> None:
        """Add a take whose footage is complete."""
        self._db.insert("take", take.model_dump(mode="json"))

    def takes(self, project: Project | None = None) -> list[Take]:
        """Return a project's takes, or those of all projects, by number."""
        query = "SELECT * FROM take WHERE ?1 IS NULL OR project_id = ?1 ORDER BY project_id, number"
        return [_take(row) for row in self._db.execute(query, (project.id if project else None,))]

    def take(self, take_id: str) -> Take | None:
        """Return the take with this id, or None."""
        row = self._db.execute("SELECT * FROM take WHERE id = ?", (take_id,)).fetchone()
        return _take(row) if row else None

    def take_by_digest(self, project: Project, digest: str) -> Take | None:
        """Return the project's take with this content, or None."""
        row = self._db.execute(
            "SELECT * FROM take WHERE project_id = ? AND digest = ?", (project.id, digest)
        ).fetchone()
        return _take(row) if row else None

    def adopt(self, projects: Iterable[Project], takes: Iterable[Take]) -> None:
        """Add projects and takes of another studio's catalog, without their ingest batches."""
        with self.transaction():
            for project in projects:
                self._db.insert("project", project.model_dump(mode="json"))
            for take in takes:
                self.add_take(take)

    def refresh_takes(self, project: Project, known: Mapping[str, Take]) -> list[Take]:
        """Return a project's takes by number. Takes in `known` (by id) are read again only if they changed."""
        if not known:
            return self.takes(project)
        query = (
            "SELECT id, number, session, path, in_place, input_transform FROM take WHERE project_id = ? ORDER BY number"
        )
        found = []
        for row in self._db.execute(query, (project.id,)).fetchall():
            take = known.get(row["id"])
            if take is None or (take.number, take.session, str(take.path), take.in_place, take.input_transform) != (
                row["number"], row["session"], row["path"], bool(row["in_place"]), row["input_transform"],
            ):  # fmt: skip
                take = _take(self._db.execute("SELECT * FROM take WHERE id = ?", (row["id"],)).fetchone())
            found.append(take)
        return found

    def next_take_number(self, project: Project) -> int:
        """Return the highest number in use, plus 1."""
        query = "SELECT coalesce(max(number), 0) + 1 FROM take WHERE project_id = ?"
        return int(self._db.execute(query, (project.id,)).fetchone()[0])

    def relocate_take(self, take: Take, path: Path, delivery: IngestBatch | None, sidecars: tuple[Path, ...]) -> None:
        """Record the new path of a take's footage: in a batch, or in place if `delivery` is None."""
        row = (str(path), delivery is None, delivery.id if delivery else None, json.dumps([str(s) for s in sidecars]))
        self._db.execute(
            "UPDATE take SET path = ?, in_place = ?, batch_id = ?, sidecars = ? WHERE id = ?", (*row, take.id)
        )

    def set_sessions(self, sessions: dict[str, int]) -> None:
        """Set the session number of each take, by id."""
        with self.transaction():
            self._db.executemany("UPDATE take SET session = ? WHERE id = ?", [(n, t) for t, n in sessions.items()])


def _take(row: sqlite3.Row) -> Take:
    take = Take.model_validate(from_columns(row))
    if take.input_transform is None:
        return take
    # The note about the missing answer is part of the stored probe. The take has its answer.
    notes = tuple(note for note in take.probe.notes if CONFIRM_NOTE not in note)
    if notes == take.probe.notes:
        return take
    return take.model_copy(update={"probe": take.probe.model_copy(update={"notes": notes})})


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements: sqlite3's executescript would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _now() -> datetime:
    return datetime.now(UTC)
