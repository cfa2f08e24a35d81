"""The colour encodings of incoming pictures: how scene light is mapped to code values."""

from __future__ import annotations

from enum import StrEnum


class Encoding(StrEnum):
    """How a file maps scene light to code values."""

    HLG = "hlg"
    PQ = "pq"
    APPLE_LOG = "apple-log"
    APPLE_LOG_2 = "apple-log-2"
    REC709 = "rec709"
    SRGB = "srgb"
    EXR = "exr"


INPUT_TRANSFORMS = tuple(one for one in Encoding if one is not Encoding.EXR)
"""The encodings that a user may confirm for a picture."""
