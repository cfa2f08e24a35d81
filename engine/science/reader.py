"""Reads science files by their content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import RequestError
from engine.science.raster import Band, ScientificRaster

_FITS_SUFFIXES = (".fits", ".fit", ".fts", ".fz")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\x1f\x9d", b"PK\x03\x04")


def read_science(paths: Sequence[Path]) -> ScientificRaster:
    """The bands of all files, in order. Samples are read when they are used.

    Raises RequestError for a file of another kind, EngineError for a damaged one.
    """
    from dataclasses import replace

    bands: list[Band] = []
    for path in paths:
        for band in _bands_of(path):
            taken = {other.name.casefold() for other in bands}
            name, number = band.name, 2
            while name.casefold() in taken:
                name, number = f"{band.name} {number}", number + 1
            bands.append(replace(band, name=name))
    return ScientificRaster(tuple(bands), tuple(paths))


def _bands_of(path: Path) -> tuple[Band, ...]:
    if path.is_dir() or not path.exists():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise RequestError(f"{path} {what}.", "Name the FITS, ASDF, TIFF or OpenEXR files.")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"#ASDF"):
        from engine.science.asdf_reader import read_asdf

        return read_asdf(path)
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        from engine.science.picture_reader import read_tiff

        return read_tiff(path)
    if start[:4] == b"\x76\x2f\x31\x01":
        from engine.science.picture_reader import read_channels

        return read_channels(path)
    if start.startswith((b"SIMPLE", *_COMPRESSED)) or path.suffix.lower() in _FITS_SUFFIXES:
        from engine.science.fits_reader import read_fits

        return read_fits(path)
    raise RequestError(f"{path} is not a FITS, ASDF, TIFF or OpenEXR file.", "Choose a file with science data.")
