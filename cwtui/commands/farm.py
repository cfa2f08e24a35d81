"""Commands for the farm on its host: switch it on and off, pair, list, revoke and drain machines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands import farm_machine
from cwtui.commands._options import StudioOption, set_studio_folder, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.catalog import FarmCode, FarmListener, FarmMachine

farm = new_app("farm", help="Let other machines work for this studio, or this one for another.")
MachineArgument = Annotated[str, typer.Argument(metavar="MACHINE", help="The machine, by its name or label.")]
_DEFAULT_PORT = 47810
_COLOURS = {"active": "green", "draining": "yellow", "quarantined": "red", "revoked": "grey62"}


@farm.callback()
def _farm(studio: StudioOption = None) -> None:
    """Let other machines work for this studio, or this one for another."""
    if studio is not None:
        set_studio_folder(studio)


@farm.command()
def host(
    interface: Annotated[
        str | None,
        typer.Option("--interface", help="The network interface, by name or address (default: that of the network)."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65533, help="The first of three ports; 0: any free ones.")
    ] = _DEFAULT_PORT,
    bonjour: Annotated[
        bool, typer.Option("--bonjour/--no-bonjour", help="Announce a name on the local network.")
    ] = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let other machines join this studio's farm: shows a code that pairs one machine.

    The studio listens on one interface until cwtui farm off, also without this terminal. Another call shows a code for
    another machine. What of a project may go to machines is set by cwtui policy privacy.
    """
    from cwtui.commands._progress import working_studio
    from engine.studio import FarmOptions, new_farm_code, require_farm, switch_farm_on

    require_farm()
    with working_studio(studio_folder(studio)) as opened_studio:
        listener = switch_farm_on(opened_studio, FarmOptions(interface, port, bonjour))
        made = new_farm_code(opened_studio)
        kept = [
            one.name for one in opened_studio.catalog.projects() if _stays(opened_studio.catalog.policies.leaves(one))
        ]
    if as_json:
        show_json({**_listener_json(listener), "code": _code_json(made)})
        return
    _show_code(listener, made)
    if kept:
        human_console().print(
            f"Nothing goes to machines from {quoted(', '.join(f'“{name}”' for name in kept))}. To permit it: "
            "cwtui policy privacy originals -p PROJECT",
            soft_wrap=True,
        )


@farm.command()
def code(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show a new code that pairs one machine. An earlier code is void."""
    from cwtui.commands._studio import open_studio
    from engine.studio import farm_listener, new_farm_code, require_farm

    require_farm()
    with open_studio(studio) as opened_studio:
        made = new_farm_code(opened_studio)
        listener = farm_listener(opened_studio)
    if as_json:
        show_json({"code": _code_json(made)})
    elif listener:
        _show_code(listener, made)


@farm.command("list")
def list_(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the machines of the farm, where it listens, and the farms that this machine has joined."""
    from cwtui.commands._studio import open_studio
    from engine.catalog import Catalog, FarmMachine
    from engine.farm import list_memberships
    from engine.studio import farm_listener

    listener, machines = None, list[FarmMachine]()
    if Catalog.exists_in(studio_folder(studio)):
        with open_studio(studio) as opened_studio:
            listener, machines = farm_listener(opened_studio), opened_studio.catalog.farm.machines()
    joined = list_memberships()
    if as_json:
        show_json(
            {
                "listener": _listener_json(listener) if listener else None,
                "machines": [machine_json(one) for one in machines],
                "joined": [farm_machine.membership_json(one) for one in joined],
            }
        )
        return
    console = human_console()
    if listener:
        console.print(
            f"The farm listens on {quoted(listener.interface)}, {_place(listener)}. Switch it off: cwtui farm off"
        )
    else:
        console.print("The farm does not listen. cwtui farm host switches it on.")
    now = datetime.now(UTC)
    for one in machines:
        _show_machine(one, now)
    for membership in joined:
        console.print(quoted(farm_machine.describe_membership(membership)), soft_wrap=True)


@farm.command()
def revoke(machine: MachineArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Remove a machine from the farm for good. It may join again with a new code."""
    from cwtui.commands._studio import open_studio
    from engine.studio import find_machine, revoke_machine

    with open_studio(studio) as opened_studio:
        found = find_machine(opened_studio, machine)
        revoke_machine(opened_studio, found)
    _changed(found, "revoked", "is removed from the farm", as_json)


@farm.command()
def drain(machine: MachineArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Give a machine no new work. What it does now, it ends."""
    from cwtui.commands._studio import open_studio
    from engine.studio import drain_machine, find_machine

    with open_studio(studio) as opened_studio:
        found = find_machine(opened_studio, machine)
        drain_machine(opened_studio, found)
    _changed(found, "draining", "gets no new work", as_json)


@farm.command()
def forgive(machine: MachineArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Give a machine in quarantine, or one that drains, work again. Its faults are forgotten."""
    from cwtui.commands._studio import open_studio
    from engine.studio import find_machine, forgive_machine

    with open_studio(studio) as opened_studio:
        found = find_machine(opened_studio, machine)
        forgive_machine(opened_studio, found)
    _changed(found, "active", "gets work again", as_json)


@farm.command()
def off(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Switch the farm off. Its machines wait for it, and its jobs run here."""
    from cwtui.commands._studio import open_studio
    from engine.studio import switch_farm_off

    with open_studio(studio) as opened_studio:
        was_on = switch_farm_off(opened_studio)
    if as_json:
        show_json({"was_on": was_on})
    elif was_on:
        human_console().print("[green]✓[/] The farm does not listen any more.")
    else:
        human_console().print("The farm did not listen.")


for _command in farm_machine.COMMANDS:
    farm.command()(_command)


def machine_json(machine: FarmMachine) -> dict[str, Any]:
    """A machine as JSON."""
    shown = machine.model_dump(mode="json", exclude={"facts"})
    return {**shown, "facts": machine.facts}


def _stays(leaves: str) -> bool:
    return leaves in ("nothing", "deliverables")


def _changed(machine: FarmMachine, state: str, text: str, as_json: bool) -> None:
    if as_json:
        show_json({"machine": machine.name, "state": state})
    else:
        human_console().print(f"[green]✓[/] {quoted(machine.label)} ({quoted(machine.name)}) {text}.")


def _show_code(listener: FarmListener, made: FarmCode) -> None:
    console = human_console()
    console.print(f"On the other machine: [bold]cwtui farm join[/]   Code: [bold]{made.code[:3]} {made.code[3:]}[/]")
    console.print(
        f"  It pairs one machine, until {made.expires_at.astimezone():%H:%M}, and ends after three wrong tries."
    )
    console.print(f"Where Bonjour does not reach: cwtui farm join --at {_place(listener)}")
    console.print(
        f"The farm listens on {quoted(listener.interface)} as {quoted(listener.name)}, also without this terminal. "
        "Switch it off: cwtui farm off",
        soft_wrap=True,
    )


def _show_machine(machine: FarmMachine, now: datetime) -> None:
    from cwtui.farm_text import machine_heat, machine_use
    from cwtui.formatting import recent_age

    facts = machine.facts or {}
    doing = facts.get("paused") or facts.get("state", "")
    seen = f"seen {recent_age(machine.seen_at, now)}" if machine.seen_at else "not seen yet"
    state = f"[{_COLOURS[machine.state]}]{machine.state}[/]"
    reason = f": {quoted(machine.reason)}" if machine.reason else ""
    parts = (str(doing), machine_heat(facts), machine_use(facts), seen)
    shown = "  ".join(quoted(part) for part in parts if part)
    human_console().print(
        f"[cyan]{quoted(machine.name)}[/]  {quoted(machine.label)}  {state}{reason}  {shown}", soft_wrap=True
    )


def _place(listener: FarmListener) -> str:
    host = f"[{listener.address}]" if ":" in listener.address else listener.address
    return f"{host}:{listener.pairing_port}"


def _listener_json(listener: FarmListener) -> dict[str, Any]:
    shown = listener.model_dump(mode="json", exclude={"job_id"})
    return {**shown, "job": listener.job_id, "at": _place(listener)}


def _code_json(made: FarmCode) -> dict[str, str]:
    return {"code": made.code, "expires_at": made.expires_at.isoformat()}
