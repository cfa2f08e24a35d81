"""Footage from phones and cameras on USB: what is connected, their files, and the import of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.slug import printable
from engine.studio.studio import Studio

if TYPE_CHECKING:
    from engine.catalog import Encoding, Job, Project
    from engine.transfer.usb import DeviceDescription, DeviceFile, FileChoice, UsbDevices

Report = Callable[[str], None]
"""Called with what a device waits for, such as that it is unlocked."""


@dataclass(frozen=True, slots=True)
class UsbImport:
    """A request to import: a device by name or id (None: the only one), its files, folders for more copies."""

    device: str | None
    choice: FileChoice
    also: Sequence[Path] = ()
    input_transform: Encoding | None = None
    prepare: bool = True


def usb_devices(report: Report) -> list[DeviceDescription]:
    """The connected devices. Raises RequestError on a system other than macOS."""
    from engine.transfer.usb import device_process

    with device_process(report) as devices:
        return list(devices.find())


def usb_files(
    reference: str | None, choice: FileChoice, report: Report
) -> tuple[DeviceDescription, list[DeviceFile], int]:
    """A device, its chosen files, and the number of the others. Raises RequestError, EngineError."""
    from engine.transfer.usb import device_process

    with device_process(report) as devices:
        device = devices.open(choose_device(devices, reference).id)
        every = device.list_files()
        chosen = choice.select(every)
        return device.description, chosen, len(every) - len(chosen)


def start_usb_import(studio: Studio, project: Project, request: UsbImport, report: Report) -> Job:
    """Requests the import of a connected device's files. Raises RequestError."""
    from engine.transfer.usb import device_process

    with device_process(report) as devices:
        device = choose_device(devices, request.device)
    step = studio.tasks.usb_request(
        project, device, request.choice, request.also, request.input_transform, request.prepare
    )
    return studio.jobs.submit([step])[0]


def choose_device(devices: UsbDevices, reference: str | None) -> DeviceDescription:
    """The device with this name or id; for None, the only one. Raises RequestError."""
    found = devices.find()
    if not found:
        raise RequestError(
            "No phone or camera is connected.", "Plug it in with a data cable, unlock it, and tap Trust on it."
        )
    matching = [one for one in found if reference in (None, one.id, one.name)]
    if len(matching) == 1:
        return matching[0]
    names = ", ".join(f"“{printable(one.name)}”" for one in matching or found)
    if matching:
        raise RequestError(
            f"{len(matching)} devices are connected: {names}.",
            "Choose one with --device; cwtui usb list shows their ids.",
        )
    raise RequestError(f"There is no device {printable(str(reference))}.", f"Connected: {names}.")
