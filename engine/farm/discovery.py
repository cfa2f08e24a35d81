"""Finds the hosts of the local network by Bonjour, and announces one.

A host's name is random. The machine's own name is not announced, because macOS would then rename the machine.
"""

from __future__ import annotations

import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import make_folder, write_atomic
from engine.farm.authority import FARM_FOLDER
from engine.farm.membership import is_host_name

if TYPE_CHECKING:
    from zeroconf import Zeroconf

SERVICE = "_cleanwater-farm._tcp.local."
_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_NAME = re.compile(r"cleanwater-[a-z]{6}")
_POLL_S = 0.05
_RESOLVE_MS = 1500


@dataclass(frozen=True, slots=True)
class FoundHost:
    """A host that announces itself. Anybody in the network can: only the code or a certificate shows who it is."""

    name: str
    address: str
    port: int


def host_name(studio: Path) -> str:
    """Return the name of a studio's farm, which it keeps: `cleanwater-` and six random letters, without dots."""
    path = studio / FARM_FOLDER / "name"
    if path.is_file() and _NAME.fullmatch(name := path.read_text(encoding="ascii", errors="replace")):
        return name
    name = f"cleanwater-{''.join(secrets.choice(_LETTERS) for _ in range(6))}"
    make_folder(path.parent)
    write_atomic(path, name.encode())
    return name


@contextmanager
def announced_host(name: str, address: str, port: int) -> Iterator[None]:
    """Announce a host while the block runs. Raises OSError if the network refuses it."""
    from zeroconf import Error, IPVersion, ServiceInfo, Zeroconf

    service = ServiceInfo(
        SERVICE, f"{name}.{SERVICE}", port, addresses=[socket.inet_aton(address)], server=f"{name}.local."
    )
    try:
        zeroconf = Zeroconf(interfaces=[address], ip_version=IPVersion.V4Only)
    except Error as error:
        raise OSError(str(error)) from error
    try:
        zeroconf.register_service(service)
        yield
    except Error as error:
        raise OSError(str(error)) from error
    finally:
        zeroconf.unregister_all_services()
        zeroconf.close()


def find_hosts(
    seconds: float = 3.0, enough: Callable[[list[FoundHost]], bool] = bool, address: str | None = None
) -> list[FoundHost]:
    """Return the hosts that answer within so many seconds, or until `enough` of them have, by name.

    `address` is that of the interface to ask on; None: all. Raises OSError if the network refuses it.
    """
    from zeroconf import InterfaceChoice, IPVersion, ServiceBrowser, Zeroconf

    names: set[str] = set()
    found: dict[str, FoundHost] = {}
    zeroconf = Zeroconf(interfaces=[address] if address else InterfaceChoice.Default, ip_version=IPVersion.V4Only)
    try:
        ServiceBrowser(zeroconf, SERVICE, handlers=[lambda **change: names.add(change["name"])])
        until = time.monotonic() + seconds
        while time.monotonic() < until and not enough(list(found.values())):
            for name in names - found.keys():
                if host := _resolve(zeroconf, name):
                    found[name] = host
            time.sleep(_POLL_S)
    finally:
        zeroconf.close()
    return sorted(found.values(), key=lambda one: one.name)


def _resolve(zeroconf: Zeroconf, name: str) -> FoundHost | None:
    info = zeroconf.get_service_info(SERVICE, name, timeout=_RESOLVE_MS)
    label = name.removesuffix(f".{SERVICE}")
    if info is None or not info.port or not is_host_name(label):
        return None
    addresses = info.parsed_addresses()
    return FoundHost(label, addresses[0], info.port) if addresses else None
