"""Files of telescopes as takes: bands with their sky, without frames and sound."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

from engine.catalog import Capture, Damage, Probe
from engine.errors import EngineError, RequestError

OBSERVATIONS = frozenset([".fits", ".fit", ".fts", ".fz", ".asdf"])
"""The suffixes of observations. TIFF and OpenEXR files, which may be photos and frames, are not taken for them."""
_FITS = (".fits", ".fit", ".fts")
_COMPRESSED = (".gz", ".bz2", ".z")


def is_observation_name(name: str) -> bool:
    """Return whether a file name is that of an observation; archives also compress FITS files as a whole."""
    stem, suffix = os.path.splitext(name.lower())
    return suffix in OBSERVATIONS or (suffix in _COMPRESSED and stem.endswith(_FITS))


def observation_stem(name: str) -> str:
    """Return the name of an observation without its suffixes: `m51` of `m51.fits`, `m51.fits.gz` and `m51.fits.fz`."""
    stem, suffix = os.path.splitext(name)
    if suffix.lower() in (*_COMPRESSED, ".fz") and stem.lower().endswith(_FITS):
        stem = os.path.splitext(stem)[0]
    return stem


def is_observation(path: Path) -> bool:
    """Return whether a path has the name of a telescope's file."""
    return is_observation_name(path.name) and path.is_file()


def inspect_observation(path: Path) -> Probe:
    """Read all bands of a file once. Raises EngineError, naming the file, if it is damaged or has no image."""
    _require_libraries(path)
    from engine.science import observation_record, read_science

    bands = read_science([path]).bands
    record = observation_record(bands)
    notes = [f"{band.name}: {note}" for band in bands for note in band.notes]
    if all(band.grid is None for band in bands):
        notes.append("no sky coordinates: it can be combined only with bands of the same size")
    model = " ".join(part for part in (record.telescope, record.instrument) if part)
    return Probe(
        picture=None,
        capture=Capture(model=model or None, time=_time(record.date)),
        duration=Fraction(0),
        original=True,
        notes=tuple(notes),
        observation=record,
    )


def check_observation(path: Path) -> tuple[Damage, ...]:
    """The damage of a file, of which all samples are read."""
    from engine.science import read_science

    try:
        for band in read_science([path]).bands:
            band.samples.read()
    except EngineError as problem:
        return (Damage(kind="undecodable", media="file", detail=problem.message),)
    return ()


def _time(date: str) -> datetime | None:
    """The start of an exposure: FITS times are UTC unless a keyword states another scale, which differs by seconds.

    Until 1999 files stated days as DD/MM/YY.
    """
    try:
        found = datetime.strptime(date, "%d/%m/%y") if "/" in date else datetime.fromisoformat(date)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _require_libraries(path: Path) -> None:
    if find_spec("astropy") is None or find_spec("asdf") is None:
        raise RequestError(
            f"{path.name} is a telescope's file, and the libraries for science data are not installed.",
            "Install cleanwater[science].",
        )
