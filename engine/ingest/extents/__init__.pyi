"""Compares the media that a file's index declares with the file's actual bytes, without decoding.

There is one module per family of containers. Numbers in a file are not trusted: reads and loops are bounded, and
implausible values give no findings.
"""

from .check import check_extents
from .report import Extents

__all__ = ["Extents", "check_extents"]
