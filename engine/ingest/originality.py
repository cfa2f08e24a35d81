"""Is this the camera's own file, or what some software made of it?

Phone pickers and chat apps quietly convert what they pass on; a creator should know before the
original is gone from the phone.
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
) -> tuple[bool, list[str]]:
    """(is it an original, notes that say why not).

    A camera's file names its maker or carries the maker's track names, and no converter's mark.
    Sound alone and frame sequences are taken as they are.
    """
    if picture is None:
        return True, []
    marks = [value for key in ("encoder", "com.apple.quicktime.software", "comment") if (value := metadata.get(key))]
    for mark in marks:
        if any(word in mark.lower() for word in _SOFTWARE_MARKS):
            return False, [f"not an original: written by {mark}; copy the camera's own file if you still have it"]
    by_camera = bool(capture.make and capture.model) or any(name.startswith("Core Media") for name in handlers)
    if not by_camera:
        return False, ["not an original: no camera named in it; copy the camera's own file if you still have it"]
    phone_since_hevc = capture.model is not None and capture.model.startswith("iPhone") and picture.codec == "h264"
    if phone_since_hevc and (capture.software or "").split(".")[0].isdigit() and _ios(capture.software) >= 15:
        return True, ["H.264 from a phone that records HEVC: check that the phone was not set to convert on transfer"]
    return True, []


def _ios(software: str | None) -> int:
    return int((software or "0").split(".")[0])
