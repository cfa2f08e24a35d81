"""A device behind ImageCaptureCore: requests are sent, and their answers arrive as delegate messages in a run loop.

Source: ICDeviceBrowser.h, ICDevice.h, ICCameraDevice.h and ICCameraFile.h of Apple's ImageCaptureCore. The objects and
the methods of the delegates have the names that PyObjC gives them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Protocol

from engine.errors import EngineError, TransientError
from engine.slug import printable
from engine.transfer.usb.device import DeviceDescription, DeviceFile, DeviceGoneError, DeviceReadError, Waiting

# ICReturnCode: the device is locked, or does not trust this Mac yet.
LOCKED_CODES = frozenset({-9943, -9953, -21343, -21249})
# ICReturnConnectionErrorCode, ICReturnErrorDeviceEjected, ICReturnSessionNotOpened: the connection has ended.
_GONE_CODES = frozenset({-9958, -21300, -21348, -21349, -21350, -21400})
_SESSION_IS_OPEN = -21347
# ICReturnCodeObjectDataRequestTooLarge. The limit is not published; smaller requests than this are not made.
_TOO_LARGE, _LEAST_BYTES = -21446, 1 << 10
_BUSY = -9954

UNLOCK = "Unlock it, and tap Trust on it if it asks."
# ICMediaPresentationOriginalAssets: HEVC and HEIC as recorded, with their edits in sidecars.
ORIGINAL_ASSETS = 2
_STEP_S, _READ_STEP_S = 0.1, 0.02
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Patience:
    """The longest waits, in seconds: for an answer, a sign of the list, a locked device, a device, one more device.

    `retry` is the pause after which a session that was refused is requested again.
    """

    answer: float = 30.0
    silence: float = 60.0
    locked: float = 600.0
    device: float = 10.0
    settle: float = 0.5
    retry: float = 1.0


DEFAULT_PATIENCE = Patience()


class ImageCapture(Protocol):
    """The used parts of ImageCaptureCore and of the run loop, besides the objects themselves."""

    def start_browser(self, delegate: Any) -> None:
        """Start to browse for cameras on USB; the delegate gets the browser's messages."""

    def stop_browser(self) -> None:
        """Stop to browse."""

    def set_delegate(self, device: Any, delegate: CameraDelegate) -> None:
        """Send the messages of a device to a delegate."""

    def is_folder(self, item: Any) -> bool:
        """Whether an ICCameraItem is an ICCameraFolder."""

    def run(self, seconds: float) -> None:
        """Run the run loop for a time, or until it has delivered a message."""


@dataclass
class CameraDelegate:
    """The content of a device's messages: the state of its session, of its lock and of its list."""

    opened: bool = False
    open_error: int = 0
    restricted: bool = False
    complete: bool = False
    removed: bool = False
    pieces: int = 0

    def device_didOpenSessionWithError_(self, device: Any, error: Any) -> None:
        """The answer to a request for a session."""
        code = error_code(error)
        self.opened = code in (0, _SESSION_IS_OPEN)
        self.open_error = 0 if self.opened else code

    def device_didCloseSessionWithError_(self, device: Any, error: Any) -> None:
        """The session has ended; a list of its files is no longer valid."""
        self.opened = self.complete = False

    def didRemoveDevice_(self, device: Any) -> None:
        """The device was unplugged: requests get no answer any more."""
        self.removed = True

    def cameraDeviceDidEnableAccessRestriction_(self, device: Any) -> None:
        """The device was locked."""
        self.restricted = True

    def cameraDeviceDidRemoveAccessRestriction_(self, device: Any) -> None:
        """The device was unlocked and trusts this Mac."""
        self.restricted = False

    def cameraDevice_didAddItems_(self, device: Any, items: Sequence[Any]) -> None:
        """A piece of the list."""
        self.pieces += len(items)

    def deviceDidBecomeReadyWithCompleteContentCatalog_(self, device: Any) -> None:
        """The list is complete."""
        self.complete = True


@dataclass
class _Read:
    """The answer to one read request, which arrives on any thread."""

    data: bytes = b""
    code: int = 0
    done: Event = field(default_factory=Event)

    def completed(self, data: Any, error: Any) -> None:
        self.data, self.code = bytes(data) if data is not None else b"", error_code(error)
        self.done.set()


def error_code(error: Any) -> int:
    """The code of an NSError; 0 without one."""
    return int(error.code()) if error is not None else 0


def file_name(item: Any) -> str:
    """The name of an item, without what would make it a path."""
    name = str(item.name() or "").replace("/", "_").replace("\0", "_")
    return name if name not in ("", ".", "..") else "_"


class Camera:
    """An open ICCameraDevice, as a `UsbDevice`. Each method runs the run loop until it has the answer."""

    def __init__(
        self,
        framework: ImageCapture,
        device: Any,
        is_removed: Callable[[], bool],
        waiting: Waiting,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._framework, self._device, self._is_removed = framework, device, is_removed
        self._waiting, self._patience = waiting, patience
        self._delegate = CameraDelegate(restricted=bool(device.isAccessRestrictedAppleDevice()))
        self._items: list[Any] = []
        self._most_bytes: int | None = None
        self.in_cloud = False
        framework.set_delegate(device, self._delegate)

    @property
    def description(self) -> DeviceDescription:
        """The device as it is now."""
        return describe(self._device, locked=self._delegate.restricted)

    def gone(self) -> bool:
        """Whether the device was unplugged."""
        return self._delegate.removed or self._is_removed()

    def list_files(self) -> Sequence[DeviceFile]:
        """Open a session on the unlocked device, wait until its list is complete, and return its files."""
        self._open_session()
        self._wait_for_list()
        self.in_cloud = bool(self._device.iCloudPhotosEnabled())
        found = dict.fromkeys(self._walk("", self._device.contents() or ()))
        self._items = [item for _, item in found]
        paths = _unique(path for path, _ in found)
        return [
            DeviceFile(number, path, max(0, int(item.fileSize())), _modified_ns(item))
            for number, (path, item) in enumerate(zip(paths, self._items, strict=True))
        ]

    def read(self, file: DeviceFile, offset: int, length: int) -> bytes:
        """Read a range or its beginning; a device that was locked meanwhile is read again once it is unlocked."""
        item, failures = self._items[file.number], 0
        length = min(length, self._most_bytes or length)
        until = time.monotonic() + self._patience.locked
        while True:
            read = self._request(item, offset, length)
            if read.code == 0 and read.data:
                return read.data
            if read.code == _TOO_LARGE and length > _LEAST_BYTES:
                length = self._most_bytes = length // 2
            elif read.code in LOCKED_CODES or self._delegate.restricted:
                self._wait_for_unlock(until)
            elif (failures := failures + 1) == _ATTEMPTS:
                raise DeviceReadError(f"the device does not send it (error {read.code})")

    def close(self) -> None:
        """End the session."""
        if self._delegate.opened and not self.gone():
            self._device.requestCloseSession()

    def _request(self, item: Any, offset: int, length: int) -> _Read:
        """Request a range and return the answer, which comes on any thread. Raises DeviceGoneError without one."""
        read = _Read()
        until = time.monotonic() + self._patience.answer
        item.requestReadDataAtOffset_length_completion_(offset, length, read.completed)
        while not read.done.wait(_READ_STEP_S):
            self._framework.run(0)
            if self.gone() or time.monotonic() > until:
                break
        if self.gone() or not read.done.is_set() or read.code in _GONE_CODES:
            self._delegate.removed = True
            raise DeviceGoneError(f"{printable(self.description.name)} was unplugged, or does not answer.")
        return read

    def _wait_for_unlock(self, until: float) -> None:
        """Wait a moment for somebody to unlock the device. Raises DeviceGoneError after `until`.

        The message that it was locked or unlocked may come before or after the answer that says so.
        """
        self._report_lock()
        if time.monotonic() > until:
            # The other files cannot be read, either.
            self._delegate.removed = True
            raise DeviceGoneError(f"{printable(self.description.name)} stays locked.")
        pause = time.monotonic() + self._patience.retry
        while time.monotonic() < pause and not self.gone():
            self._framework.run(_STEP_S)

    def _report_lock(self) -> None:
        self._waiting(f"{printable(self.description.name)} is locked. {UNLOCK}")

    def _open_session(self) -> None:
        """Request a session, again and again while the device is locked. Raises EngineError, TransientError."""
        delegate, until = self._delegate, time.monotonic() + self._patience.locked
        while True:
            # A device may forget to report that it is locked, and refuses the session.
            if delegate.restricted:
                self._report_lock()
                self._run_until(lambda: not delegate.restricted, self._patience.retry)
            if not delegate.restricted:
                delegate.open_error = 0
                # The list must be that of the originals, so this comes before the session.
                if self._device.respondsToSelector_("setMediaPresentation:"):
                    self._device.setMediaPresentation_(ORIGINAL_ASSETS)
                self._device.requestOpenSession()
                answered = self._run_until(lambda: delegate.opened or delegate.open_error != 0, self._patience.answer)
                if delegate.opened:
                    return
                if delegate.open_error not in {*LOCKED_CODES, _BUSY}:
                    raise self._not_opened(f"error {delegate.open_error}" if answered else "it does not answer")
                if delegate.open_error in LOCKED_CODES:
                    self._report_lock()
                self._run_until(lambda: False, self._patience.retry)
            if time.monotonic() > until:
                name = printable(self.description.name)
                raise EngineError(f"{name} stays locked or busy.", f"{UNLOCK} Then import again.")

    def _not_opened(self, reason: str) -> EngineError:
        return EngineError(
            f"{printable(self.description.name)} cannot be opened: {reason}.",
            "Quit Photos and Image Capture, unplug the device, plug it in again and unlock it.",
        )

    def _wait_for_list(self) -> None:
        """Wait until the list is complete; it comes in pieces. Raises EngineError, TransientError."""
        delegate, seen, since = self._delegate, -1, time.monotonic()
        while not delegate.complete:
            sign = delegate.pieces + int(self._device.contentCatalogPercentCompleted())
            if sign != seen:
                seen, since = sign, time.monotonic()
                self._waiting(f"The device lists its files: {delegate.pieces:,} so far.")
            if delegate.restricted:
                self._report_lock()
            patience = self._patience.locked if delegate.restricted else self._patience.silence
            if time.monotonic() - since > patience:
                raise EngineError(
                    f"{printable(self.description.name)} sends no list of its files.",
                    "Unplug it, plug it in again and unlock it.",
                )
            self._run_until(lambda: delegate.complete, _STEP_S)

    def _run_until(self, is_done: Callable[[], bool], seconds: float) -> bool:
        """Run the run loop until something is done. Return whether it is. Raises TransientError if it is unplugged."""
        until = time.monotonic() + seconds
        while not is_done():
            if self.gone():
                raise unplugged(self.description.name)
            if time.monotonic() > until:
                return False
            self._framework.run(_STEP_S)
        return True

    def _walk(self, folder: str, items: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        """Yield the files below a folder with their paths, in the order of names, with the sidecars of each file."""
        for item in sorted(items, key=file_name):
            path = f"{folder}{file_name(item)}"
            if self._framework.is_folder(item):
                yield from self._walk(f"{path}/", item.contents() or ())
                continue
            yield path, item
            for sidecar in item.sidecarFiles() or ():
                yield f"{folder}{file_name(sidecar)}", sidecar


def describe(device: Any, *, locked: bool) -> DeviceDescription:
    """A device by its serial number, or by the id that the system gives it."""
    name = str(device.name() or "the device")
    return DeviceDescription(str(device.serialNumberString() or device.UUIDString() or name), name, locked)


def unplugged(name: str) -> TransientError:
    """The error for a device that is not there any more."""
    return TransientError(
        f"{printable(name)} was unplugged.", "Plug it in, unlock it, then import again: proven files are kept."
    )


def _unique(paths: Iterable[str]) -> Iterator[str]:
    """Number the later ones of equal paths: two storages of a device may have the same folders."""
    used: set[str] = set()
    for path in paths:
        stem, dot, suffix = path.rpartition(".")
        unique, number = path, 2
        while unique in used:
            unique = f"{stem} ({number}){dot}{suffix}" if stem else f"{path} ({number})"
            number += 1
        used.add(unique)
        yield unique


def _modified_ns(item: Any) -> int:
    """The time of a file in whole milliseconds, which do not differ from session to session."""
    date = item.modificationDate() or item.creationDate()
    return round(date.timeIntervalSince1970() * 1000) * 1_000_000 if date is not None else 0
