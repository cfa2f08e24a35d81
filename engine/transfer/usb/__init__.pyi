"""Phones and cameras on USB: lists and reads their files, and imports them as an offload does a card's."""

from .choice import FileChoice, parse_day
from .device import DeviceDescription, DeviceFile, UsbDevice, UsbDevices
from .device_process import DeviceProcess, device_process
from .device_source import DeviceSource

__all__ = [
    "DeviceDescription",
    "DeviceFile",
    "DeviceProcess",
    "DeviceSource",
    "FileChoice",
    "UsbDevice",
    "UsbDevices",
    "device_process",
    "parse_day",
]
