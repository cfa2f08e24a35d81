"""The process that reads a device: what it does and how it ends are errors that say what to do."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import Cancelled, RequestError, TransientError
from engine.transfer.usb import DeviceProcess, DeviceSource, FileChoice, device_process
from engine.transfer.usb.device import DeviceGoneError

from .image_capture import Device
from .phones import SHORT, OpenPhone, crash_at_read, leave, unplug_at_second_clip


def devices(
    take: Path, prepare: Callable[[Device], None], cancelled: Callable[[], bool] = lambda: False
) -> DeviceProcess:
    return DeviceProcess(OpenPhone(take, prepare), lambda text: None, cancelled, SHORT)


def test_a_file_is_read_through_the_process(small_take: Path) -> None:
    with devices(small_take, leave) as found:
        (one,) = found.find()
        with pytest.raises(TransientError, match="not connected"):
            found.open("another")
        device = found.open(one.id)
        files = {Path(file.path).name: file for file in device.list_files()}
        assert device.read(files["IMG_0001.MOV"], 3, 1000) == small_take.read_bytes()[3:1003]


@pytest.mark.parametrize("prepare", [unplug_at_second_clip, crash_at_read])
def test_an_unplugged_phone_and_a_crash_end_the_device(small_take: Path, prepare: Callable[[Device], None]) -> None:
    with devices(small_take, prepare) as found:
        device = found.open("F2L")
        files = {Path(file.path).name: file for file in device.list_files()}
        with pytest.raises(DeviceGoneError):
            device.read(files["IMG_0002.MOV"], 0, 1000)
        assert device.gone()
        if prepare is crash_at_read:
            with pytest.raises(TransientError, match="was unplugged"):
                DeviceSource(device, FileChoice()).list_files(None)


def test_a_cancelled_request_ends_the_process(small_take: Path) -> None:
    cancel = threading.Event()
    with devices(small_take, leave, cancel.is_set) as found:
        found.find()
        cancel.set()
        with pytest.raises(Cancelled):
            found.find()


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has the framework")
def test_other_systems_name_the_other_ways() -> None:
    with pytest.raises(RequestError, match="USB import needs macOS") as caught:
        device_process(lambda text: None)
    assert "cwtui phone" in caught.value.hint
    assert "cwtui offload" in caught.value.hint
