"""Rows of offloads, watched folders and phones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment

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
from cwtui.console.screens.ingest.rows import job_row
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.progress_bar import progress_segments
from cwtui.formatting import plural, recent_age
from cwtui.job_status import format_time_left
from cwtui.path_text import shown_path
from engine.slug import printable
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.studio import FolderWatch, PhoneUpload
    from engine.transfer import OffloadStatus

_BAR = 12
_WIDE = 100
_MARK, _NAME, _REST = Column(2), Column(24, gap=1), Column(10, grow=1)
_INNER = (Column(2), Column(3, gap=1), Column(20, gap=1), _REST)
_AGE = Column(12, right=True, rank=2)
_LEFT = Column(16, right=True, rank=2)
_DROPPED = {
    "arriving": ("·", "quiet"),
    "ready": ("·", "text"),
    "ingesting": ("▸", "accent"),
    "quarantined": ("!", "amber"),
}
_UPLOADS = {
    "receiving": ("▸", "accent"),
    "whole": ("▸", "accent"),
    "placed": ("▸", "accent"),
    "sealed": ("✓", "accent"),
    "refused": ("✗", "red"),
    "expired": ("–", "faint"),
}


def arrival_row(item: ArrivalItem, now: datetime, row: RowStyle) -> Iterator[Segment]:
    """The row of an arrival."""
    match item:
        case OffloadItem():
            yield from _offload_row(item, now, row)
        case OffloadedItem(file):
            size, reason = format_bytes(file.bytes), f"{file.state}{': ' if file.reason else ''}{file.reason}"
            yield from _inner_row("✗", "red", printable(file.path), f"{size}  {reason}", "red", row)
        case WatchItem(watch):
            yield from _watch_row(watch, now, row)
        case DroppedItem(file):
            symbol, kind = _DROPPED[file.state]
            # The name is beside it.
            reason = file.reason.removeprefix(f"{file.path.name} ")
            text = f"{format_bytes(file.bytes)}  {file.state}{': ' if reason else ''}{reason}"
            yield from _inner_row(symbol, kind, printable(str(file.path)), text, _readable(kind), row)
        case ListenerItem(listener, _, devices):
            code = row.with_keys("{phone} QR code")
            where = f"listens on {listener.interface}, {listener.url}  {code}", f"{listener.interface}  {code}", code
            paired = plural(devices, "device") + " paired" if devices else "no device paired yet"
            cells: list[Cell] = [
                _mark(row, "▸", "amber"),
                ("phones", row.name),
                lambda width: (_fitting(where, width), row.styles["text"]),
                (paired, row.styles["quiet"]),
                (f"until {listener.until.astimezone():%H:%M}", row.styles["faint"]),
            ]
            yield from lay_out((_MARK, _NAME, _REST, Column(len(paired), right=True, rank=1), _AGE), cells, row.width)
        case UploadItem(upload, rate):
            yield from _upload_row(upload, rate, row)
        case DeviceItem(device):
            used = f"last used {recent_age(device.last_used_at, now)}" if device.last_used_at else "not used yet"
            text = f"paired, {used}, may send until {device.expires_at.astimezone():%d %b}"
            yield from _inner_row("·", "quiet", printable(device.name), text, "quiet", row)


def verdict_text(status: OffloadStatus) -> str:
    """The verdict, as “safe to erase: 214 files, 61.3 GB proven on 2 destinations on 2 disks”."""
    return _verdict_texts(status)[0]


def _verdict_texts(status: OffloadStatus) -> tuple[str, ...]:
    """The verdict in words, the longest first: a narrow row has the shortest, not the start of the longest."""
    if not status.proven:
        bad = "not proven" if status.device else "not safe to erase"
        return (f"{bad}: {' '.join(status.reasons)}",)
    where = plural(status.copies, "destination") + (f" on {plural(status.disks, 'disk')}" if status.disks else "")
    files, size = plural(len(status.files), "file"), format_bytes(status.bytes)
    proven = f"{files}, {size} proven on {where}"
    short = plural(status.disks, "disk") if status.disks else plural(status.copies, "copy", "copies")
    if not status.device:
        return f"safe to erase: {proven}", f"safe to erase: {size} on {short}", "safe to erase"
    if not status.others:
        return proven, f"{size} proven on {short}"
    others = f"{plural(status.others, 'other file')} only on the device"
    return f"{proven}; {others}", f"{size} proven; {others}", f"{size} proven; {status.others:,} others not"


def _fitting(texts: tuple[str, ...], width: int) -> str:
    return next((text for text in texts if cell_len(text) <= width), texts[-1])


def watch_text(watch: FolderWatch) -> str:
    """The number of recordings in each state, as “1 quarantined, 12 ingested”."""
    if not watch.folder.is_absolute() or not watch.files:
        return watch.job.message or "waits for files"
    states = ("quarantined", "arriving", "ready", "ingesting", "ingested")
    counts = {state: sum(one.state == state for one in watch.files) for state in states}
    return ", ".join(f"{count:,} {state}" for state, count in counts.items() if count) or "waits for files"


def upload_text(upload: PhoneUpload) -> str:
    """The state of an upload, and the reason for it."""
    outcome = upload.outcome
    match upload.state:
        case "receiving":
            return "is being sent"
        case "sealed":
            known = "is already here as" if outcome.get("already_here") else "sealed as"
            original = "" if outcome.get("original", True) else f", not an original: {outcome.get('reason', '')}"
            return f"{known} {outcome.get('take', '')}{original}"
        case "refused":
            return f"refused: {outcome.get('message', '')}"
        case "expired":
            return "deleted: its phone sent nothing for days"
        case _:
            return "is whole, and is being ingested"


def _offload_row(item: OffloadItem, now: datetime, row: RowStyle) -> Iterator[Segment]:
    status = item.status
    if item.running:
        assert item.job
        yield from job_row(item.job, now, row)
        return
    symbol, kind = ("✓", "accent") if status.proven else ("✗", "red")
    cells: list[Cell] = [
        _mark(row, symbol, kind),
        (printable(status.label), row.name),
        lambda width: (_fitting(_verdict_texts(status), width), row.styles[kind]),
        (recent_age(status.finished_at, now) if status.finished_at else "", row.styles["faint"]),
    ]
    yield from lay_out((_MARK, _NAME, _REST, _AGE), cells, row.width)


def _watch_row(watch: FolderWatch, now: datetime, row: RowStyle) -> Iterator[Segment]:
    alarm = any(one.state == "quarantined" for one in watch.files)
    cells: list[Cell] = [
        _mark(row, "!" if alarm else "▸", "amber" if alarm else "accent"),
        (printable(shown_path(watch.folder)), row.name),
        (watch_text(watch), row.styles["amber" if alarm else "text"]),
        (f"since {watch.job.created_at.astimezone():%d %b}", row.styles["faint"]),
    ]
    yield from lay_out((_MARK, _NAME, _REST, _AGE), cells, row.width)


def _upload_row(upload: PhoneUpload, rate: float | None, row: RowStyle) -> Iterator[Segment]:
    symbol, kind = _UPLOADS[upload.state]
    styles, name, device = row.styles, printable(upload.name), printable(upload.device)
    if upload.state != "receiving":
        alarm = upload.state == "sealed" and not upload.outcome.get("original", True)
        text, style = f"{device}  {upload_text(upload)}", "amber" if alarm else _readable(kind)
        yield from _inner_row("!" if alarm else symbol, "amber" if alarm else kind, name, text, style, row)
        return
    of = f"{upload.received / 1e6:,.0f} MB"
    share: list[Segment] = []
    if upload.length:
        of = f"{upload.received / 1e6:,.0f} / {upload.length / 1e6:,.0f} MB"
        share = progress_segments(min(0.99, upload.received / upload.length), _BAR, row.palette, row.plain)
    parts = [of, f"{format_bytes(round(rate))}/s" if rate else "waits for the phone", device]
    left = f"{format_time_left((upload.length - upload.received) / rate)} left" if upload.length and rate else ""
    cells: list[Cell] = [
        _mark(row, symbol, kind),
        (name, row.name),
        [*share, Segment(f"{'  ' if share else ''}{'  '.join(parts)}", styles["quiet"])],
        (left, styles["faint"]),
    ]
    yield from lay_out((_MARK, _NAME, _REST, _LEFT), cells, row.width)


def _inner_row(symbol: str, kind: str, name: str, text: str, style: str, row: RowStyle) -> Iterator[Segment]:
    cells: list[Cell] = [
        ("", row.styles["text"]),
        _mark(row, symbol, kind),
        (name, row.name),
        (text, row.styles[style]),
    ]
    yield from lay_out(_INNER, cells, row.width)


def _readable(kind: str) -> str:
    """The style of a text beside a symbol of this kind."""
    return kind if kind in ("amber", "red") else "quiet"


def _mark(row: RowStyle, symbol: str, kind: str) -> Cell:
    return f" {' ' if row.plain and symbol != '!' else symbol}", row.styles[kind]
