"""How warm a machine is, as far as its system says without root."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Pressure = Literal["nominal", "moderate", "heavy", "trapping", "sleeping"]
"""Levels of OSThermalNotification.h on macOS. From "heavy" on, the processor is slowed down."""

_CLASSES = Path("/sys/class")
# The sensors of processors, by the names of Linux's drivers. A laptop has others too, such as that of its battery.
_PROCESSORS = re.compile(r"coretemp|k10temp|zenpower|x86_pkg_temp|cpu|soc|acpitz", re.IGNORECASE)
_PLAUSIBLE = (1.0, 150.0)
_PRESSURES: tuple[Pressure, ...] = get_args(Pressure)
_HEAVY = _PRESSURES.index("heavy")
_PRESSURE_NAME = "com.apple.system.thermalpressurelevel"
# A machine that was too hot works again when it is so much cooler.
_COOLER = 5.0


@dataclass(frozen=True, slots=True)
class Heat:
    """The temperature of the hottest processor sensor in °C, and macOS's thermal pressure. None or "": unknown."""

    celsius: float | None = None
    pressure: Pressure | Literal[""] = ""


def read_heat() -> Heat:
    """Return how warm this machine is. Takes about 10 ms on macOS, which starts a process."""
    if sys.platform == "darwin":
        return Heat(pressure=_thermal_pressure())
    return Heat(celsius=sensor_celsius(_CLASSES))


def reason_too_hot(heat: Heat, limit: int | None, before: str) -> str:
    """Return why a machine takes no more work; "" if it is cool enough or has no limit.

    `before` is the last reason: a machine that was too hot has to cool down by 5 °C. macOS does not say the temperature
    without root: there, any limit means none under heavy pressure.
    """
    if limit is None:
        return ""
    if heat.celsius is not None and heat.celsius > limit - (_COOLER if before else 0.0):
        return f"hot: {heat.celsius:.0f} °C"
    if heat.pressure in _PRESSURES[_HEAVY:]:
        return f"hot: {heat.pressure} thermal pressure"
    return ""


def sensor_celsius(classes: Path) -> float | None:
    """Return the highest temperature of the processor's sensors below Linux's /sys/class; None without one."""
    found = [
        *_readings(classes.glob("hwmon/hwmon*"), "name", "temp*_input"),
        *_readings(classes.glob("thermal/thermal_zone*"), "type", "temp"),
    ]
    return max(found, default=None)


def _readings(folders: Iterable[Path], name: str, values: str) -> Iterator[float]:
    for folder in folders:
        # A driver may refuse to read a sensor of a part that sleeps.
        with suppress(OSError, ValueError):
            if _PROCESSORS.search((folder / name).read_text()):
                for path in folder.glob(values):
                    with suppress(OSError, ValueError):
                        celsius = int(path.read_text()) / 1000
                        if _PLAUSIBLE[0] <= celsius <= _PLAUSIBLE[1]:
                            yield celsius


def _thermal_pressure() -> Pressure | Literal[""]:
    try:
        listed = subprocess.run(
            ["/usr/bin/notifyutil", "-g", _PRESSURE_NAME], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return parse_pressure(listed.stdout)


def parse_pressure(text: str) -> Pressure | Literal[""]:
    """Return the name of the level that notifyutil prints after the notification's name; "" if there is none."""
    found = re.search(rf"{re.escape(_PRESSURE_NAME)} (\d+)", text)
    level = int(found[1]) if found else len(_PRESSURES)
    return _PRESSURES[level] if level < len(_PRESSURES) else ""
