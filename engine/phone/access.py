"""Which devices may send: pairing by a code, and the key of each request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from starlette.requests import Request

from engine.catalog import Catalog, PhoneDevice, Phones
from engine.phone.credentials import new_key
from engine.phone.file_names import safe_name
from engine.phone.rate_limit import RateLimit
from engine.phone.refusal import Refusal

COOKIE = "__Host-cleanwater-device"
KEY_LIFETIME = timedelta(days=30)
_NOTE_EVERY = timedelta(minutes=1)
_LONGEST_NAME = 60
_LONGEST_SECRET = 128

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paired:
    """A device that has just been paired, with its key, which is stored nowhere else."""

    device: PhoneDevice
    key: str


class Access:
    """The access of devices to one project. The catalog is used in a thread of its own, so that no request waits."""

    def __init__(self, studio: Path, project_id: str) -> None:
        self._project_id = project_id
        self._studio = studio
        self._catalog: Catalog | None = None
        self._thread = ThreadPoolExecutor(1, "phone catalog")
        self._noted: dict[str, datetime] = {}
        # A code has 120 random bits: the limit keeps the log and the catalog quiet.
        self._pairing = RateLimit(most=5, most_of_all=30, seconds=60)
        self._keys = RateLimit(most=20, most_of_all=200, seconds=60)

    async def pair(self, code: str, name: str, address: str) -> Paired:
        """Pair a device with a code. Raises Refusal: 403 for a code that does not pair, 429 after too many of them."""
        _check_rate(self._pairing, address)
        key, expires = new_key(), datetime.now(UTC) + KEY_LIFETIME
        shown = safe_name(name)[:_LONGEST_NAME] if name.strip() else "phone"
        device = None
        if len(code) <= _LONGEST_SECRET:
            device = await self._with_catalog(
                lambda phones: phones.redeem_code(code, self._project_id, shown, key, expires)
            )
        if device is None:
            self._pairing.note_failure(address)
            raise Refusal(403, "This code has been used or has expired. Show a new one: cwtui phone.")
        return Paired(device, key)

    async def device_of(self, request: Request) -> PhoneDevice:
        """Return the device whose key a request has: as a bearer token, or in the cookie of the page.

        Raises Refusal: 401 without a valid key, 403 for a key of another project, 429 after too many wrong keys.
        """
        address = request.client.host if request.client else ""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        key = token.strip() if scheme.lower() == "bearer" else request.cookies.get(COOKIE, "")
        if not key or len(key) > _LONGEST_SECRET:
            raise _without_key("This request has no key. Pair the device: scan the code that cwtui phone shows.")
        _check_rate(self._keys, address)
        device = await self._with_catalog(lambda phones: phones.device_with_key(key))
        now = datetime.now(UTC)
        if device is None:
            self._keys.note_failure(address)
            raise _without_key("This key is unknown. Pair the device again.")
        if device.state(now) != "paired":
            raise _without_key(f"This key is {device.state(now)}. Pair the device again.")
        if device.project_id != self._project_id:
            raise Refusal(403, "This key is for another project.")
        if now - self._noted.get(device.id, datetime.min.replace(tzinfo=UTC)) > _NOTE_EVERY:
            self._noted[device.id] = now
            await self._with_catalog(lambda phones: phones.note_use(device, now))
        return device

    async def valid_devices(self) -> set[str]:
        """Return the ids of the devices whose keys are valid now."""
        now = datetime.now(UTC)
        found = await self._with_catalog(lambda phones: phones.devices())
        return {one.id for one in found if one.state(now) == "paired" and one.project_id == self._project_id}

    async def _with_catalog(self, work: Callable[[Phones], T]) -> T:
        def run() -> T:
            if self._catalog is None:
                self._catalog = Catalog.in_studio(self._studio)
            return work(self._catalog.phones)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def close(self) -> None:
        """Close the catalog."""

        def run() -> None:
            if self._catalog:
                self._catalog.close()

        self._thread.submit(run)
        self._thread.shutdown()


def _without_key(message: str) -> Refusal:
    return Refusal(401, message, {"WWW-Authenticate": 'Bearer realm="Cleanwater"'})


def _check_rate(limit: RateLimit, address: str) -> None:
    if seconds := limit.seconds_to_wait(address):
        raise Refusal(429, f"Too many attempts. Wait {seconds} s.", {"Retry-After": str(seconds)})
