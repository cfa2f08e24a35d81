"""Details of offloads, watched folders and phones: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from cwtui.console.screens.ingest.arrival_items import (
    ArrivalItem,
    DeviceItem,
    DroppedItem,
    ListenerItem,
    OffloadedItem,
    OffloadItem,
    UploadItem,
    WatchItem,
)
from cwtui.console.screens.ingest.arrival_rows import upload_text, verdict_text, watch_text
from cwtui.console.widgets.detail_list import Detail
from cwtui.formatting import plural, recent_age
from cwtui.path_text import shown_path
from cwtui.qr_code import grouped_digest
from engine.slug import printable
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.catalog import PhoneListener
    from engine.studio import FolderWatch
    from engine.transfer import OffloadedFile, OffloadStatus

_NAMES = 20


def arrival_details(item: ArrivalItem, now: datetime) -> list[Detail]:
    """What happened to an arrival, and the key or the command that comes next."""
    match item:
        case OffloadItem():
            return _offload_details(item)
        case OffloadedItem(file):
            return _file_details(file)
        case WatchItem(watch):
            return _watch_details(watch)
        case DroppedItem(file, watch):
            return _dropped_details(item)
        case ListenerItem(listener, project, _):
            return _listener_details(listener, project)
        case UploadItem():
            return _upload_details(item)
        case DeviceItem(device):
            used = f"last used {recent_age(device.last_used_at, now)}" if device.last_used_at else "not used yet"
            return [
                ("device", f"{printable(device.name)} · {device.id} · {used}", "text"),
                ("paired", f"{device.created_at.astimezone():%d %b %Y %H:%M}, may send footage into this project "
                 f"until {device.expires_at.astimezone():%d %b %Y}", "text"),
                ("do", "Press {revoke_device} to revoke its key; it must be paired again then.", "text"),
            ]  # fmt: skip


def _offload_details(item: OffloadItem) -> list[Detail]:
    status = item.status
    if status.device:
        return _device_details(item)
    card = "connected" if status.connected else "not connected"
    size = f"{plural(len(status.files), 'file')} · {format_bytes(status.bytes)}"
    lines: list[Detail] = [("card", f"{printable(status.label)} · {status.source} · {card} · {size}", "text")]
    if item.running:
        proven = sum(one.state == "safe" for one in status.files)
        lines.append(
            ("state", f"{proven:,} of {plural(len(status.files), 'file')} proven on every destination", "text")
        )
        lines.append(("do", "Keep the card connected. It is not safe to erase before the verdict.", "text"))
    elif status.safe:
        lines.append(("verdict", verdict_text(status), "text"))
        at = "" if status.connected or not status.finished_at else (
            f" The card is not connected: this is its content of {status.finished_at.astimezone():%d %b %Y, %H:%M}."
        )  # fmt: skip
        lines.append(("do", f"You may erase it in the camera. Cleanwater never erases a card.{at}", "text"))
    else:
        error = item.job.error if item.job and item.job.error else {}
        lines += [("why", reason, "red") for reason in dict.fromkeys((*status.reasons, error.get("message"))) if reason]
        first = "Do not erase it. " + ("" if status.connected else "Connect the card. ")
        lines.append(("do", f"{first}Press {{retry_arrivals}} to continue; proven files are not read again.", "text"))
    return [*lines, *_copies(status, "cwtui offload")]


def _device_details(item: OffloadItem) -> list[Detail]:
    status = item.status
    size = f"{plural(len(status.files), 'file')} · {format_bytes(status.bytes)}"
    lines: list[Detail] = [("device", f"{printable(status.label)} on USB · {status.source} · {size}", "text")]
    if item.running:
        lines.append(("do", "Keep it plugged in and unlocked.", "text"))
    elif status.proven:
        lines.append(("verdict", verdict_text(status), "text"))
    else:
        error = item.job.error if item.job and item.job.error else {}
        lines += [("why", reason, "red") for reason in dict.fromkeys((*status.reasons, error.get("message"))) if reason]
        again = "cwtui usb import, or {retry_arrivals} for a failed import"
        lines.append(("do", f"Plug it in, unlock it, then {again}; proven files are not read again.", "text"))
    return [*lines, *_copies(status, "cwtui usb import")]


def _copies(status: OffloadStatus, command: str) -> list[Detail]:
    """The destinations, what is stored once, and what is left out."""
    lines: list[Detail] = []
    for one in status.destinations:
        away = "" if one.connected else " · not connected"
        lines.append(
            ("copy", f"{one.path}: {plural(one.files, 'file')}, {format_bytes(one.bytes)} proven{away}", "quiet")
        )
    if status.proven and status.copies == 1:
        lines.append(("note", f"There is only one copy: {command} --also FOLDER makes another.", "amber"))
    elif status.proven and status.disks == 1:
        lines.append(("note", "All copies are on one disk.", "amber"))
    twice = sum(one.same_as is not None for one in status.files)
    if twice:
        lines.append(("note", f"{plural(twice, 'file')} with bytes that are here already, stored once", "quiet"))
    lines += [("left out", f"{printable(one.path)}: {one.reason}", "faint") for one in status.left_out]
    return lines


def _file_details(file: OffloadedFile) -> list[Detail]:
    proven = f"proven on {', '.join(file.proven_on)}" if file.proven_on else "proven nowhere"
    lines: list[Detail] = [("file", f"{printable(file.path)} · {format_bytes(file.bytes)} · {file.state}", "text")]
    if file.reason:
        lines.append(("why", file.reason, "red"))
    lines.append(("copies", proven, "text"))
    hint = file.hint or "Keep the card connected."
    return [*lines, ("do", f"{hint} {{retry_arrivals}} offloads the card again.", "text")]


def _watch_details(watch: FolderWatch) -> list[Detail]:
    ingested = [str(one.path) for one in watch.files if one.state == "ingested"]
    lines: list[Detail] = [
        ("folder", f"{shown_path(watch.folder)} · since {watch.job.created_at.astimezone():%d %b %Y %H:%M}", "text"),
        ("state", watch_text(watch), "text"),
    ]
    if any(one.state == "quarantined" for one in watch.files):
        lines.append(("do", "See the reason of each quarantined file below. It stays where it is.", "text"))
    lines.append(("end", "{end_watch} ends the watch. What has arrived stays in the project.", "quiet"))
    return [*lines, *(("ingested", _named(ingested), "quiet") for _ in ingested[:1])]


def _dropped_details(item: DroppedItem) -> list[Detail]:
    file, path = item.file, item.watch.folder / item.file.path
    lines: list[Detail] = [("file", f"{shown_path(path)} · {format_bytes(file.bytes)} · {file.state}", "text")]
    if file.state == "quarantined":
        lines.append(("why", file.reason, "amber"))
        lines.append(("do", f"{file.hint} The file stays where it is, and is examined again when it changes.", "text"))
    elif file.reason:
        lines.append(("why", file.reason, "text"))
    elif file.state == "arriving":
        lines.append(("next", "It is ingested when its size and its time have not changed for some seconds.", "text"))
    else:
        lines.append(("next", "It is copied, verified and sealed.", "text"))
    return lines


def _listener_details(listener: PhoneListener, project: str) -> list[Detail]:
    until = f"{listener.until.astimezone():%H:%M}"
    return [
        ("phones", f"{listener.url} on {listener.interface}, until {until} at the latest, for “{project}”", "text"),
        ("do", "Press {phone} for the QR code that pairs a phone, {phone_off} to switch it off.", "text"),
        ("SHA-256", grouped_digest(listener.fingerprint), "quiet"),
        ("name", listener.name, "quiet"),
    ]


def _upload_details(item: UploadItem) -> list[Detail]:
    upload = item.upload
    outcome = upload.outcome
    size = f"{format_bytes(upload.received)} of {format_bytes(upload.length)}" if upload.length else "size unknown"
    where = f"from {printable(upload.device)} · {size}"
    lines: list[Detail] = [("file", f"{printable(upload.name)} · {where}", "text")]
    lines.append(("state", upload_text(upload), "red" if upload.state == "refused" else "text"))
    if upload.state == "receiving":
        lines.append(("do", "Keep the page open on the phone. If it is closed, open it and choose the file.", "text"))
    if hint := outcome.get("hint"):
        lines.append(("do", str(hint), "text"))
    if outcome.get("xxh128"):
        same = ", the phone's digest is the same" if outcome.get("sent_digest_matches") else ""
        lines.append(("proof", f"xxh128 {outcome['xxh128']}{same}", "quiet"))
    if outcome.get("seal"):
        lines.append(("sealed", str(outcome["seal"]), "quiet"))
    return lines


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
