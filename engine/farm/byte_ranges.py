"""Byte ranges of HTTP (RFC 9110, section 14): one range, in bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` to before `end` of `total`."""

    start: int
    end: int
    total: int

    @property
    def size(self) -> int:
        """Number of bytes."""
        return self.end - self.start

    def __str__(self) -> str:
        """Return the value of a Content-Range field."""
        return f"bytes {self.start}-{self.end - 1}/{self.total}"


def parse_range(text: str, total: int) -> ByteRange | None:
    """Return the part of a file of `total` bytes that a Range field names, None if no byte of it exists.

    Raises ValueError if the field is not one range in bytes.
    """
    found = _RANGE.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        raise ValueError("The Range is not one range of bytes.")
    if not found[1]:
        start, end = max(0, total - int(found[2])), total
    else:
        start, end = int(found[1]), min(total, int(found[2]) + 1) if found[2] else total
        if found[2] and int(found[2]) < start:
            raise ValueError("The Range ends before it starts.")
    return ByteRange(start, end, total) if start < end else None


def parse_content_range(text: str) -> ByteRange:
    """Return what a Content-Range field names. Raises ValueError if it is malformed or not within its total."""
    found = _CONTENT_RANGE.fullmatch(text)
    if found is None:
        raise ValueError("The Content-Range is malformed.")
    start, end, total = int(found[1]), int(found[2]) + 1, int(found[3])
    if not start < end <= total:
        raise ValueError("The Content-Range is not within its length.")
    return ByteRange(start, end, total)
