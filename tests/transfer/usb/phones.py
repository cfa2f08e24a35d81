"""Phones for the stand-in of ImageCaptureCore, in this process or in one of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.transfer.usb.camera import Patience

from .image_capture import Device, ImageCapture

SHORT = Patience(answer=5, silence=0.2, locked=0.2, device=0.2, settle=0, retry=0.01)
FOLDER = "DCIM/100APPLE"


def phone_with(take: Path, framework: ImageCapture) -> Device:
    """A connected phone: a clip with its edit, a Live Photo, a photo, a voice memo."""
    device = Device(framework)
    clip = device.add(f"{FOLDER}/IMG_0001.MOV", take.read_bytes())
    # The list of a phone has sidecars only with their files.
    clip.sidecars.append(type(clip)(device, "IMG_0001.AAE", b"<plist/>"))
    device.add(f"{FOLDER}/IMG_0002.MOV", take.read_bytes()[::-1])
    device.add(f"{FOLDER}/IMG_0002.HEIC", b"still" * 100)
    device.add(f"{FOLDER}/IMG_0003.HEIC", b"photo" * 100)
    framework.plug_in(device)
    return device


class OpenPhone:
    """Opens the framework in a child process; `prepare` changes the phone. It can be pickled."""

    def __init__(self, take: Path, prepare: Callable[[Device], None]) -> None:
        self.take, self.prepare = take, prepare

    def __call__(self) -> ImageCapture:
        framework = ImageCapture()
        self.prepare(phone_with(self.take, framework))
        return framework


def leave(device: Device) -> None:
    """Change nothing."""


def unplug_at_second_clip(device: Device) -> None:
    """The phone is unplugged when the second clip is read."""
    device.unplug_at = ("IMG_0002.MOV", 0)


def crash_at_read(device: Device) -> None:
    """The framework ends the process when a file is read."""
    import os

    for file in device.files(device.root):
        file.requestReadDataAtOffset_length_completion_ = lambda *request: os._exit(3)  # type: ignore[method-assign]
