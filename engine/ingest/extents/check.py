"""Dispatches the extents check by container."""

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
    """Return the extents of a file; `container` is FFmpeg's format name, such as `mov,mp4,m4a,3gp,3g2,mj2`.

    Containers that declare no extents, and files too damaged to parse, give no findings. Raises OSError if the file
    cannot be read.
    """
    check = _BY_FORMAT.get(container.split(",")[0])
    if check is None:
        return Extents()
    try:
        return check(path)
    except (ValueError, ArithmeticError, IndexError, struct.error, MemoryError):
        return Extents(notes=("the index is too damaged to compare with the file",))
