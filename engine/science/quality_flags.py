"""Flags of data quality planes, by telescope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DOUBTFUL, SATURATED = np.float32(1), np.float32(2)
"""The samples of a band's quality plane; 0 is a sample without a flag that matters here."""


@dataclass(frozen=True, slots=True)
class _Bits:
    doubtful: int
    saturated: int


# Bits that only tell how a sample was processed, such as a corrected jump, are left out.
# Sources: stdatamodels dqflags (JWST, Roman): DO_NOT_USE 1, SATURATED 2, DEAD 1024, HOT 2048, and the WFC3 and ACS Data
# Handbooks: decoding error 1, bad detector pixel 4, hot 16, cosmic ray 4096, full-well saturation 256.
_JWST = _Bits(1 | 1 << 10 | 1 << 11, 1 << 1)
_TELESCOPES = {"JWST": _JWST, "ROMAN": _JWST, "HST": _Bits(1 | 4 | 16 | 4096, 256)}
# An unknown telescope's flags may mean anything: each is a reason to look at the sample.
_OTHERS = _Bits(-1, 0)


def flags_of(stored: NDArray[Any], telescope: str) -> NDArray[np.float32]:
    """DOUBTFUL and SATURATED for integers of a quality plane."""
    bits = _TELESCOPES.get(telescope.upper(), _OTHERS)
    # Floats could not hold 32 bits.
    whole = stored.astype(np.int64)
    made = np.where(whole & bits.doubtful, DOUBTFUL, np.float32(0))
    return np.where(whole & bits.saturated, SATURATED, made)
