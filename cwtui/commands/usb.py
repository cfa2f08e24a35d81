"""Commands for phones and cameras on USB: list them and their files, import recordings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import (
    AlsoOption,
    PrepareOption,
    ProjectOption,
    StudioOption,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.transfer import DeviceDescription, DeviceFile, FileChoice

usb = new_app("usb", help="Import footage from a phone or camera on USB (macOS).")

_SinceOption = Annotated[
    str | None, typer.Option("--since", help="Only recordings since this day: today, yesterday, 2026-11-30.")
]
_AllOption = Annotated[bool, typer.Option("--all", help="All files, also photos.")]


@usb.command("list")
def list_(
    device: Annotated[
        str | None, typer.Argument(metavar="DEVICE", help="A device, by name or id: its recordings are listed.")
    ] = None,
    since: _SinceOption = None,
    everything: _AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """List the connected phones and cameras, or the recordings of one."""
    from engine.studio import usb_devices, usb_files

    if device is None:
        _show_devices(usb_devices(_report), as_json)
        return
    _show_files(*usb_files(device, _choice(since, (), everything), _report), as_json)


@usb.command("import")
def import_(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="Recordings, by name, such as IMG_0042.")
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", help="The device, by name or id (default: the only one).")
    ] = None,
    since: _SinceOption = None,
    everything: _AllOption = False,
    also: AlsoOption = None,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    prepare: PrepareOption = True,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import recordings as originals, with their sidecars, and prove every copy. Known ones are not read again.

    The device is only read. The exit code is 1 if a chosen file is not proven.
    """
    from cwtui.commands._offload_text import show_offload
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued
    from engine.jobs import job_result
    from engine.studio import UsbImport, start_usb_import
    from engine.transfer import find_offload, offload_status

    choice = _choice(since, tuple(names or ()), everything)
    with working_studio(studio_folder(studio)) as opened_studio:
        chosen = opened_studio.project(project)
        request = UsbImport(device, choice, also or (), input_transform, prepare)
        job = start_usb_import(opened_studio, chosen, request, _report)
        if not wait:
            show_queued([job], as_json)
            return
        result = job_result(*opened_studio.jobs.wait([job]))
        status = offload_status(find_offload(opened_studio.folder, chosen, str(result["folder"])), opened_studio.folder)
    if as_json:
        show_json({**status.model_dump(mode="json"), **result})
    else:
        show_offload(human_console(), status, result)
    if not status.proven:
        raise typer.Exit(1)


def _choice(since: str | None, names: tuple[str, ...], everything: bool) -> FileChoice:
    from engine.transfer import FileChoice, parse_day

    return FileChoice(parse_day(since, datetime.now().astimezone()) if since else None, names, everything)


def _report(text: str) -> None:
    error_console().print(f"[grey62]{quoted(text)}[/]", soft_wrap=True)


def _show_devices(devices: list[DeviceDescription], as_json: bool) -> None:
    if as_json:
        show_json({"devices": [_device_json(one) for one in devices]})
        return
    console = human_console()
    if not devices:
        console.print("No phone or camera is connected. Plug it in with a data cable, and unlock it.")
    for one in devices:
        state = "[yellow]locked: unlock it, and tap Trust on it[/]" if one.locked else "[green]ready[/]"
        console.print(f"{quoted(one.name)}  [cyan]{quoted(one.id)}[/]  {state}", soft_wrap=True)


def _show_files(device: DeviceDescription, files: list[DeviceFile], others: int, as_json: bool) -> None:
    if as_json:
        shown: list[dict[str, Any]] = [
            {"path": one.path, "bytes": one.size, "modified_at": _moment(one).isoformat()} for one in files
        ]
        show_json({"device": _device_json(device), "files": shown, "others": others})
        return
    from cwtui.commands._tables import plain_table
    from cwtui.formatting import plural
    from engine.slug import printable
    from engine.units import format_bytes

    table = plain_table("file", "size", "recorded", right=("size",))
    for one in files:
        recorded = f"{_moment(one).astimezone():%d %b %Y %H:%M}"
        table.add_row(quoted(printable(one.path)), format_bytes(one.size), recorded)
    console = human_console()
    if files:
        console.print(table)
    else:
        console.print(f"{quoted(printable(device.name))} has no such files.")
    if others:
        console.print(f"[grey62]{plural(others, 'other file')}: --all lists them[/]")


def _moment(file: DeviceFile) -> datetime:
    return datetime.fromtimestamp(file.modified_ns / 1e9, UTC)


def _device_json(device: DeviceDescription) -> dict[str, Any]:
    return {"id": device.id, "name": device.name, "locked": device.locked}
