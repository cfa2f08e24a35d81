"""The checks of a delivery in words: what was measured and wanted, and what to do after one that failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import RequestError

_UNITS = {"loudness": " LUFS", "true peak": " dBTP"}
_JOINTS = {"size": "×", "colour tags": "-"}

_AGAIN = "Deliver it again. If it fails again, cwtui doctor tests the encoders of this machine."


def format_value(name: str, value: Any) -> str:
    """The measured or wanted value of the check with a name, in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}{_UNITS.get(name, '')}".replace("-", "−")
    if isinstance(value, (list, tuple)):
        return _JOINTS.get(name, " ").join(str(part) for part in value)
    if value is None:
        return "nothing"
    return str(value)


def describe_difference(check: Mapping[str, Any]) -> str:
    """What a check of a receipt measured, and what it wanted."""
    name, measured, wanted = check["name"], check["measured"], check["wanted"]
    return f"measured {format_value(name, measured)}, wanted {format_value(name, wanted)}"


def advice(check: Mapping[str, Any]) -> str:
    """What to do after a check of a receipt failed: the remedy of its rule."""
    from engine.deliver import find_rule

    try:
        return find_rule(check.get("id") or "").remedy
    except RequestError:
        # A receipt of an earlier version names no rule, and that of a later one an unknown rule.
        return _AGAIN


def is_accepted(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt failed and the director had accepted that beforehand."""
    return not check["passed"] and bool(check.get("accepted"))


def is_warning(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt did not pass, but the file can be used."""
    return not check["passed"] and bool(check.get("warning"))


def is_failed(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt failed, was not accepted beforehand, and the file cannot be used."""
    return not (check["passed"] or is_accepted(check) or is_warning(check))
