"""Values of FCPXML: rational times, frame rates, formats, volumes."""

from __future__ import annotations

import re
from fractions import Fraction

from engine.time import STANDARD_RATES

VERSIONS = tuple(f"1.{minor}" for minor in range(8, 15))
"""The versions that are written. Captions and the elements used here are in all of them."""

CROSS_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"
FADE_TO_COLOR = "FxPlug:F779C565-486D-4633-8035-0374B4DB8F5C"
CROSSFADE = "FFAudioTransition"
TAKE_KEY = "org.cleanwater.take"

# The names that Final Cut gives to frame rates in `conform-rate`.
_RATE_NAMES = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97",
    Fraction(30): "30", Fraction(48): "48", Fraction(50): "50", Fraction(60000, 1001): "59.94", Fraction(60): "60",
}  # fmt: skip

# Final Cut's own format names, by size; others are described by their attributes alone.
_FORMAT_NAMES = {(1280, 720): "720p", (1920, 1080): "1080p", (3840, 2160): "3840x2160p", (4096, 2160): "4096x2160p"}


def parse_time(text: str | None) -> Fraction:
    """The seconds of a time such as `1001/30000s` or `5s`. Raises ValueError."""
    parts = re.fullmatch(r"(-?\d{1,20})(?:/(\d{1,20}))?s", (text or "").strip())
    if not parts or (parts[2] and not int(parts[2])):
        raise ValueError(f"“{text}” is no time; times look like 1001/30000s or 5s")
    return Fraction(int(parts[1]), int(parts[2] or 1))


def time_text(seconds: Fraction) -> str:
    """The seconds as a rational number, in lowest terms."""
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{seconds.numerator}/{seconds.denominator}s"


def rate_of(frame_duration: Fraction) -> Fraction:
    """The exact frame rate of a frame duration."""
    return 1 / frame_duration


def rate_name(rate: Fraction) -> str | None:
    """Final Cut's name of a frame rate, None if it has none."""
    return _RATE_NAMES.get(rate)


def named_rate(name: str) -> Fraction | None:
    """The exact rate of a rounded name such as 23.98, None if no standard rate is near."""
    try:
        value = float(name)
    except ValueError:
        return None
    return next((rate for rate in STANDARD_RATES if abs(float(rate) - value) < 0.006), None)


def format_name(width: int, height: int, rate: Fraction) -> str | None:
    """Final Cut's name of a format, None for sizes and rates that it describes as custom."""
    size, speed = _FORMAT_NAMES.get((width, height)), rate_name(rate)
    return f"FFVideoFormat{size}{speed.replace('.', '')}" if size and speed else None


def parse_gain(text: str) -> float | None:
    """The decibels of a volume, with or without the unit; None if it is no number."""
    number = re.fullmatch(r"([+-]?\d+(?:\.\d+)?(?:e-?\d+)?)\s*(?:db)?", text.strip(), re.IGNORECASE)
    return float(number[1]) if number else None


def gain_text(decibels: float) -> str:
    """The decibels as a bare number, because DaVinci Resolve ignores a volume with a unit."""
    return repr(decibels).removesuffix(".0")
