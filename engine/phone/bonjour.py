"""Announces the listener on the local network, under a name that does not contain this machine's."""

from __future__ import annotations

import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.phone.certificates import FOLDER

_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_NAME = re.compile(r"cleanwater-[a-z]{6}\.local")
_SERVICE = "_https._tcp.local."


def bonjour_name(studio: Path) -> str:
    """Return the name of a studio on the local network, which it keeps: `cleanwater-` and six random letters."""
    path = studio / FOLDER / "phone-name"
    if path.is_file() and _NAME.fullmatch(name := path.read_text(encoding="ascii", errors="replace")):
        return name
    name = f"cleanwater-{''.join(secrets.choice(_LETTERS) for _ in range(6))}.local"
    write_atomic(path, name.encode())
    return name


@asynccontextmanager
async def announced(name: str, address: str, port: int) -> AsyncIterator[None]:
    """Announce `name`, which ends with `.local`, while the block runs."""
    from zeroconf import IPVersion, ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

    label = name.removesuffix(".local")
    service = ServiceInfo(
        _SERVICE,
        f"{label}.{_SERVICE}",
        port,
        addresses=[socket.inet_aton(address)],
        server=f"{name}.",
    )
    zeroconf = AsyncZeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
    try:
        await zeroconf.async_register_service(service)
        yield
    finally:
        await zeroconf.async_unregister_all_services()
        await zeroconf.async_close()
