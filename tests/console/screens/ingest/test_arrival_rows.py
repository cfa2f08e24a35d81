"""Rows and details of cards and of devices on USB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cwtui.console.screens.ingest.arrival_details import arrival_details
from cwtui.console.screens.ingest.arrival_items import ArrivalItems, DroppedItem, ListenerItem, OffloadItem
from cwtui.console.screens.ingest.arrival_rows import arrival_row
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.theme import DARK
from engine.transfer import DroppedFile, DropState, OffloadStatus

from ...arrivals import listener, loaded
from ...records import NOW, PROJECT, row_text

NARROW = RowStyle(DARK, 80)


def status(**values: Any) -> OffloadStatus:
    """A card whose files are proven on two disks."""
    return OffloadStatus.model_validate(
        {
            "source": "/Volumes/CARD", "label": "CARD", "folder": "2026-01-01-01-CARD", "safe": True, "proven": True,
            "device": False, "others": 0, "reasons": (), "connected": True, "copies": 2, "disks": 2, "bytes": 3_100_000,
            "started_at": NOW, "finished_at": NOW, "destinations": (), "files": (), "left_out": (), "failures": (),
            **values,
        }
    )  # fmt: skip


PHONE = {"source": "usb:F2L", "label": "Ada’s iPhone", "device": True, "connected": False, "safe": False}


def test_the_verdict_on_a_card_is_readable_in_80_columns() -> None:
    row = row_text(arrival_row(OffloadItem(status(), None), NOW, NARROW))
    assert row.startswith(" ✓ CARD")
    assert "safe to erase: 3.1 MB on 2 disks" in row
    wide = row_text(arrival_row(OffloadItem(status(), None), NOW, RowStyle(DARK, 120)))
    assert "safe to erase: 0 files, 3.1 MB proven on 2 destinations on 2 disks" in wide
    bad = status(safe=False, proven=False, reasons=("2 files are not proven on every destination.",))
    assert "not safe to erase: 2 files are" in row_text(arrival_row(OffloadItem(bad, None), NOW, NARROW))


def test_a_phone_is_not_called_safe_to_erase_and_says_what_else_it_has() -> None:
    item = OffloadItem(status(**PHONE, others=4988), None)
    row = row_text(arrival_row(item, NOW, RowStyle(DARK, 120)))
    assert row.startswith(" ✓ Ada’s iPhone")
    assert "erase" not in row
    assert "4,988 other files only on the device" in row
    assert "3.1 MB proven; 4,988 others not" in row_text(arrival_row(item, NOW, NARROW))
    shown = " ".join(value for _, value, _ in arrival_details(item, NOW))
    assert "usb:F2L" in shown
    assert "erase" not in shown
    assert not ArrivalItems(arrived={"offload:x": item}).unsafe


def test_an_import_that_failed_says_how_it_goes_on() -> None:
    item = OffloadItem(status(**PHONE | {"proven": False, "reasons": ("The offload has not ended.",)}), None)
    assert "not proven" in row_text(arrival_row(item, NOW, NARROW))
    shown = " ".join(value for _, value, _ in arrival_details(item, NOW))
    assert "Plug it in, unlock it" in shown
    assert ArrivalItems(arrived={"offload:x": item}).unsafe


def test_what_comes_next_is_readable_in_80_columns() -> None:
    listening = ListenerItem(listener(PROJECT), PROJECT.name, 0)
    assert "en0  p QR code" in row_text(arrival_row(listening, NOW, NARROW))
    assert "listens on en0, https://192.168.1.20:49152/" in row_text(arrival_row(listening, NOW, RowStyle(DARK, 120)))
    assert ("name", "cleanwater-abcdef.local", "quiet") in arrival_details(listening, NOW)
    (watch,) = loaded(PROJECT).arrivals.watches
    torn = DroppedFile(
        path=Path("torn.mov"), state=DropState.QUARANTINED, reason="torn.mov is cut short: its index is missing."
    )
    row = row_text(arrival_row(DroppedItem(torn, watch), NOW, NARROW))
    assert row.count("torn.mov") == 1
    assert "quarantined: is cut short" in row
