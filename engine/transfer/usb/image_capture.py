"""ImageCaptureCore through PyObjC, on macOS.

The process must not have been forked, and the calls come from its main thread.
"""

from __future__ import annotations

import time
from typing import Any

import ImageCaptureCore
import objc
from Foundation import NSDate, NSDefaultRunLoopMode, NSObject, NSRunLoop

from engine.transfer.usb.camera import CameraDelegate, ImageCapture
from engine.transfer.usb.cameras import DeviceBrowserDelegate


def open_image_capture() -> ImageCapture:
    """The framework of this Mac."""
    return _Framework()


class _Framework:
    """The browser, and the Objective-C delegates, which the framework does not keep alive."""

    def __init__(self) -> None:
        self._browser = ImageCaptureCore.ICDeviceBrowser.alloc().init()
        self._delegates: list[Any] = []

    def start_browser(self, delegate: DeviceBrowserDelegate) -> None:
        self._browser.setDelegate_(self._kept(_BrowserMessages, delegate))
        self._browser.setBrowsedDeviceTypeMask_(
            ImageCaptureCore.ICDeviceTypeMaskCamera | ImageCaptureCore.ICDeviceLocationTypeMaskLocal
        )
        self._browser.start()

    def stop_browser(self) -> None:
        self._browser.stop()

    def set_delegate(self, device: Any, delegate: CameraDelegate) -> None:
        device.setDelegate_(self._kept(_CameraMessages, delegate))

    def is_folder(self, item: Any) -> bool:
        return isinstance(item, ImageCaptureCore.ICCameraFolder)

    def run(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        ran = NSRunLoop.currentRunLoop().runMode_beforeDate_(
            NSDefaultRunLoopMode, NSDate.dateWithTimeIntervalSinceNow_(seconds)
        )
        # A run loop without a source returns at once.
        if not ran and (left := until - time.monotonic()) > 0:
            time.sleep(left)

    def _kept(self, kind: Any, receiver: Any) -> Any:
        made = kind.alloc().init()
        made.receiver = receiver
        self._delegates.append(made)
        return made


class _BrowserMessages(NSObject):  # type: ignore[misc]
    """Passes the messages of a browser on to its `receiver`."""

    receiver = objc.ivar()

    def deviceBrowser_didAddDevice_moreComing_(self, browser: Any, device: Any, more: bool) -> None:
        self.receiver.deviceBrowser_didAddDevice_moreComing_(browser, device, more)

    def deviceBrowser_didRemoveDevice_moreGoing_(self, browser: Any, device: Any, more: bool) -> None:
        self.receiver.deviceBrowser_didRemoveDevice_moreGoing_(browser, device, more)

    def deviceBrowserDidEnumerateLocalDevices_(self, browser: Any) -> None:
        self.receiver.deviceBrowserDidEnumerateLocalDevices_(browser)


class _CameraMessages(NSObject):  # type: ignore[misc]
    """Passes the messages of a device on to its `receiver`. ICCameraDeviceDelegate requires the empty methods, too."""

    receiver = objc.ivar()

    def device_didOpenSessionWithError_(self, device: Any, error: Any) -> None:
        self.receiver.device_didOpenSessionWithError_(device, error)

    def device_didCloseSessionWithError_(self, device: Any, error: Any) -> None:
        self.receiver.device_didCloseSessionWithError_(device, error)

    def didRemoveDevice_(self, device: Any) -> None:
        self.receiver.didRemoveDevice_(device)

    def cameraDeviceDidEnableAccessRestriction_(self, device: Any) -> None:
        self.receiver.cameraDeviceDidEnableAccessRestriction_(device)

    def cameraDeviceDidRemoveAccessRestriction_(self, device: Any) -> None:
        self.receiver.cameraDeviceDidRemoveAccessRestriction_(device)

    def cameraDevice_didAddItems_(self, device: Any, items: Any) -> None:
        self.receiver.cameraDevice_didAddItems_(device, items)

    def deviceDidBecomeReadyWithCompleteContentCatalog_(self, device: Any) -> None:
        self.receiver.deviceDidBecomeReadyWithCompleteContentCatalog_(device)

    def cameraDevice_didRemoveItems_(self, device: Any, items: Any) -> None:
        pass

    def cameraDevice_didRenameItems_(self, device: Any, items: Any) -> None:
        pass

    def cameraDeviceDidChangeCapability_(self, device: Any) -> None:
        pass

    def cameraDevice_didReceivePTPEvent_(self, device: Any, event: Any) -> None:
        pass

    def cameraDevice_didReceiveThumbnail_forItem_error_(
        self, device: Any, thumbnail: Any, item: Any, error: Any
    ) -> None:
        pass

    def cameraDevice_didReceiveMetadata_forItem_error_(self, device: Any, metadata: Any, item: Any, error: Any) -> None:
        pass
