"""Announces the listener on the local network, under a name that does not contain this machine's."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_SERVICE = "_https._tcp.local."


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
