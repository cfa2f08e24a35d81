"""QR codes in half blocks."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

QUIET_ZONE = 4
"""A camera needs this many light modules around a QR code; most accept two."""


def qr_code(content: str, quiet_zone: int = QUIET_ZONE) -> Text:
    """Return a QR code, black on white whatever the terminal's colours are: a module is half a cell high."""
    import segno

    code = segno.make(content, error="l", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=quiet_zone)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = [
        "".join(" ▄▀█"[2 * upper + lower] for upper, lower in zip(rows[at], rows[at + 1], strict=True))
        for at in range(0, len(rows), 2)
    ]
    return Text("\n".join(lines), Style(color="black", bgcolor="white"), no_wrap=True)


def grouped_code(code: str) -> str:
    """Return a pairing code in groups of four characters."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))


def grouped_digest(digest: str, line: int = 32) -> str:
    """Return a digest in hex as browsers show that of a certificate, `line` bytes on a line."""
    pairs = [digest[at : at + 2].upper() for at in range(0, len(digest), 2)]
    return "\n".join(":".join(pairs[at : at + line]) for at in range(0, len(pairs), line))
