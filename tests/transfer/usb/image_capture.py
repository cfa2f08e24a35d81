"""A stand-in for ImageCaptureCore that follows its published behaviour: messages arrive one by one in a run loop.

A session must be open before a device lists files; the list comes in pieces, and `contents` has only those that have
arrived; a locked device refuses a session; reads are answered on another thread; an unplugged device answers nothing.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ORIGINALS = 2
PASSCODE_LOCKED, SESSION_NOT_OPEN, COULD_NOT_BE_READ = -9943, -9958, -21448


@dataclass
class NSError:
    number: int

    def code(self) -> int:
        return self.number


@dataclass
class NSDate:
    seconds: float

    def timeIntervalSince1970(self) -> float:
        return self.seconds


@dataclass(eq=False)
class ICCameraFolder:
    own_name: str
    items: list[Any] = field(default_factory=list)

    def name(self) -> str:
        return self.own_name

    def contents(self) -> list[Any]:
        return self.items


@dataclass(eq=False)
class ICCameraFile:
    """A file; `converted` are the bytes that the device sends unless originals are requested."""

    device: Device
    own_name: str
    data: bytes
    modified: float = 1_790_000_000.25
    converted: bytes = b"converted"
    sidecars: list[ICCameraFile] = field(default_factory=list)
    error: int = 0

    def name(self) -> str:
        return self.own_name

    def fileSize(self) -> int:
        return len(self.sent)

    def modificationDate(self) -> NSDate:
        return NSDate(self.modified)

    def creationDate(self) -> None:
        return None

    def sidecarFiles(self) -> list[ICCameraFile]:
        return self.sidecars

    @property
    def sent(self) -> bytes:
        return self.data if self.device.presentation == ORIGINALS else self.converted

    def requestReadDataAtOffset_length_completion_(
        self, offset: int, length: int, completion: Callable[[bytes | None, NSError | None], None]
    ) -> None:
        device = self.device
        device.reads.append((self.own_name, offset))
        if device.unplug_at == (self.own_name, offset):
            device.unplug()
        if device.unplugged:
            return
        if device.lock_at == (self.own_name, offset):
            device.lock()
        code = PASSCODE_LOCKED if device.locked else 0 if device.is_open else SESSION_NOT_OPEN
        code = code or self.error or (-21446 if length > device.most_bytes else 0)
        answer = (None, NSError(code)) if code else (self.sent[offset : offset + length], None)
        threading.Thread(target=completion, args=answer).start()


class Device:
    """A phone. `unlock_after` is the number of refused sessions after which somebody unlocks it."""

    def __init__(self, framework: ImageCapture, name: str = "Ada’s iPhone", serial: str = "F2L") -> None:
        self.framework, self.own_name, self.serial = framework, name, serial
        self.locked, self.unlock_after, self.silent_lock = False, 0, False
        self.in_cloud = False
        self.delegate: Any = None
        self.presentation = 1
        self.is_open = self.unplugged = False
        self.root = ICCameraFolder("Internal Storage")
        self.shown: list[Any] = []
        self.piece, self.most_bytes = 2, 8 << 20
        self.reads: list[tuple[str, int]] = []
        self.unplug_at: tuple[str, int] | None = None
        self.lock_at: tuple[str, int] | None = None
        self.stays_locked = False

    def add(self, path: str, data: bytes, **values: Any) -> ICCameraFile:
        """Store a file at a path."""
        *folders, name = path.split("|") if "|" in path else path.split("/")
        folder = self.root
        for one in folders:
            found = next((item for item in folder.items if item.name() == one), None)
            if found is None:
                found = ICCameraFolder(one)
                folder.items.append(found)
            folder = found
        file = ICCameraFile(self, name, data, **values)
        folder.items.append(file)
        return file

    def unplug(self) -> None:
        self.unplugged, self.is_open = True, False
        self.framework.unplug(self)

    def lock(self) -> None:
        """Lock the device, once; somebody unlocks it unless it stays locked."""
        self.locked, self.lock_at = True, None
        self.framework.post(lambda: self.delegate.cameraDeviceDidEnableAccessRestriction_(self))
        if not self.stays_locked:
            self.framework.post(self.unlock)

    def unlock(self) -> None:
        self.locked = False
        self.delegate.cameraDeviceDidRemoveAccessRestriction_(self)

    def name(self) -> str:
        return self.own_name

    def serialNumberString(self) -> str:
        return self.serial

    def UUIDString(self) -> str:
        return "00000000-0000"

    def isAccessRestrictedAppleDevice(self) -> bool:
        return self.locked and not self.silent_lock

    def iCloudPhotosEnabled(self) -> bool:
        return self.in_cloud

    def respondsToSelector_(self, selector: str) -> bool:
        return selector == "setMediaPresentation:"

    def setMediaPresentation_(self, presentation: int) -> None:
        assert not self.is_open, "the presentation is chosen before the session"
        self.presentation = presentation

    def contentCatalogPercentCompleted(self) -> int:
        return 50

    def requestOpenSession(self) -> None:
        post = self.framework.post
        if self.locked:
            self.unlock_after -= 1
            post(lambda: self.delegate.device_didOpenSessionWithError_(self, NSError(PASSCODE_LOCKED)))
            if self.unlock_after == 0:
                self.locked = False
                post(lambda: self.delegate.cameraDeviceDidRemoveAccessRestriction_(self))
            return
        self.is_open, self.shown = True, []
        post(lambda: self.delegate.device_didOpenSessionWithError_(self, None))
        files = self.files(self.root)
        for start in range(0, len(files), self.piece):
            post(lambda piece=files[start : start + self.piece]: self._show(piece))
        post(lambda: self.delegate.deviceDidBecomeReadyWithCompleteContentCatalog_(self))

    def requestCloseSession(self) -> None:
        self.is_open = False
        self.framework.post(lambda: self.delegate.device_didCloseSessionWithError_(self, None))

    def contents(self) -> list[Any]:
        return [self._copy(self.root)]

    def files(self, folder: ICCameraFolder) -> list[ICCameraFile]:
        inner = (self.files(item) if isinstance(item, ICCameraFolder) else [item] for item in folder.items)
        return [file for files in inner for file in files]

    def _copy(self, folder: ICCameraFolder) -> ICCameraFolder:
        """The folder with what has been listed so far."""
        items = [
            self._copy(item) if isinstance(item, ICCameraFolder) else item
            for item in folder.items
            if isinstance(item, ICCameraFolder) or item in self.shown
        ]
        return ICCameraFolder(folder.own_name, items)

    def _show(self, piece: list[ICCameraFile]) -> None:
        self.shown += piece
        self.delegate.cameraDevice_didAddItems_(self, piece)


class ImageCapture:
    """The framework with its run loop."""

    def __init__(self) -> None:
        self._messages: deque[Callable[[], None]] = deque()
        self._browser: Any = None
        self.devices: list[Device] = []

    def plug_in(self, device: Device) -> None:
        """Plug a device in; it is listed from the start if the browser has not started."""
        device.unplugged = False
        self.devices.append(device)
        if self._browser:
            self.post(lambda: self._browser.deviceBrowser_didAddDevice_moreComing_(self, device, False))

    def unplug(self, device: Device) -> None:
        self.devices.remove(device)
        self.post(lambda: self._browser.deviceBrowser_didRemoveDevice_moreGoing_(self, device, False))
        self.post(lambda: device.delegate.didRemoveDevice_(device))

    def post(self, message: Callable[[], None]) -> None:
        self._messages.append(message)

    def start_browser(self, delegate: Any) -> None:
        self._browser = delegate
        for number, device in enumerate(self.devices):
            more = number < len(self.devices) - 1
            self.post(lambda device=device, more=more: delegate.deviceBrowser_didAddDevice_moreComing_(
                self, device, more
            ))  # fmt: skip
        self.post(lambda: delegate.deviceBrowserDidEnumerateLocalDevices_(self))

    def stop_browser(self) -> None:
        self._browser = None

    def set_delegate(self, device: Any, delegate: Any) -> None:
        device.delegate = delegate

    def is_folder(self, item: Any) -> bool:
        return isinstance(item, ICCameraFolder)

    def run(self, seconds: float) -> None:
        if self._messages:
            self._messages.popleft()()
