"""One line on the terminal while the console's libraries are imported, which takes a second or more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ERASE_LINE = "\r\x1b[2K"


@contextmanager
def opening_line(name: str) -> Iterator[None]:
    """Shows that a studio opens; the line is erased afterwards."""
    _write(f"{_ERASE_LINE}\x1b[1mCleanwater\x1b[0m  {''.join(filter(str.isprintable, name))} opens …")
    try:
        yield
    finally:
        _write(_ERASE_LINE)


def _write(text: str) -> None:
    # Textual draws on standard error, too.
    sys.stderr.write(text)
    sys.stderr.flush()
