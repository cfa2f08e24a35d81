"""Devices in a process of their own: Apple's frameworks do not survive a fork, and may hang with a broken device."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from engine import errors
from engine.errors import Cancelled, EngineError, RequestError
from engine.transfer.usb.camera import DEFAULT_PATIENCE, ImageCapture, Patience
from engine.transfer.usb.cameras import Cameras
from engine.transfer.usb.device import (
    DeviceDescription,
    DeviceFile,
    DeviceGoneError,
    DeviceReadError,
    UsbDevice,
    Waiting,
)

# Between two looks for a request, in which messages of the framework arrive; between two looks for a cancellation.
_IDLE_S, _LOOK_S = 0.05, 0.2
# The process answers, or says what it waits for, within this time.
_SILENCE_S = 120.0
_END_S = 2.0

OpenFramework = Callable[[], ImageCapture]


def device_process(waiting: Waiting, cancelled: Callable[[], bool] = lambda: False) -> DeviceProcess:
    """The devices of this Mac. Raises RequestError on other systems."""
    if sys.platform != "darwin":
        raise RequestError(
            "USB import needs macOS.", "Use cwtui phone for a phone on the network, or cwtui offload for a card."
        )
    from engine.transfer.usb.image_capture import open_image_capture

    return DeviceProcess(open_image_capture, waiting, cancelled)


class DeviceProcess:
    """`UsbDevices` of a child process. `waiting` is called with what a device waits for."""

    def __init__(
        self,
        open_framework: OpenFramework,
        waiting: Waiting,
        cancelled: Callable[[], bool] = lambda: False,
        patience: Patience = DEFAULT_PATIENCE,
    ) -> None:
        self._waiting, self._cancelled = waiting, cancelled
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, open_framework, patience), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        """The devices themselves; leaving the context ends the process."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Ends the process."""
        self.stop()

    def find(self) -> Sequence[DeviceDescription]:
        """Return the connected devices."""
        return list(self.ask("find"))

    def open(self, device_id: str) -> UsbDevice:
        """Open a connected device."""
        return _RemoteDevice(self, self.ask("open", device_id))

    def close(self) -> None:
        """Close the open device."""
        self.ask("close")

    def stop(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._pipe.close()
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def ask(self, request: str, *arguments: Any) -> Any:
        """Send a request and return its result. Raises its error, DeviceGoneError if the process ends, Cancelled."""
        try:
            self._pipe.send((request, arguments))
            heard = time.monotonic()
            while True:
                if self._cancelled():
                    self._process.kill()
                    raise Cancelled("Cancelled.", "Import again to continue: proven files are kept.")
                if self._pipe.poll(_LOOK_S):
                    kind, *values = self._pipe.recv()
                    heard = time.monotonic()
                    if kind == "result":
                        return values[0]
                    if kind == "error":
                        raise _error(*values)
                    self._waiting(values[0])
                if time.monotonic() - heard > _SILENCE_S:
                    self._process.kill()
                    raise DeviceGoneError("The device does not answer.")
        except (EOFError, ConnectionError) as error:
            raise DeviceGoneError("The process that reads the device has ended.") from error


class _RemoteDevice:
    """A device that the process has open."""

    def __init__(self, process: DeviceProcess, description: DeviceDescription) -> None:
        self._process, self._description = process, description
        self._gone = False
        self.in_cloud = False

    @property
    def description(self) -> DeviceDescription:
        return self._description

    def list_files(self) -> Sequence[DeviceFile]:
        self._description, self.in_cloud, files = self._ask("list")
        return list(files)

    def read(self, file: DeviceFile, offset: int, length: int) -> bytes:
        return bytes(self._ask("read", file, offset, length))

    def gone(self) -> bool:
        return self._gone

    def _ask(self, request: str, *arguments: Any) -> Any:
        try:
            return self._process.ask(request, *arguments)
        except DeviceGoneError:
            self._gone = True
            raise


def serve(pipe: Connection, open_framework: OpenFramework, patience: Patience) -> None:
    """Answer requests in the main thread of a process until the pipe is closed."""
    cameras = Cameras(open_framework(), lambda text: pipe.send(("waiting", text)), patience)
    device: UsbDevice | None = None
    try:
        while True:
            while not pipe.poll(_IDLE_S):
                cameras.run(0)
            request, arguments = pipe.recv()
            try:
                if request == "open":
                    device = cameras.open(*arguments)
                    answer: Any = device.description
                else:
                    answer = _answer(cameras, device, request, arguments)
                pipe.send(("result", answer))
            except (EngineError, DeviceReadError, DeviceGoneError) as error:
                pipe.send(("error", type(error).__name__, str(error), getattr(error, "hint", "")))
    except (EOFError, ConnectionError):
        cameras.stop()


def _answer(cameras: Cameras, device: UsbDevice | None, request: str, arguments: Sequence[Any]) -> Any:
    if request == "find":
        return cameras.find()
    if request == "close" or device is None:
        return cameras.close()
    if request == "list":
        files = device.list_files()
        return device.description, device.in_cloud, files
    return device.read(*arguments)


def _error(name: str, message: str, hint: str) -> Exception:
    if name == DeviceReadError.__name__:
        return DeviceReadError(message)
    if name == DeviceGoneError.__name__:
        return DeviceGoneError(message)
    kind: type[EngineError] = getattr(errors, name, EngineError)
    return kind(message, hint)
