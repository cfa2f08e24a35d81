"""Text truncated or padded to a width in cells."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size


def truncate(text: str, width: int) -> str:
    """Returns at most `width` cells of a line, with … at the end where it is truncated."""
    plain = text.replace("\n", " ").replace("\t", " ")
    return plain if cell_len(plain) <= width else set_cell_size(plain, max(0, width - 1)) + "…" if width > 0 else ""


def truncate_left(text: str, width: int) -> str:
    """Returns at most `width` cells from the end of a line; for paths."""
    if cell_len(text) <= width:
        return text
    return f"…{set_cell_size(text[::-1], width - 1)[::-1]}" if width > 1 else ""


def pad(text: str, width: int, right: bool = False) -> str:
    """Returns exactly `width` cells: truncated, or padded with spaces."""
    kept = truncate(text, width)
    gap = " " * (width - cell_len(kept))
    return gap + kept if right else kept + gap
