"""Names and wavelengths of filters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_JWST = re.compile(r"^F(\d{3,4})(W2|W|M|N|LP|R|S)$")
# Micrometres: the pivot wavelength and the width of common broad bands. JWST's names state the wavelength.
_BANDS = {
    "U": (0.365, 0.066), "B": (0.445, 0.094), "V": (0.551, 0.088), "R": (0.658, 0.138), "I": (0.806, 0.149),
    "u": (0.355, 0.057), "g": (0.469, 0.138), "r": (0.617, 0.138), "i": (0.748, 0.153), "z": (0.893, 0.137),
    "J": (1.235, 0.162), "H": (1.662, 0.251), "K": (2.159, 0.262), "KS": (2.159, 0.262),
}  # fmt: skip
# Width as a share of the wavelength, by the last letters of a JWST filter.
_WIDTHS = {"W2": 0.4, "W": 0.22, "M": 0.08, "N": 0.01, "LP": 0.3, "R": 0.2, "S": 0.2}


def band_of(header: Mapping[str, Any]) -> str:
    """The filter of a header, empty if it states none. A pupil wheel's filter is the narrower one."""
    names = [str(header.get(key, "")).strip() for key in ("FILTER", "PUPIL", "FILTER1", "FILTER2", "FILTNAM1", "BAND")]
    known = [name for name in names if name and name.upper() not in ("CLEAR", "CLEARP", "OPEN", "NONE", "N/A")]
    narrow = [name for name in known if (match := _JWST.match(name.upper())) and match[2] in ("N", "M")]
    return next(iter(narrow or known), "")


def wavelength_of(name: str, header: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Wavelength and width of a band in micrometres, by its filter's name or the header; None if unknown."""
    if match := _JWST.match(name.upper()):
        wavelength = int(match[1]) / 100
        return wavelength, wavelength * _WIDTHS[match[2]]
    if name in _BANDS or name.upper() in _BANDS:
        return _BANDS.get(name) or _BANDS[name.upper()]
    for key, scale in (("PHOTPLAM", 1e-4), ("WAVELEN", 1.0), ("WAVELNTH", 1.0)):
        try:
            stated = float(header[key])
        except (KeyError, TypeError, ValueError):
            continue
        if stated > 0:
            return stated * scale, None
    return None, None
