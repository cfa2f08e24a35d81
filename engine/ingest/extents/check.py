"""The extents of a file, by its container."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from engine.ingest.extents.aiff import check_aiff, check_caf
from engine.ingest.extents.flac import check_flac
from engine.ingest.extents.isobmff import check_movie
from engine.ingest.extents.matroska import check_matroska
from engine.ingest.extents.mpeg_audio import check_mp3
from engine.ingest.extents.mxf import check_mxf
from engine.ingest.extents.ogg import check_ogg
from engine.ingest.extents.report import Extents
from engine.ingest.extents.riff import check_avi, check_wave

_BY_FORMAT: dict[str, Callable[[Path], Extents]] = {
    "mov": check_movie,
    "matroska": check_matroska,
    "avi": check_avi,
    "wav": check_wave,
    "w64": check_wave,
    "aiff": check_aiff,
    "caf": check_caf,
    "flac": check_flac,
    "mp3": check_mp3,
    "mxf": check_mxf,
    "ogg": check_ogg,
}


def check_extents(path: Path, container: str) -> Extents:
    """The extents of a file of this container (FFmpeg's name, such as `mov,mp4,m4a,3gp,3g2,mj2`).

    A container that says nothing about its extents, and one too damaged to read, give none. OSError where the file
    cannot be read.
    """
    check = _BY_FORMAT.get(container.split(",")[0])
    if check is None:
        return Extents()
    try:
        return check(path)
    except (ValueError, ArithmeticError, IndexError, struct.error, MemoryError):
        return Extents(notes=("its index is too damaged to be compared with its bytes",))
