"""Connections to the catalog's SQLite file: WAL, transactions, readable errors."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from engine.errors import EngineError

_JSON_COLUMNS = frozenset({"probe", "sidecars", "parameters", "result", "error", "needs", "problems"})

# Longer than any transaction takes, even with many consoles on a slow disk.
_BUSY_TIMEOUT_S = 60


class Connection(sqlite3.Connection):
    """A SQLite connection that raises EngineError for disk errors."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Execute a statement as sqlite3 does. Raises EngineError if the disk cannot be read or written."""
        try:
            return super().execute(sql, parameters)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise EngineError(
                    "The disk is full: the studio's catalog could not be written.",
                    "Free some space on the studio's disk, then run this again.",
                ) from error
            raise EngineError(
                f"The studio's catalog could not be read or written: {error}.",
                "Free some space on the studio's disk and check that it is writable, then run this again.",
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the block in a transaction: all of its writes are committed, or none. Blocks may be nested."""
        if self.in_transaction:
            yield
            return
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # SQLite may already have rolled back because of a full disk.
            with suppress(EngineError):
                self.execute("ROLLBACK")
            raise
        try:
            self.execute("COMMIT")
        except EngineError:
            with suppress(EngineError):
                self.execute("ROLLBACK")
            raise

    def insert(self, table: str, row: dict[str, Any]) -> int:
        """Insert a row and return its rowid."""
        columns = to_columns(row)
        values = ", ".join(f":{name}" for name in columns)
        return self.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})", columns).lastrowid or 0


def connect(path: Path) -> Connection:
    """Open or create the file. Raises sqlite3.DatabaseError if it is not a database."""
    db = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_TIMEOUT_S, factory=Connection)
    db.row_factory = sqlite3.Row
    _write_ahead(db)
    db.execute("PRAGMA foreign_keys = ON")
    return db


def _write_ahead(db: Connection) -> None:
    """Switch to WAL mode, with retries: SQLite ignores the busy timeout while another connection switches the file."""
    until = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            sqlite3.Connection.execute(db, "PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)


def to_columns(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row to column values."""
    return {
        name: json.dumps(value, ensure_ascii=False) if name in _JSON_COLUMNS and value is not None else value
        for name, value in row.items()
    }


def from_columns(row: sqlite3.Row) -> dict[str, Any]:
    """Convert a row of the database to pydantic's input."""
    return {
        name: json.loads(row[name]) if name in _JSON_COLUMNS and row[name] is not None else row[name]
        for name in row.keys()  # noqa: SIM118 - sqlite3.Row iterates values
    }
