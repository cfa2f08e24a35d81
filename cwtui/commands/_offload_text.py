"""Texts of an offload: its files, its destinations and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from cwtui.formatting import plural
from engine.slug import printable
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.transfer import OffloadedFile, OffloadStatus

_MOST_FILES = 20


def show_offload(console: Console, status: OffloadStatus, result: Mapping[str, Any] | None) -> None:
    """Prints what is not safe, what is stored once or under another name, the destinations, and the verdict last."""
    _show_files(console, "[red]✗[/]", [_open_line(one) for one in status.files if one.state != "safe"])
    renamed = [one for one in status.files if one.renamed and one.copies]
    _show_files(console, "[yellow]![/]", [f"{_name(one.path)} is stored as {one.copies[0]}" for one in renamed])
    _show_files(console, "=", [_duplicate_line(one) for one in status.files if one.same_as])
    left_out = [f"{_name(one.path)} is left out: {one.reason}" for one in status.left_out]
    _show_files(console, "[yellow]![/]", left_out)
    for failed in (result or {}).get("failed", ()):
        console.print(f"[yellow]![/] {escape(failed['message'])}", soft_wrap=True)
    for destination in status.destinations:
        away = "" if destination.connected else " (not connected)"
        amount = f"{plural(destination.files, 'file')}, {format_bytes(destination.bytes)}"
        console.print(f"{escape(destination.path)}{away}: {amount} proven", soft_wrap=True)
    if result is not None:
        takes, known = len(result["takes"]), len(result["already_here"])
        console.print(f"{plural(takes, 'new take')}, {known} already in the project")
    _show_verdict(console, status)


def _show_verdict(console: Console, status: OffloadStatus) -> None:
    name = escape(printable(status.label))
    if status.device:
        _show_device_verdict(console, status, name)
        return
    if not status.safe:
        console.print(f"[red]✗[/] {name} is not safe to erase", soft_wrap=True)
        for reason in status.reasons:
            console.print(f"    {escape(reason)}", soft_wrap=True)
        return
    where = _destinations(status)
    console.print(
        f"[green]✓[/] {name} is safe to erase: {plural(len(status.files), 'file')}, {format_bytes(status.bytes)}, "
        f"every byte proven on {where}",
        soft_wrap=True,
    )
    if not status.connected and status.finished_at:
        at = f"{status.finished_at.astimezone():%d %B %Y, %H:%M}"
        console.print(f"    The card is not connected: the verdict is for its content of {at}.", soft_wrap=True)
    if status.copies == 1:
        console.print("    [yellow]![/] There is only one copy. --also FOLDER makes another.", soft_wrap=True)
    elif status.disks == 1:
        console.print("    [yellow]![/] All copies are on one disk. Choose --also on another one.", soft_wrap=True)


def _show_device_verdict(console: Console, status: OffloadStatus, name: str) -> None:
    if status.proven:
        amount = f"{plural(len(status.files), 'file')}, {format_bytes(status.bytes)}"
        where = _destinations(status)
        console.print(f"[green]✓[/] {amount} of {name}: every byte proven on {where}", soft_wrap=True)
    else:
        console.print(f"[red]✗[/] Not every chosen file of {name} is proven", soft_wrap=True)
        for reason in status.reasons:
            console.print(f"    {escape(reason)}", soft_wrap=True)
    if status.others:
        others = plural(status.others, "other file")
        console.print(f"    {name} has {others}. --all imports all files.", soft_wrap=True)


def _destinations(status: OffloadStatus) -> str:
    return plural(status.copies, "destination") + (f" on {plural(status.disks, 'disk')}" if status.disks else "")


def _open_line(file: OffloadedFile) -> str:
    reason = f": {file.reason}" if file.reason else ""
    return f"{_name(file.path)} is {file.state}{reason}" + (f" {file.hint}" if file.hint else "")


def _duplicate_line(file: OffloadedFile) -> str:
    take = f" (take {file.take})" if file.take else ""
    return f"{_name(file.path)} has the bytes of {file.same_as}{take}, and is not stored twice"


def _show_files(console: Console, mark: str, lines: list[str]) -> None:
    for line in lines[:_MOST_FILES]:
        console.print(f"{mark} {escape(line)}", soft_wrap=True)
    if len(lines) > _MOST_FILES:
        console.print(f"{mark} and {len(lines) - _MOST_FILES} more: --json lists all", soft_wrap=True)


def _name(path: str) -> str:
    return printable(path)
