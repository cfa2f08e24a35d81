"""The interface of a phone or camera on USB, whatever system it is plugged into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Waiting = Callable[[str], None]
"""Called with what the device waits for, such as that it is unlocked."""


@dataclass(frozen=True, slots=True)
class DeviceDescription:
    """A connected device. `id` is the same each time it is plugged in.

    `locked`: it shows no file until it is unlocked and trusts this Mac.
    """

    id: str
    name: str
    locked: bool = False


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A file on a device. `path` is a POSIX path, unique on the device; `number` is its place in the list.

    A file of 0 bytes may be one whose original is only in iCloud.
    """

    number: int
    path: str
    size: int
    modified_ns: int


class DeviceReadError(OSError):
    """A range of a file cannot be read. The device is still there."""


class DeviceGoneError(OSError):
    """The device was unplugged, or it does not answer."""


class UsbDevice(Protocol):
    """An open device. Its files are read as they are stored, not converted.

    `in_cloud`: originals of the phone may be in iCloud only, where they cannot be read; known with the list.
    """

    in_cloud: bool

    @property
    def description(self) -> DeviceDescription:
        """The device as it is now."""

    def list_files(self) -> Sequence[DeviceFile]:
        """List all files, once the device is unlocked and its list is complete.

        Raises EngineError if it stays locked or sends no list, TransientError if it is unplugged.
        """

    def read(self, file: DeviceFile, offset: int, length: int) -> bytes:
        """Read a range of a listed file, or the beginning of it. Raises DeviceReadError, DeviceGoneError."""

    def gone(self) -> bool:
        """Whether it was unplugged."""


class UsbDevices(Protocol):
    """The devices on USB."""

    def find(self) -> Sequence[DeviceDescription]:
        """Return the connected devices. Raises EngineError."""

    def open(self, device_id: str) -> UsbDevice:
        """Open a connected device. Raises TransientError if it is not there."""

    def close(self) -> None:
        """Close the open device."""
