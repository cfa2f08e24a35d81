"""Capture metadata that a camera or recorder wrote: device, time, place, timecode."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.catalog import Capture
from engine.ingest.extents.report import ByteReader
from engine.ingest.extents.riff import riff_chunks
from engine.time import Timecode

# Earlier years mean that the clock was not set: QuickTime counts from 1904, other formats from 1970 or 1980.
_FIRST_YEAR = 1990
_MOST_IXML = 1 << 20
_SECONDS_A_DAY = 86_400


def capture_of(path: Path, container: Any, notes: list[str]) -> Capture:
    """Return the capture metadata of an open (PyAV) file. Impossible dates are omitted, with a note."""
    metadata = container.metadata
    timecodes = [stream.metadata.get("timecode") for stream in container.streams]
    timecode = metadata.get("timecode") or next((code for code in timecodes if code), None)
    reference = None
    if container.format.name in ("wav", "w64"):
        time = _broadcast_time(metadata, notes)
        reference = _time_reference(container, metadata)
        timecode = timecode or _broadcast_timecode(path, reference)
    else:
        made = metadata.get("com.apple.quicktime.creationdate") or metadata.get("creation_time")
        time = _plausible(made, notes) if made else None
    return Capture(
        make=metadata.get("com.apple.quicktime.make") or metadata.get("make"),
        model=metadata.get("com.apple.quicktime.model") or metadata.get("model"),
        software=metadata.get("com.apple.quicktime.software"),
        time=time,
        location=metadata.get("com.apple.quicktime.location.ISO6709") or metadata.get("location"),
        timecode=timecode,
        time_reference=reference,
    )


def _plausible(made: str, notes: list[str]) -> datetime | None:
    try:
        time = datetime.fromisoformat(made)
    except ValueError:
        notes.append(f"creation date “{made}” cannot be read")
        return None
    if time.year < _FIRST_YEAR:
        notes.append(f"creation date is {time:%Y-%m-%d}: the camera's clock was not set")
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _broadcast_time(metadata: Any, notes: list[str]) -> datetime | None:
    """Return the origination date and time of a Broadcast Wave file (EBU Tech 3285), in this machine's time zone.

    The format has no time zone: a recorder's clock shows local time. Any character may separate the numbers.
    """
    date, time = metadata.get("date", ""), metadata.get("creation_time", "")
    day = re.fullmatch(r"(\d{4})\D(\d\d)\D(\d\d)", date.strip())
    if day is None:
        return None
    clock = re.fullmatch(r"(\d\d)\D(\d\d)\D(\d\d)", time.strip())
    try:
        made = datetime(*(int(part) for part in (*day.groups(), *(clock.groups() if clock else ()))))  # type: ignore[arg-type]
    except ValueError:
        notes.append(f"origination date “{date} {time}” is not a valid date")
        return None
    if made.year < _FIRST_YEAR:
        notes.append(f"origination date is {made:%Y-%m-%d}: the recorder's clock was not set")
        return None
    return made.astimezone()


def _time_reference(container: Any, metadata: Any) -> Fraction | None:
    """Return the seconds from midnight to the first sample, from a Broadcast Wave file's sample count."""
    count, sound = metadata.get("time_reference", ""), container.streams.audio
    if not count.isdigit() or not sound or not sound[0].codec_context.sample_rate:
        return None
    seconds = Fraction(int(count), sound[0].codec_context.sample_rate)
    # Writers without a clock write zero.
    return seconds if 0 < seconds < _SECONDS_A_DAY else None


def _broadcast_timecode(path: Path, reference: Fraction | None) -> str | None:
    """Return the timecode of the first sample, or None if the file's iXML chunk does not give a timecode rate."""
    if reference is None:
        return None
    text = _ixml(path)
    rate = re.search(r"<TIMECODE_RATE>\s*(\d{2,6})/(\d{1,4})\s*</TIMECODE_RATE>", text)
    if rate is None or not int(rate[2]) or not 20 <= Fraction(int(rate[1]), int(rate[2])) <= 120:
        return None
    drop = re.search(r"<TIMECODE_FLAG>\s*DF\s*</TIMECODE_FLAG>", text) is not None
    frames = Fraction(int(rate[1]), int(rate[2]))
    return Timecode(frames, int(reference * frames), drop and round(frames) % 30 == 0).label(0)


def _ixml(path: Path) -> str:
    """Return the iXML chunk of a RIFF file as text, or an empty string."""
    with path.open("rb") as file:
        source = ByteReader(file)
        if source.at(0, 4) in (b"RIFF", b"RF64", b"BW64"):
            for chunk in riff_chunks(source, 12, source.size):
                if chunk.kind == b"iXML":
                    return source.at(chunk.at, min(chunk.size, _MOST_IXML)).decode("utf-8", "replace")
    return ""
