"""Commands for the farm on a machine that works for another one's studio: join and leave."""

from __future__ import annotations

import platform
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.farm import MachineFacts, Membership

HostOption = Annotated[
    str | None, typer.Option("--host", metavar="NAME", help="The host, as cwtui farm host shows it.")
]


def join(
    code: Annotated[
        str | None, typer.Option("--code", help="The six digits; without them the command prompts for them.")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="HOST:PORT", help="The host's address, where Bonjour does not reach.")
    ] = None,
    host: HostOption = None,
    name: Annotated[
        str | None, typer.Option("--name", help="How the host shows this machine (default: its own name).")
    ] = None,
    only: Annotated[bool, typer.Option("--only-join", help="Join, and do not work yet.")] = False,
    detach: Annotated[
        bool, typer.Option("--detach", help="Work in the background, also after this terminal is closed.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the work of this machine, in the background too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Join the farm of another machine's studio, and work for it until Ctrl-C.

    The first time, type the code that the host shows. After that no code is needed until you leave.
    """
    from engine.farm import find_membership
    from engine.studio import require_farm

    require_farm()
    if stop:
        _stop(host, as_json)
        return
    known = None if code else find_membership(host)
    if known and not only:
        _refuse_second(known)
    membership = _return_to(known, at) if known else _pair(code, at, host, name)
    if detach and not only:
        _detach(membership)
    if as_json:
        show_json(membership_json(membership))
    else:
        human_console().print(
            f"[green]✓[/] This machine is {quoted(membership.machine)} in the farm {quoted(membership.host)}.",
            soft_wrap=True,
        )
        if detach and not only:
            human_console().print("It works in the background. End that: cwtui farm join --stop", soft_wrap=True)
    if not (only or detach):
        _work(membership)


def pause(host: HostOption = None, as_json: JsonOption = False) -> None:
    """Take this machine back at once: its jobs end, and it takes no others until cwtui farm resume."""
    from engine.farm import pause_machine

    membership = _known(host)
    pause_machine(membership.folder)
    _report_work(membership, "paused", as_json)


def resume(host: HostOption = None, as_json: JsonOption = False) -> None:
    """Let this machine work again."""
    from engine.farm import resume_machine

    membership = _known(host)
    resume_machine(membership.folder)
    _report_work(membership, "working", as_json)


def limits(
    cores: Annotated[int | None, typer.Option("--cores", min=1, help="The number of cores for jobs.")] = None,
    memory: Annotated[
        int | None, typer.Option("--memory", min=1, max=90, help="The share of the memory for jobs, in percent.")
    ] = None,
    gpu: Annotated[bool | None, typer.Option("--gpu/--no-gpu", help="Whether jobs may use the GPU.")] = None,
    idle: Annotated[
        int | None, typer.Option("--idle", min=0, help="Work only after so many minutes without you; 0: always.")
    ] = None,
    on_power: Annotated[
        bool | None, typer.Option("--on-power/--on-battery", help="Work only on power, or on battery too.")
    ] = None,
    hours: Annotated[
        str | None, typer.Option("--hours", metavar="HH:MM-HH:MM", help="Work only within these hours; all: always.")
    ] = None,
    heat: Annotated[
        int | None,
        typer.Option(
            "--heat", min=0, max=120, metavar="°C", help="Take no more jobs while the processor is warmer; 0: no limit."
        ),
    ] = None,
    cache: Annotated[int | None, typer.Option("--cache", min=0, help="The most gigabytes of inputs to keep.")] = None,
    host: HostOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show and set what this machine gives to a farm. A change takes effect within a second."""
    from engine.farm import load_caps, save_caps

    membership = _known(host)
    changes = {
        "cores": cores,
        "memory_share": None if memory is None else memory / 100,
        "gpu": gpu,
        "idle_minutes": idle,
        "only_on_power": on_power,
        "max_celsius": heat,
        "cache_bytes": None if cache is None else cache << 30,
    }
    caps = load_caps(membership.folder)
    caps = caps.model_copy(update={name: value for name, value in changes.items() if value is not None})
    for name in ("idle_minutes", "max_celsius"):
        if changes[name] == 0:
            caps = caps.model_copy(update={name: None})
    if hours is not None:
        caps = caps.model_copy(update={"hours": _parse_hours(hours)})
    save_caps(membership.folder, caps)
    shown = caps.model_dump(mode="json")
    if as_json:
        show_json({"host": membership.host, **shown})
        return
    for name, value in shown.items():
        human_console().print(f"{name.replace('_', ' '):14} {quoted(str(value if value is not None else '–'))}")


def leave(
    host: HostOption = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", help="A file for the signed receipt of what was deleted.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Leave a farm: delete its files and keys on this machine, and tell the host."""
    from engine.errors import EngineError
    from engine.farm import end_membership

    membership = _known(host)
    ended = end_membership(membership, receipt)
    problem = ended.problem
    if as_json:
        show_json(
            {
                "host": membership.host,
                "machine": membership.machine,
                "host_informed": problem is None,
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
    """A membership as JSON, with the process that works for it."""
    from engine.farm import find_worker

    working = find_worker(membership)
    return {**membership.model_dump(mode="json"), "works": working.model_dump(mode="json") if working else None}


def describe_membership(membership: Membership) -> str:
    """The farm, the name of this machine in it, and whether a process works for it."""
    from engine.farm import find_worker

    text = f"This machine has joined {membership.host} as {membership.machine}"
    if working := find_worker(membership):
        return f"{text}, and works for it: process {working.pid}{', in the background' if working.detached else ''}."
    return f"{text}, and does not work for it now."


def _known(host: str | None) -> Membership:
    from engine.errors import RequestError
    from engine.farm import find_membership

    membership = find_membership(host)
    if membership is None:
        raise RequestError("This machine has not joined a farm.", "Join one: cwtui farm join")
    return membership


def _report_work(membership: Membership, state: str, as_json: bool) -> None:
    if as_json:
        show_json({"host": membership.host, "machine": membership.machine, "work": state})
    else:
        text = "takes no work" if state == "paused" else "takes work again"
        human_console().print(f"[green]✓[/] This machine {text} of {quoted(membership.host)}.")


def _parse_hours(text: str) -> tuple[time, time] | None:
    """The hours of `HH:MM-HH:MM`, None for `all`. Raises RequestError."""
    from engine.errors import RequestError

    if text == "all":
        return None
    start, _, end = text.partition("-")
    try:
        return time.fromisoformat(start), time.fromisoformat(end)
    except ValueError as error:
        raise RequestError(f"“{text}” is not a time of day.", "Write 22:00-07:00, or all.") from error


def _refuse_second(membership: Membership) -> None:
    from engine.errors import RequestError
    from engine.farm import find_worker

    if working := find_worker(membership):
        raise RequestError(
            f"This machine works for {membership.host} already, in process {working.pid}.",
            "End that: cwtui farm join --stop",
        )


def _detach(membership: Membership) -> None:
    from engine.farm import detach_worker
    from engine.studio import JOB_KINDS

    detach_worker(membership, JOB_KINDS)


def _stop(host: str | None, as_json: bool) -> None:
    from engine.farm import stop_worker

    membership = _known(host)
    stopped = stop_worker(membership)
    if as_json:
        show_json({"host": membership.host, "machine": membership.machine, "was_working": stopped is not None})
    elif stopped:
        human_console().print(f"[green]✓[/] Process {stopped.pid} has ended. To continue: cwtui farm join")
    else:
        human_console().print("No process worked for the farm.")


def _work(membership: Membership) -> None:
    """Work until Ctrl-C, and print on stderr what the machine does."""
    from engine.errors import EngineError
    from engine.farm import work
    from engine.studio import JOB_KINDS

    console, shown = error_console(), [""]

    def show(facts: MachineFacts) -> None:
        text = f"{facts.state}: {facts.paused}" if facts.paused else facts.state
        if text != shown[0]:
            shown[0] = text
            console.print(f"{quoted(text)}")

    console.print("It works until Ctrl-C. Take it back for a while: cwtui farm pause", soft_wrap=True)
    if work(membership, JOB_KINDS, show) == "revoked":
        raise EngineError("The host has removed this machine from the farm.", "Delete its files: cwtui farm leave")


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


COMMANDS = (join, pause, resume, limits, leave)
