"""The code that pairs one machine with a studio's farm."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from engine.catalog.database import Connection
from engine.catalog.farm import FarmMachine
from engine.catalog.media import FrozenModel

MOST_TRIES = 3


class FarmCode(FrozenModel):
    """A code, until when it pairs, and how often it was tried. `used_by` is the machine that joined with it."""

    code: str
    expires_at: datetime
    tries: int = 0
    used_by: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a machine can still join with it."""
        return self.used_by is None and self.tries < MOST_TRIES and datetime.now(UTC) < self.expires_at


class FarmCodes:
    """The only code of a studio. A new one replaces it."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def set_code(self, code: str, expires_at: datetime) -> None:
        """Store a code, with all of its tries."""
        with self._db.transaction():
            self._db.execute("DELETE FROM farm_code")
            self._db.insert("farm_code", {"id": 1, "code": code, "expires_at": expires_at.isoformat()})

    def current(self) -> FarmCode | None:
        """Return the latest code, which may be used, tried too often or expired."""
        row = self._db.execute("SELECT * FROM farm_code").fetchone()
        return FarmCode.model_validate({name: row[name] for name in FarmCode.model_fields}) if row else None

    def begin_try(self) -> str | None:
        """Count a try, and return the code; None if it pairs nobody any more.

        A try counts before the other side learns anything, so that several at once are not more than three.
        """
        with self._db.transaction():
            found = self.current()
            if found is None or not found.is_open:
                return None
            self._db.execute("UPDATE farm_code SET tries = tries + 1")
            return found.code

    def redeem(self, code: str, machine: FarmMachine) -> bool:
        """Let a machine join with a code that it has proven. Return False if another one was faster, or it expired."""
        row = machine.model_dump(mode="json")
        row["facts"] = None if machine.facts is None else json.dumps(machine.facts)
        with self._db.transaction():
            used = self._db.execute(
                "UPDATE farm_code SET used_by = ?, code = '' WHERE code = ? AND used_by IS NULL AND expires_at > ?",
                (machine.name, code, datetime.now(UTC).isoformat()),
            )
            if used.rowcount != 1:
                return False
            self._db.insert("farm_machine", row)
            return True

    def clear(self) -> None:
        """Delete the code."""
        self._db.execute("DELETE FROM farm_code")
