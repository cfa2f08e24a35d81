"""When sealed folders were verified, what was found, and when they are due again."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.catalog.database import Connection, from_columns
from engine.catalog.media import FrozenModel
from engine.catalog.records import Project

DEFAULT_DAYS = 7
_RETRY_AFTER = timedelta(days=1)


class SealProblem(FrozenModel):
    """A file that is not as it was sealed. `intact_copy` is a copy of a lost file on another disk, or None."""

    path: str
    verdict: str
    detail: str = ""
    intact_copy: str | None = None


class SealedFolder(FrozenModel):
    """A sealed batch of originals, or the copy of a card on another disk, with its last verification.

    `folder` is relative to the studio for a batch, and absolute for a copy. Footage that stays `in_place` has no seal:
    its takes in one folder are compared with their digests, and `sealed_at` is the time of the first ingest.
    `verified_at` is None before the first verification; `files` and `problems` are the result of the last one.
    """

    folder: str
    project_id: str
    sealed_at: datetime
    verified_at: datetime | None = None
    files: int = 0
    problems: tuple[SealProblem, ...] = ()
    in_place: bool = False

    @property
    def is_original(self) -> bool:
        """Whether it has originals, and no copy of a card on another disk."""
        return self.in_place or not self.folder.startswith("/")

    @property
    def proven_at(self) -> datetime:
        """The time of the last verification, or of the seal."""
        return max(self.sealed_at, self.verified_at or self.sealed_at)


def due_at(proven_at: datetime, every_days: int, ended_at: datetime | None = None) -> datetime | None:
    """Return when a folder is due for verification, or None if `every_days` is 0.

    However long the folder has been due, it is verified once. `ended_at` is the end of an attempt that proved nothing:
    it failed or was cancelled. The next one is a day later.
    """
    if every_days == 0:
        return None
    due = proven_at + timedelta(days=every_days)
    return due if ended_at is None else max(due, ended_at + _RETRY_AFTER)


class Verifications:
    """What the catalog knows of the verifications of sealed folders."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def every_days(self) -> int:
        """Return after how many days sealed folders are verified again; 0: never."""
        row = self._db.execute("SELECT every_days FROM verification_schedule").fetchone()
        return int(row["every_days"]) if row else DEFAULT_DAYS

    def set_every_days(self, days: int) -> None:
        """Set after how many days sealed folders are verified again; 0: never."""
        self._db.execute(
            "INSERT INTO verification_schedule VALUES (1, ?) "
            "ON CONFLICT (id) DO UPDATE SET every_days = excluded.every_days",
            (days,),
        )

    def add_copy(self, project: Project, folder: str, sealed_at: datetime) -> None:
        """Add the sealed copy of a card on another disk, or the time of its new seal."""
        self._db.execute(
            "INSERT INTO sealed_copy VALUES (?, ?, ?) "
            "ON CONFLICT (folder) DO UPDATE SET sealed_at = excluded.sealed_at",
            (folder, project.id, sealed_at.isoformat()),
        )

    def folders(self) -> list[SealedFolder]:
        """Return the sealed folders of all projects and those of footage in place, the earliest first."""
        rows = self._db.execute(
            "SELECT * FROM (SELECT folder, project_id, sealed_at FROM ingest_batch WHERE sealed_at IS NOT NULL "
            "UNION ALL SELECT folder, project_id, sealed_at FROM sealed_copy) LEFT JOIN verification USING (folder)"
        )
        found = {row["folder"]: {name: value for name, value in from_columns(row).items() if value} for row in rows}
        for folder, values in self._in_place().items():
            # The takes of a folder that has a seal are verified with it.
            found.setdefault(folder, values)
        folders = [SealedFolder.model_validate(values) for values in found.values()]
        return sorted(folders, key=lambda one: (one.sealed_at, one.folder))

    def _in_place(self) -> dict[str, dict[str, Any]]:
        """The folders with takes in place, as fields of a `SealedFolder`."""
        found: dict[str, dict[str, Any]] = {}
        for row in self._db.execute("SELECT project_id, path, arrived_at FROM take WHERE in_place ORDER BY arrived_at"):
            folder = posixpath.dirname(row["path"])
            values = {"project_id": row["project_id"], "sealed_at": row["arrived_at"], "in_place": True}
            found.setdefault(folder, {"folder": folder, **values})
        if found:
            for row in self._db.execute("SELECT * FROM verification WHERE folder LIKE '/%'"):
                if row["folder"] in found:
                    found[row["folder"]] |= from_columns(row)
        return found

    def due(self, now: datetime) -> list[SealedFolder]:
        """Return the folders whose verification is due, also those whose disk is not connected."""
        every = self.every_days()
        return [one for one in self.folders() if (at := due_at(one.proven_at, every)) and at <= now]

    def record(self, folder: str, verified_at: datetime, files: int, problems: Sequence[SealProblem]) -> None:
        """Record a verification of a folder instead of the one before."""
        row = {
            "folder": folder,
            "verified_at": verified_at.isoformat(),
            "files": files,
            "problems": [one.model_dump() for one in problems],
        }
        with self._db.transaction():
            self._db.execute("DELETE FROM verification WHERE folder = ?", (folder,))
            self._db.insert("verification", row)
