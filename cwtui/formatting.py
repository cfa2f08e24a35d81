"""Formats values with their units for display."""

from __future__ import annotations

import re
from datetime import datetime
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING

from engine.catalog import Take
from engine.time import format_short_time, timecode
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.catalog import Sound
    from engine.sound import LimiterWork
    from engine.studio import LastDelivery


def format_location(written: str) -> str:
    """Formats an ISO 6709 location in degrees: 50.15° N 5.07° W. Returns other text unchanged."""
    found = re.match(r"([+-]\d{1,2}(?:\.\d+)?)([+-]\d{1,3}(?:\.\d+)?)", written)
    if not found:
        return written
    north, east = float(found[1]), float(found[2])
    return f"{abs(north):.2f}° {'N' if north >= 0 else 'S'} {abs(east):.2f}° {'E' if east >= 0 else 'W'}"


def format_bit_rate(bits: float) -> str:
    """38 Mb/s."""
    return f"{bits / 1e6:.1f} Mb/s" if bits < 10e6 else f"{bits / 1e6:.0f} Mb/s"


def format_level(value: float | None, unit: str = "LUFS") -> str:
    """−19.2 LUFS, with a minus sign (U+2212) except for −0.0; a dash if the value is None or not finite."""
    if value is None or not isfinite(value):
        return f"— {unit}".strip()
    return f"{'−' if round(value, 1) < 0 else ''}{abs(value):.1f} {unit}".strip()


def format_channels(track: Sound) -> str:
    """The channel layout of a sound track, as “stereo”, or the number of channels of one without a named layout."""
    if track.layout and not track.layout.endswith(" channels"):
        return track.layout
    return {1: "mono", 2: "stereo"}.get(track.channels, plural(track.channels, "channel"))


def format_signed(value: float, decimals: int = 1) -> str:
    """+1.5, with a minus sign (U+2212) for negative values."""
    return f"{value:+.{decimals}f}".replace("-", "−")


def format_share(share: float) -> str:
    """A share of 1 as 97 %."""
    return f"{share * 100:.0f} %"


def format_word_changes(restored: float, lost: float) -> str:
    """The numbers of words that cleaning is expected to have corrected and lost; empty if there are none."""
    counts = [(round(restored), "corrected"), (round(lost), "lost")]
    return ", ".join(f"about {count} {what}" for count, what in counts if count)


def format_limiter(work: LimiterWork) -> str:
    """−2.3 dB at most, over 0.5 dB for 1.4 % of the time, most of it at 0:12."""
    text = f"{format_level(-work.most_db, 'dB')} at most, over 0.5 dB for {work.share * 100:.1f} % of the time"
    if work.worst_second is None:
        return text
    return f"{text}, most of it at {format_short_time(work.worst_second)}"


def frame_rate_of(take: Take | None) -> Fraction:
    """The frames per second of a take; 25 for audio-only takes and no take."""
    return take.probe.picture.frame_rate if take and take.probe.picture else Fraction(25)


def take_timecode(take: Take) -> str:
    """The take's duration as HH:MM:SS:FF at its frame rate."""
    rate = frame_rate_of(take)
    return timecode(round(take.probe.duration * rate), rate)


def short_age(then: datetime, now: datetime) -> str:
    """A short form of `format_age`: now, 5 min, 3 h, 2 d, 14 Jun."""
    seconds = (now - then).total_seconds()
    for limit, unit, step in ((3600, "min", 60), (86400, "h", 3600), (86400 * 30, "d", 86400)):
        if seconds < limit:
            return f"{seconds / step:.0f} {unit}" if seconds >= 60 else "now"
    return f"{then:%d %b}"


def recent_age(then: datetime, now: datetime) -> str:
    """just now, 5 min ago, 3 h ago, 2 days ago, 14 Jun."""
    age = short_age(then, now)
    number, _, unit = age.partition(" ")
    if age == "now":
        return "just now"
    if unit == "d":
        return f"{plural(int(number), 'day')} ago"
    return f"{age} ago" if unit in ("min", "h") else age


def format_seconds(seconds: Fraction) -> str:
    """Seconds as command-line options accept them, to the microsecond: 1.033333."""
    return f"{float(seconds):.6f}".rstrip("0").rstrip(".")


def format_age(then: datetime, now: datetime) -> str:
    """just now, 5 minutes ago, 3 hours ago, 2 days ago, 14 Jun 2025."""
    seconds = (now - then).total_seconds()
    for limit, word, step in ((90, "just now", 0), (5400, "minutes", 60), (129600, "hours", 3600)):
        if seconds < limit:
            return f"{round(seconds / step)} {word} ago" if step else word
    return f"{round(seconds / 86400)} days ago" if seconds < 86400 * 30 else f"{then:%d %b %Y}"


def daypart(at: datetime) -> str:
    """night (23 to 5), morning, afternoon (from 12) or evening (from 18)."""
    parts = ((5, "night"), (12, "morning"), (18, "afternoon"), (23, "evening"))
    return next((part for hour, part in parts if at.hour < hour), "night")


def plural(count: int, one: str, many: str = "") -> str:
    """1 take, 9 takes."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def describe_last(last: LastDelivery) -> str:
    """What the last delivery came to: 17.9 MB in 38 s."""
    took = f" in {format_duration(last.seconds)}" if last.seconds is not None else ""
    return f"{format_bytes(last.bytes)}{took}"


def format_duration(seconds: float) -> str:
    """3.2 s, 47 s, 12:05, or 1:02:03."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return format_short_time(round(seconds))
