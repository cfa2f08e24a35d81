"""Commands for phones: receive footage over the local network, list and revoke paired devices, switch it off."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption, set_studio_folder, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.catalog import PhoneDevice, PhoneListener
    from engine.studio import Pairing

phone = new_app("phone", help="Receive footage from phones over the local network.", invoke_without_command=True)
_DURATION = re.compile(r"(?:(\d{1,2})h)?(?:(\d{1,4})m(?:in)?)?")


@phone.callback()
def _switch_on(
    context: typer.Context,
    project: ProjectOption = None,
    interface: Annotated[
        str | None,
        typer.Option("--interface", help="The network interface, by name or address (default: that of the network)."),
    ] = None,
    duration: Annotated[str, typer.Option("--for", help="Time until it is off again, at most 24h.")] = "1h",
    idle: Annotated[str, typer.Option("--idle", help="Off again after this time without a phone.")] = "30m",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 is any free one.")] = 0,
    bonjour: Annotated[
        bool, typer.Option("--bonjour/--no-bonjour", help="Announce a name on the local network.")
    ] = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Receive footage from phones over the local network: shows a QR code that pairs one phone.

    The phone needs no app. The studio listens on one interface until the time is over, no phone has done anything for
    a while, or cwtui phone off. Another call shows a code for another phone.
    """
    if studio is not None:
        set_studio_folder(studio)
    if context.invoked_subcommand is not None:
        return
    from cwtui.commands._progress import working_studio
    from engine.studio import PhoneOptions, new_pairing, switch_phones_on

    options = PhoneOptions(interface, _parse_duration(duration), _parse_duration(idle), port, bonjour)
    with working_studio(studio_folder(studio)) as opened_studio:
        chosen = opened_studio.project(project)
        listener = switch_phones_on(opened_studio, chosen, options)
        pairing = new_pairing(opened_studio, listener)
    if as_json:
        show_json({**_listener_json(listener), "project": chosen.name, "pairing": _pairing_json(pairing)})
    else:
        _show_pairing(listener, pairing, chosen.name)


@phone.command("list")
def list_(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the paired devices, and where the studio listens now."""
    from cwtui.commands._studio import open_studio
    from engine.studio import current_listener

    with open_studio(studio) as opened_studio:
        catalog = opened_studio.catalog
        listener = current_listener(opened_studio)
        devices = catalog.phones.devices()
        names = {one.id: one.name for one in catalog.projects()}
    if as_json:
        shown = {**_listener_json(listener), "project": names[listener.project_id]} if listener else None
        show_json({"listener": shown, "devices": [_device_json(one, names) for one in devices]})
        return
    console = human_console()
    if listener:
        until = f"{listener.until.astimezone():%H:%M}"
        console.print(
            f"Receiving for “{quoted(names[listener.project_id])}” on {quoted(listener.interface)}: "
            f"{listener.url} until {until} at the latest. Switch it off: cwtui phone off",
        )
    else:
        console.print("The studio does not listen. cwtui phone switches it on.")
    now = datetime.now(UTC)
    for one in devices:
        state = one.state(now)
        colour = "green" if state == "paired" else "grey62"
        used = f"last used {one.last_used_at.astimezone():%d %b %H:%M}" if one.last_used_at else "not used yet"
        expires = f", until {one.expires_at.astimezone():%d %b}" if state == "paired" else ""
        console.print(
            f"[cyan]{one.id}[/]  {quoted(one.name)}  [{colour}]{state}[/]{expires}  “{quoted(names[one.project_id])}”, "
            f"{used}",
            soft_wrap=True,
        )


@phone.command()
def revoke(
    device: Annotated[str | None, typer.Argument(help="The device, by id or name.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Revoke all devices.")] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revoke a device's key. An upload of this device that runs now is cut."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.studio import find_device

    if (device is None) != all_:
        raise RequestError("Name one device, or --all.", "cwtui phone list shows the devices.")
    with open_studio(studio) as opened_studio:
        phones = opened_studio.catalog.phones
        now = datetime.now(UTC)
        found = (
            [find_device(opened_studio, device)]
            if device
            else [one for one in phones.devices() if one.state(now) == "paired"]
        )
        for one in found:
            phones.revoke(one)
    if as_json:
        show_json({"revoked": [one.id for one in found]})
        return
    for one in found:
        human_console().print(f"[green]✓[/] The key of {quoted(one.name)} ({one.id}) is revoked.")
    if not found:
        human_console().print("No device is paired.")


@phone.command()
def off(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Stop receiving from phones. Unfinished uploads are kept, and continue when it is on again."""
    from cwtui.commands._studio import open_studio
    from engine.studio import switch_phones_off

    with open_studio(studio) as opened_studio:
        was_on = switch_phones_off(opened_studio)
    if as_json:
        show_json({"was_on": was_on})
    elif was_on:
        human_console().print("[green]✓[/] The studio does not listen any more.")
    else:
        human_console().print("The studio did not listen.")


def _parse_duration(text: str) -> timedelta:
    """The time of `1h`, `90m` or `1h30m`. Raises RequestError."""
    from engine.errors import RequestError

    found = _DURATION.fullmatch(text)
    length = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0)) if found else timedelta(0)
    if not length:
        raise RequestError(f"“{text}” is not a time.", "Write 1h, 90m or 1h30m.")
    return length


def _show_pairing(listener: PhoneListener, pairing: Pairing, project: str) -> None:
    from cwtui.qr_code import grouped_code, qr_code
    from engine.phone import fingerprint_text

    console = human_console()
    console.print(qr_code(pairing.url))
    console.print(f"Scan this with the phone's camera, or open {listener.url} and type the code:")
    console.print(
        f"  [bold]{grouped_code(pairing.code)}[/]  pairs one phone, until {pairing.expires_at.astimezone():%H:%M}"
    )
    console.print(f"Footage goes into “{quoted(project)}”. Fingerprint of the certificate (SHA-256):")
    console.print(f"  {fingerprint_text(listener.fingerprint)}", soft_wrap=True)
    until = f"{listener.until.astimezone():%H:%M}"
    console.print(
        f"The studio listens on {quoted(listener.interface)} until {until} at the latest, also without this terminal. "
        "Switch it off: cwtui phone off",
    )


def _listener_json(listener: PhoneListener) -> dict[str, Any]:
    shown = listener.model_dump(mode="json", exclude={"project_id", "job_id"})
    return {**shown, "job": listener.job_id, "url": listener.url}


def _pairing_json(pairing: Pairing) -> dict[str, str]:
    return {"code": pairing.code, "url": pairing.url, "expires_at": pairing.expires_at.isoformat()}


def _device_json(device: PhoneDevice, projects: dict[str, str]) -> dict[str, Any]:
    shown = device.model_dump(mode="json", exclude={"project_id"})
    return {**shown, "project": projects[device.project_id], "state": device.state(datetime.now(UTC))}
