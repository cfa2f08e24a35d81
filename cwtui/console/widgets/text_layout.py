"""Text truncated or padded to a width in cells."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

_LONG_WORD = 16


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


def show_around(before: str, text: str, after: str, width: int) -> tuple[str, str, str]:
    """Returns a text in its context, at most `width` cells; the context is truncated at its outer ends, at words."""
    text = truncate(text, width)
    room = width - cell_len(text)
    left = max(room // 2, room - cell_len(after))
    if cell_len(before) > left:
        before = f"…{_last_words(before, left - 1)}" if left > 0 else ""
    room -= cell_len(before)
    if cell_len(after) > room:
        after = f"{_last_words(after[::-1], room - 1)[::-1]}…" if room > 0 else ""
    return before, text, after


def _last_words(text: str, width: int) -> str:
    """The end of a text, without a part of a word unless the word is a long one."""
    kept = set_cell_size(text[::-1], width)[::-1]
    part, space, words = kept.partition(" ")
    whole = text[: len(text) - len(kept)].endswith(" ") or not space or len(part) >= _LONG_WORD
    return kept if whole else words


def wrap(text: str, width: int) -> list[str]:
    """Returns the lines of a text, at most `width` cells each, broken at spaces where there are any."""
    lines = [""]
    for word in text.split():
        if lines[-1] and cell_len(lines[-1]) + 1 + cell_len(word) > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
        while cell_len(lines[-1]) > width > 0:
            head = set_cell_size(lines[-1], width).rstrip()
            lines[-1:] = [head, lines[-1][len(head) :]]
    return lines


def join_parts(parts: Sequence[str], width: int) -> str:
    """Returns the first parts that fit into `width` cells whole, with a dot between them; the first one truncated."""
    line = truncate(parts[0], width) if parts else ""
    for part in parts[1:]:
        if cell_len(line) + 3 + cell_len(part) > width:
            break
        line = f"{line} · {part}"
    return line


def wrap_parts(parts: Sequence[str], width: int) -> list[str]:
    """Returns lines of parts with a dot between them, at most `width` cells each; a part is not divided if it fits."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1]) + 3 + cell_len(part) <= width:
            lines[-1] = f"{lines[-1]} · {part}"
        else:
            lines += wrap(part, width)
    return lines
