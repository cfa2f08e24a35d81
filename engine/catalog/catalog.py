"""The studio's memory: one SQLite file in WAL mode, its schema grown by numbered .sql files."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engine.catalog.conditions import Conditions
from engine.catalog.database import connect, from_columns
from engine.catalog.queue import Queue
from engine.catalog.records import ChangeCounters, IngestBatch, Project, Take
from engine.catalog.reviews import Reviews
from engine.errors import EngineError, RequestError

_FILE = "catalog.sqlite"

# What a probe notes where the director's answer is missing.
CONFIRM_NOTE = "waits for cwtui confirm"


def migrations() -> list[tuple[int, str]]:
    """The numbered schema files, ascending: (version, SQL)."""
    found = []
    for entry in Path(__file__).with_name("schema").iterdir():
        if match := re.fullmatch(r"(\d{3})_\w+\.sql", entry.name):
            found.append((int(match[1]), entry.read_text(encoding="utf-8")))
    return sorted(found)


class Catalog:
    """The one thing that every process of a studio shares. Not for use by two threads at once.

    Raises EngineError where the file is not a catalog or comes from a newer Cleanwater.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = connect(path)
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise EngineError(
                f"{path} cannot be read as a studio's catalog: {error}.",
                "Check that the disk may be written to; restore a damaged file from a backup. The footage is safe.",
            ) from error
        self.queue = Queue(self._db)
        self.reviews = Reviews(self._db)
        self.conditions = Conditions(self._db)

    @classmethod
    def in_studio(cls, studio: Path) -> Catalog:
        """The catalog of a studio folder."""
        return cls(studio / _FILE)

    @staticmethod
    def exists_in(studio: Path) -> bool:
        """Whether a folder has a catalog."""
        return (studio / _FILE).is_file()

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's writes, or none."""
        with self._db.transaction():
            yield

    def version(self) -> int:
        """A number that changes whenever another connection has written."""
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])

    def change_counters(self) -> ChangeCounters:
        """How often takes, reviews, the states of jobs and conditions have changed, by any process."""
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
                    f"{self.path} was written by a newer Cleanwater (schema {version}, this one knows {known[-1][0]}).",
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
        """A new project. RequestError where the name is taken."""
        project = Project(id=folder, name=name, folder=folder, created_at=_now())
        try:
            self._db.insert("project", project.model_dump(mode="json"))
        except sqlite3.IntegrityError as error:
            raise RequestError(
                f"There is already a project called “{name}”.", f'Use it with -p "{name}", or choose another name.'
            ) from error
        return project

    def projects(self) -> list[Project]:
        """All projects, oldest first."""
        rows = self._db.execute("SELECT * FROM project ORDER BY created_at, id")
        return [Project.model_validate(dict(row)) for row in rows]

    # Deliveries

    def open_batch(self, project: Project) -> IngestBatch | None:
        """The delivery that an interrupted ingest left unsealed."""
        row = self._db.execute(
            "SELECT * FROM ingest_batch WHERE project_id = ? AND sealed_at IS NULL ORDER BY id DESC", (project.id,)
        ).fetchone()
        return IngestBatch.model_validate(dict(row)) if row else None

    def add_batch(self, project: Project, folder: str) -> IngestBatch:
        """A new, open delivery."""
        row = {"project_id": project.id, "folder": folder, "created_at": _now().isoformat()}
        return IngestBatch.model_validate({**row, "id": self._db.insert("ingest_batch", row)})

    def batches(self, project: Project) -> list[IngestBatch]:
        """A project's deliveries, oldest first."""
        rows = self._db.execute("SELECT * FROM ingest_batch WHERE project_id = ? ORDER BY id", (project.id,))
        return [IngestBatch.model_validate(dict(row)) for row in rows]

    def seal_batch(self, delivery: IngestBatch) -> None:
        """Marks a delivery complete."""
        self._db.execute("UPDATE ingest_batch SET sealed_at = ? WHERE id = ?", (_now().isoformat(), delivery.id))

    def drop_batch(self, delivery: IngestBatch) -> None:
        """Forgets a delivery that brought nothing."""
        self._db.execute("DELETE FROM ingest_batch WHERE id = ?", (delivery.id,))

    # Takes

    def add_take(self, take: Take) -> None:
        """A take that has arrived whole."""
        self._db.insert("take", take.model_dump(mode="json"))

    def takes(self, project: Project | None = None) -> list[Take]:
        """A project's takes (or all) by number."""
        query = "SELECT * FROM take WHERE ?1 IS NULL OR project_id = ?1 ORDER BY project_id, number"
        return [_take(row) for row in self._db.execute(query, (project.id if project else None,))]

    def take(self, take_id: str) -> Take | None:
        """The take with this id."""
        row = self._db.execute("SELECT * FROM take WHERE id = ?", (take_id,)).fetchone()
        return _take(row) if row else None

    def take_by_digest(self, project: Project, digest: str) -> Take | None:
        """The take that holds this content, if the project has it."""
        row = self._db.execute(
            "SELECT * FROM take WHERE project_id = ? AND digest = ?", (project.id, digest)
        ).fetchone()
        return _take(row) if row else None

    def refresh_takes(self, project: Project, known: Mapping[str, Take]) -> list[Take]:
        """A project's takes by number; of those that are `known` (by id), only what changed is read anew."""
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
        """One past the highest number in use."""
        query = "SELECT coalesce(max(number), 0) + 1 FROM take WHERE project_id = ?"
        return int(self._db.execute(query, (project.id,)).fetchone()[0])

    def relocate_take(self, take: Take, path: Path, delivery: IngestBatch | None, sidecars: tuple[Path, ...]) -> None:
        """Records where a take's footage is now: in a delivery, or in place where there is none."""
        row = (str(path), delivery is None, delivery.id if delivery else None, json.dumps([str(s) for s in sidecars]))
        self._db.execute(
            "UPDATE take SET path = ?, in_place = ?, batch_id = ?, sidecars = ? WHERE id = ?", (*row, take.id)
        )

    def set_sessions(self, sessions: dict[str, int]) -> None:
        """Which session each take (by id) belongs to."""
        with self.transaction():
            self._db.executemany("UPDATE take SET session = ? WHERE id = ?", [(n, t) for t, n in sessions.items()])


def _take(row: sqlite3.Row) -> Take:
    take = Take.model_validate(from_columns(row))
    if take.input_transform is None:
        return take
    # The probe is of the file; the take has its answer.
    notes = tuple(note for note in take.probe.notes if CONFIRM_NOTE not in note)
    if notes == take.probe.notes:
        return take
    return take.model_copy(update={"probe": take.probe.model_copy(update={"notes": notes})})


def _statements(script: str) -> Iterator[str]:
    """One statement at a time, so that a migration stays inside its transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _now() -> datetime:
    return datetime.now(UTC)
