"""Times of an OpenTimelineIO file as JSON objects."""

from __future__ import annotations

from typing import Any


def time_range(start: int, length: int, rate: float) -> dict[str, Any]:
    """A range of frames or samples."""
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "duration": rational_time(length, rate),
        "start_time": rational_time(start, rate),
    }


def rational_time(value: int, rate: float) -> dict[str, Any]:
    """A number of frames or samples."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}
