"""The devices that may send footage to a studio, the codes that pair them, and where the studio listens."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from datetime import UTC, datetime

from engine.catalog.database import Connection
from engine.catalog.media import FrozenModel
from engine.catalog.records import JobState, Project


class PhoneDevice(FrozenModel):
    """A paired device. Its key is for one project. Times are None until they are reached."""

    id: str
    project_id: str
    name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """Return `paired`, `revoked` or `expired`."""
        return "revoked" if self.revoked_at else "expired" if now >= self.expires_at else "paired"


class PhoneListener(FrozenModel):
    """Where a studio listens: its job, the network interface with the address, the port and the Bonjour name.

    `fingerprint` is the SHA-256 of the certificate, in hex. It stops `until` then at the latest.
    """

    job_id: str
    project_id: str
    interface: str
    address: str
    port: int
    name: str
    fingerprint: str
    since: datetime
    until: datetime

    @property
    def url(self) -> str:
        """The address of the page."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"https://{host}:{self.port}/"


class Phones:
    """What the catalog knows of phones. Secrets have enough random bits that a plain digest protects them."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def add_code(self, project: Project, code: str, expires_at: datetime) -> None:
        """Store a code that pairs one device. Codes that have expired are deleted."""
        now = datetime.now(UTC).isoformat()
        self._db.execute("DELETE FROM phone_code WHERE expires_at < ?", (now,))
        self._db.insert(
            "phone_code",
            {"digest": _digest(code), "project_id": project.id, "expires_at": expires_at.isoformat()},
        )

    def redeem_code(self, code: str, project_id: str, name: str, key: str, expires_at: datetime) -> PhoneDevice | None:
        """Pair a device with a code of this project, once. Return None if the code is unknown, used or expired."""
        now = datetime.now(UTC)
        with self._db.transaction():
            used = self._db.execute(
                "UPDATE phone_code SET used_at = ?1 "
                "WHERE digest = ?2 AND project_id = ?3 AND used_at IS NULL AND expires_at > ?1",
                (now.isoformat(), _digest(code), project_id),
            )
            if used.rowcount != 1:
                return None
            device = PhoneDevice(
                id=secrets.token_hex(4), project_id=project_id, name=name, created_at=now, expires_at=expires_at
            )
            self._db.insert("phone_device", {**device.model_dump(mode="json"), "key_digest": _digest(key)})
        return device

    def device_with_key(self, key: str) -> PhoneDevice | None:
        """Return the device with this key, also an expired or revoked one, or None."""
        row = self._db.execute("SELECT * FROM phone_device WHERE key_digest = ?", (_digest(key),)).fetchone()
        return _device(row) if row else None

    def note_use(self, device: PhoneDevice, at: datetime) -> None:
        """Store the time at which a device was used last."""
        self._db.execute("UPDATE phone_device SET last_used_at = ? WHERE id = ?", (at.isoformat(), device.id))

    def devices(self, project: Project | None = None) -> list[PhoneDevice]:
        """Return the devices of a project, or all, the newest first."""
        query = "SELECT * FROM phone_device WHERE ?1 IS NULL OR project_id = ?1 ORDER BY created_at DESC"
        rows = self._db.execute(query, (project.id if project else None,))
        return [_device(row) for row in rows]

    def revoke(self, device: PhoneDevice) -> None:
        """Revoke a device's key for good."""
        self._db.execute(
            "UPDATE phone_device SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
            (datetime.now(UTC).isoformat(), device.id),
        )

    def set_listener(self, listener: PhoneListener) -> None:
        """Store where the studio listens."""
        row = listener.model_dump(mode="json")
        with self._db.transaction():
            self._db.execute("DELETE FROM phone_listener")
            self._db.insert("phone_listener", {"id": 1, **row})

    def listener(self) -> PhoneListener | None:
        """Return where the studio listens, None if its job does not run."""
        row = self._db.execute(
            "SELECT phone_listener.* FROM phone_listener JOIN job ON job.id = phone_listener.job_id "
            "WHERE job.state = ?",
            (JobState.RUNNING,),
        ).fetchone()
        return _listener(row) if row else None

    def last_listener(self, job_id: str) -> PhoneListener | None:
        """Return where an earlier attempt of a job listened, or None."""
        row = self._db.execute("SELECT * FROM phone_listener WHERE job_id = ?", (job_id,)).fetchone()
        return _listener(row) if row else None

    def clear_listener(self) -> None:
        """Note that the studio does not listen."""
        self._db.execute("DELETE FROM phone_listener")


def _device(row: sqlite3.Row) -> PhoneDevice:
    return PhoneDevice.model_validate({name: row[name] for name in PhoneDevice.model_fields})


def _listener(row: sqlite3.Row) -> PhoneListener:
    return PhoneListener.model_validate({name: row[name] for name in PhoneListener.model_fields})


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
