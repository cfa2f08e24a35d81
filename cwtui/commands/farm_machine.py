"""Commands for the farm on a machine that works for another one's studio: join and leave."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.farm import Membership

HostOption = Annotated[
    str | None, typer.Option("--host", metavar="NAME", help="The host, as cwtui farm host shows it.")
]


def join(
    code: Annotated[str | None, typer.Option("--code", help="The six digits; without them you are asked.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="HOST:PORT", help="The host's address, where Bonjour does not reach.")
    ] = None,
    host: HostOption = None,
    name: Annotated[
        str | None, typer.Option("--name", help="How the host shows this machine (default: its own name).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Join the farm of another machine's studio, and work for it until Ctrl-C.

    The first time, type the code that the host shows. After that no code is needed until you leave.
    """
    from engine.farm import find_membership
    from engine.studio import require_farm

    require_farm()
    known = None if code else find_membership(host)
    membership = _return_to(known, at) if known else _pair(code, at, host, name)
    if as_json:
        show_json(membership_json(membership))
    else:
        human_console().print(
            f"[green]✓[/] This machine is {quoted(membership.machine)} in the farm {quoted(membership.host)}.",
            soft_wrap=True,
        )


def leave(
    host: HostOption = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="A file for the signed receipt of what was deleted.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Leave a farm: delete its files and keys on this machine, and tell the host."""
    from engine.errors import EngineError, RequestError
    from engine.farm import end_membership, find_membership

    membership = find_membership(host)
    if membership is None:
        raise RequestError("This machine has not joined a farm.", "Join one: cwtui farm join")
    ended = end_membership(membership, receipt)
    problem = ended.problem
    if as_json:
        show_json(
            {
                "host": membership.host,
                "machine": membership.machine,
                "host_told": problem is None,
                "receipt": ended.receipt.model_dump(mode="json"),
            }
        )
        return
    human_console().print(f"[green]✓[/] This machine has left {quoted(membership.host)}. Its files were deleted.")
    if isinstance(problem, EngineError):
        error_console().print(
            f"[yellow]![/] The host does not know it yet: {quoted(problem.message)} Remove it there: "
            f"cwtui farm revoke {quoted(membership.machine)}",
            soft_wrap=True,
        )


def membership_json(membership: Membership) -> dict[str, Any]:
    """A membership as JSON."""
    return membership.model_dump(mode="json")


def _return_to(known: Membership, at: str | None) -> Membership:
    """Return to a farm: at the address given, at its last one, or at the one that Bonjour finds."""
    from engine.errors import TransientError
    from engine.farm import find_hosts, parse_address, refresh

    if at:
        return refresh(known, *parse_address(at))
    try:
        return refresh(known, known.address, known.pairing_port)
    except TransientError:
        for found in find_hosts(enough=lambda hosts: any(one.name == known.host for one in hosts)):
            if found.name == known.host:
                return refresh(known, found.address, found.port)
        raise


def _pair(code: str | None, at: str | None, host: str | None, name: str | None) -> Membership:
    from engine.errors import GateError
    from engine.farm import join as join_farm
    from engine.farm import parse_address

    address, port = parse_address(at) if at else _discovered(host)
    if code is None:
        import sys

        if not sys.stdin.isatty():
            raise GateError("Joining a farm needs its code.", "Add --code with the six digits that the host shows.")
        code = typer.prompt("Code", err=True)
    return join_farm(address, port, code, name or platform.node().removesuffix(".local") or "machine")


def _discovered(host: str | None) -> tuple[str, int]:
    from engine.errors import EngineError, RequestError
    from engine.farm import find_hosts

    wanted = (lambda hosts: any(one.name == host for one in hosts)) if host else (lambda hosts: False)
    try:
        hosts = [one for one in find_hosts(enough=wanted) if host in (None, one.name)]
    except OSError as error:
        raise EngineError(
            f"Bonjour cannot be used: {error}.", "Name the host: cwtui farm join --at HOST:PORT"
        ) from error
    if not hosts:
        raise RequestError(
            f"No host{f' named {host}' if host else ''} was found in the local network.",
            "On the host: cwtui farm host. Where Bonjour does not reach: cwtui farm join --at HOST:PORT",
        )
    if len(hosts) > 1:
        names = ", ".join(one.name for one in hosts)
        raise RequestError(f"{len(hosts)} hosts were found.", f"Choose the one that shows the code: --host {names}.")
    return hosts[0].address, hosts[0].port


COMMANDS = (join, leave)
