"""Quantities with their units, as text."""

from __future__ import annotations


def format_bytes(count: float) -> str:
    """Format a number of bytes with its decimal unit: 999 B, 1.2 kB, 38.4 MB, 812 GB."""
    for unit, step in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        size = count / step
        # 999,999 bytes are 1.0 MB, not 1,000 kB.
        if size >= 0.9995:
            return f"{size:.1f} {unit}" if size < 99.95 else f"{size:,.0f} {unit}"
    return f"{count:.0f} B"
