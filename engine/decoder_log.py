"""What FFmpeg's decoders log while they work on this thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import av
import av.logging

Line = tuple[int, str, str]
"""FFmpeg's level, the component's name, the text."""

# What decoders log as errors about footage that plays as it was recorded.
_HARMLESS = ("co located POCs unavailable", "mmco:", "exceeds max")

_lock = Lock()
_open = 0


@contextmanager
def decoder_log() -> Iterator[list[Line]]:
    """Captures error lines of decoders that run on this thread: for decoding without frame threads.

    FFmpeg's log level is one for the whole process: it is raised by the first capture and put back by the last.
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
    """Whether a line speaks of damage."""
    level, _, text = line
    return level <= av.logging.ERROR and not any(known in text for known in _HARMLESS)
