"""The cameras and phones that ImageCaptureCore finds on USB."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import TransientError
from engine.transfer.usb.camera import DEFAULT_PATIENCE, Camera, ImageCapture, Patience, describe
from engine.transfer.usb.device import DeviceDescription, UsbDevice, Waiting

_STEP_S = 0.1


class DeviceBrowserDelegate:
    """The devices that the browser has reported. `enumerated`: those of the start are complete."""

    def __init__(self) -> None:
        self.devices: list[Any] = []
        self.removed: list[Any] = []
        self.enumerated = False

    def deviceBrowser_didAddDevice_moreComing_(self, browser: Any, device: Any, more: bool) -> None:
        """A device was plugged in."""
        self.devices.append(device)
        self.enumerated = self.enumerated or not more

    def deviceBrowser_didRemoveDevice_moreGoing_(self, browser: Any, device: Any, more: bool) -> None:
        """A device was unplugged."""
        self.devices = [one for one in self.devices if one != device]
        self.removed.append(device)

    def deviceBrowserDidEnumerateLocalDevices_(self, browser: Any) -> None:
        """All devices that were there at the start have been reported."""
        self.enumerated = True


class Cameras:
    """The devices of a browser, as `UsbDevices`."""

    def __init__(self, framework: ImageCapture, waiting: Waiting, patience: Patience = DEFAULT_PATIENCE) -> None:
        self._framework, self._waiting, self._patience = framework, waiting, patience
        self._delegate = DeviceBrowserDelegate()
        self._open: Camera | None = None
        framework.start_browser(self._delegate)

    def find(self) -> Sequence[DeviceDescription]:
        """Return the devices that were plugged in at the start, and since."""
        self._run_until(lambda: self._delegate.enumerated, self._patience.device)
        # A phone is reported a little after the cameras.
        self._run_until(lambda: False, self._patience.settle)
        return [describe(one, locked=bool(one.isAccessRestrictedAppleDevice())) for one in self._delegate.devices]

    def open(self, device_id: str) -> UsbDevice:
        """Open a device, which may be plugged in within some seconds."""

        def matching() -> Any | None:
            found = (one for one in self._delegate.devices if describe(one, locked=False).id == device_id)
            return next(found, None)

        self._run_until(lambda: matching() is not None, self._patience.device)
        device = matching()
        if device is None:
            raise TransientError(
                "The device is not connected.", "Plug it in and unlock it. cwtui usb list shows the devices."
            )
        self.close()
        removed = self._delegate.removed
        self._open = Camera(self._framework, device, lambda: device in removed, self._waiting, self._patience)
        return self._open

    def close(self) -> None:
        """Close the open device."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def run(self, seconds: float) -> None:
        """Let messages arrive between requests."""
        self._framework.run(seconds)

    def stop(self) -> None:
        """Close the open device, and stop to browse."""
        self.close()
        self._framework.stop_browser()

    def _run_until(self, is_done: Callable[[], bool], seconds: float) -> None:
        until = time.monotonic() + seconds
        while not is_done() and time.monotonic() < until:
            self._framework.run(_STEP_S)
