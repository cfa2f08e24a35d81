"""The checks of a delivery in words: what was measured and wanted, and what to do after one that failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_UNITS = {"loudness": " LUFS", "true peak": " dBTP"}
_JOINTS = {"size": "×", "colour tags": "-"}

_AGAIN = "Deliver it again. If it fails again, cwtui doctor tests the encoders of this machine."
_WORDS = "Correct the words in Review, then deliver again."
_ADVICE = {
    "loudness": "Raise limiter_db in [sound], or choose another lufs, then deliver again.",
    "true peak": "Lower true_peak_dbtp in [sound], then deliver again.",
    "limiter": "Raise limiter_db or limiter_share in [sound], or choose a lower lufs.",
    "sound kept": "Play the take in Review. If it has sound there, deliver again; else choose another sound track.",
    "picture kept": "Play the take in Review. If it has a picture there, deliver again.",
    "fidelity": "The encoder lost too much: raise bit_rate, or lower quality, in [picture].",
    "bit rate": "Choose another bit_rate in [picture], or a slower effort.",
    "key frames": "Choose another gop_seconds in [picture], or deliver again.",
    "captions": "Transcribe the take again, then deliver again.",
    "caption order": _WORDS,
    "caption timing": _WORDS,
    "privacy": "Do not publish this file: it says more than the recipe keeps. Deliver it again.",
    "platform": "Change what the platform does not accept, or ignore this if the file goes elsewhere.",
    "source complete": "Choose an undamaged part, or accept the damage.",
    "copied packets": 'Set copy_shots = "never" in [picture], then deliver again.',
    "copied frames at joins": 'Set copy_shots = "never" in [picture], then deliver again.',
}


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


def advice(name: str) -> str:
    """What to do when the check with a name fails."""
    return _ADVICE.get(name, _AGAIN)


def is_accepted(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt failed and the director had accepted that beforehand."""
    return not check["passed"] and bool(check.get("accepted"))


def is_warning(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt did not pass, but the file can be used."""
    return not check["passed"] and bool(check.get("warning"))


def is_failed(check: Mapping[str, Any]) -> bool:
    """Whether a check of a receipt failed, was not accepted beforehand, and the file cannot be used."""
    return not (check["passed"] or is_accepted(check) or is_warning(check))
