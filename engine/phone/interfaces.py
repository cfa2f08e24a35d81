"""The network interfaces of this machine, and the one to listen on."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Literal

from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion

Network = Literal["loopback", "private", "public"]
# The default route shows which address leaves for other networks. A UDP socket that connects sends nothing.
_SOMEWHERE = ("192.0.2.1", 9)


@dataclass(frozen=True, slots=True)
class Interface:
    """An address of a network interface. `network` says who can reach it."""

    name: str
    address: str

    @property
    def network(self) -> Network:
        """Who can reach the address: this machine, a local network, or everybody."""
        address = ipaddress.ip_address(self.address)
        return "loopback" if address.is_loopback else "private" if address.is_private else "public"


def list_interfaces() -> list[Interface]:
    """Return the interfaces that have an IPv4 address, those of local networks first."""
    import psutil

    state = psutil.net_if_stats()
    found = [
        Interface(name, one.address)
        for name, addresses in psutil.net_if_addrs().items()
        for one in addresses
        if one.family is socket.AF_INET and (name not in state or state[name].isup)
    ]
    order = ("private", "public", "loopback")
    return sorted(found, key=lambda one: (order.index(one.network), one.name))


def choose_interface(wanted: str | None) -> Interface:
    """Return the interface with this name or address; for None, the private one of the default route.

    Raises RequestError if there is none.
    """
    found = list_interfaces()
    listed = ", ".join(f"{one.name} ({one.address})" for one in found)
    if wanted is not None:
        for one in found:
            if wanted in (one.name, one.address):
                return one
        names = [name for one in found for name in (one.name, one.address)]
        hint = hint_with_suggestion(wanted, names, f"Interfaces: {listed}.")
        raise RequestError(f"There is no network interface “{wanted}”.", hint)
    private = [one for one in found if one.network == "private"]
    if not private:
        raise RequestError(
            "This machine is in no private network.",
            f"Join a Wi-Fi network or open a hotspot, or choose with --interface: {listed}.",
        )
    route = _default_address()
    return next((one for one in private if one.address == route), private[0])


def _default_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_SOMEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])
