"""What a machine of the farm reports of itself, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_USED_S = 60.0


def machine_heat(facts: Mapping[str, Any]) -> str:
    """The temperature of a machine, or macOS's word for it unless it is the usual one; "" where it is unknown."""
    celsius, pressure = facts.get("temperature"), str(facts.get("pressure") or "")
    if celsius is not None:
        return f"{float(celsius):.0f} °C"
    return "" if pressure == "nominal" else pressure


def machine_use(facts: Mapping[str, Any]) -> str:
    """How long nobody has used a machine; "" where it is unknown."""
    idle = facts.get("idle")
    if idle is None:
        return ""
    if float(idle) < _USED_S:
        return "in use"
    minutes = int(float(idle) // 60)
    return f"idle for {minutes // 60} h" if minutes >= 120 else f"idle for {minutes} min"
