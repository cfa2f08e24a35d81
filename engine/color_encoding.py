"""How scene light became code values: the encodings that pictures arrive in."""

from __future__ import annotations

from enum import StrEnum


class Encoding(StrEnum):
    """How scene light became code values in a file."""

    HLG = "hlg"
    PQ = "pq"
    APPLE_LOG = "apple-log"
    APPLE_LOG_2 = "apple-log-2"
    REC709 = "rec709"
    SRGB = "srgb"
    EXR = "exr"

    @property
    def is_log(self) -> bool:
        """Log is never guessed: the director confirms its input transform."""
        return self in (Encoding.APPLE_LOG, Encoding.APPLE_LOG_2)
