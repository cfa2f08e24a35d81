"""Capture of the error lines that FFmpeg's decoders log on this thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import av
import av.logging

Line = tuple[int, str, str]
"""(FFmpeg's log level, component name, text)."""

# Decoders log these as errors for undamaged footage, too.
_HARMLESS = ("co located POCs unavailable", "mmco:", "exceeds max")

_lock = Lock()
_open = 0


@contextmanager
def decoder_log() -> Iterator[list[Line]]:
    """Capture the error lines of decoders on this thread. Decode without frame threads inside the block.

    FFmpeg has one log level per process: the first capture sets it, the last one resets it.
    """
    global _open
    with _lock:
        if not _open:
            av.logging.set_skip_repeated(False)
            av.logging.set_level(av.logging.ERROR)
        _open += 1
    try:
        with av.logging.Capture(local=True) as lines:
            yield lines
    finally:
        with _lock:
            _open -= 1
            if not _open:
                av.logging.set_level(None)


def is_serious(line: Line) -> bool:
    """Return whether a line reports damage."""
    level, _, text = line
    return level <= av.logging.ERROR and not any(known in text for known in _HARMLESS)
