"""Detects whether a file is the camera's original or a converted copy.

Phone pickers and chat apps convert videos without notice. The user should know before the original is deleted
from the phone.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.catalog import Capture, Picture

_SOFTWARE_MARKS = (
    "lavf",
    "lavc",
    "handbrake",
    "x264",
    "x265",
    "adobe",
    "final cut",
    "davinci",
    "compressor",
    "whatsapp",
)


def originality(
    metadata: Mapping[str, str], handlers: tuple[str, ...], capture: Capture, picture: Picture | None
) -> tuple[str, list[str]]:
    """Return (the reason why the file counts as an edited or exported copy; empty for an original, notes).

    An original names the camera's make and model, or has Apple's track names, and no converter's mark. Files without
    picture always count as originals.
    """
    if picture is None:
        return "", []
    marks = [value for key in ("encoder", "com.apple.quicktime.software", "comment") if (value := metadata.get(key))]
    for mark in marks:
        if any(word in mark.lower() for word in _SOFTWARE_MARKS):
            return _copy(f"written by {mark}")
    by_camera = bool(capture.make and capture.model) or any(name.startswith("Core Media") for name in handlers)
    if not by_camera:
        return _copy("no camera in its metadata")
    phone_since_hevc = capture.model is not None and capture.model.startswith("iPhone") and picture.codec == "h264"
    if phone_since_hevc and (capture.software or "").split(".")[0].isdigit() and _ios(capture.software) >= 15:
        return "", ["H.264 from a phone that records HEVC: check that the phone does not convert videos on transfer"]
    return "", []


def _copy(reason: str) -> tuple[str, list[str]]:
    return reason, [f"edited or exported copy: {reason}; copy the camera's file if you still have it"]


def _ios(software: str | None) -> int:
    return int((software or "0").split(".")[0])
