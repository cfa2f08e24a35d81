"""Whether the owner of a machine lets it work now: it is not in use, on power, within its hours, not paused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from datetime import datetime, time

from engine.farm.caps import Caps

_NANOSECONDS = 1_000_000_000


def reason_to_pause(caps: Caps, paused: bool, now: datetime, idle_s: float | None, on_power: bool) -> str:
    """Return why the machine must not work now; "" if it may. `idle_s` is None where it cannot be measured."""
    if paused:
        return "paused by its owner"
    if caps.hours and not _is_within(caps.hours, now.time()):
        return f"outside {caps.hours[0]:%H:%M}–{caps.hours[1]:%H:%M}"
    if caps.only_on_power and not on_power:
        return "on battery"
    if caps.idle_minutes is not None and idle_s is not None and idle_s < caps.idle_minutes * 60:
        return "in use"
    return ""


def _is_within(hours: tuple[time, time], now: time) -> bool:
    start, end = hours
    return start <= now < end if start <= end else now >= start or now < end


def seconds_idle() -> float | None:
    """Return the seconds since somebody used this machine's keyboard, pointer or terminals; None if unknown."""
    if sys.platform == "darwin":
        return _hid_idle()
    import psutil

    touched = []
    for user in psutil.users():
        with suppress(OSError):
            touched.append(os.stat(f"/dev/{user.terminal}").st_atime)
    return max(0.0, datetime.now().timestamp() - max(touched)) if touched else None


def _hid_idle() -> float | None:
    try:
        listed = subprocess.run(
            ["/usr/sbin/ioreg", "-c", "IOHIDSystem", "-d", "4"], capture_output=True, text=True, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'"HIDIdleTime" = (\d+)', listed.stdout)
    return int(found[1]) / _NANOSECONDS if found else None


def is_on_power() -> bool:
    """Return whether the machine has no battery or is plugged in."""
    import psutil

    read = getattr(psutil, "sensors_battery", None)
    battery = read() if read else None
    return battery is None or battery.power_plugged is not False
