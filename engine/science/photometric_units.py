"""Units of samples."""

from __future__ import annotations

from functools import cache


@cache
def is_surface_brightness(unit: str) -> bool:
    """Whether a FITS unit is per solid angle, or a brightness temperature. An empty or unknown unit counts as one.

    Counts per second, DN, electrons, Jy and Jy/pixel are not: their sum over the pixels of a star is its flux.
    """
    from astropy import units

    if not unit.strip():
        return True
    try:
        parsed = units.Unit(unit, parse_strict="raise")
    except ValueError:
        return True
    if parsed.physical_type in ("temperature", "angle"):
        return True
    powers = dict(zip(parsed.decompose().bases, parsed.decompose().powers, strict=True))
    return float(powers.get(units.rad, 0)) < 0
