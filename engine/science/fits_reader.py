"""Reads the bands of FITS files: image and compressed HDUs, JWST products, cubes."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError, RequestError
from engine.science.band_names import band_of, wavelength_of
from engine.science.fits_integrity import integrity_notes, refuse_truncated
from engine.science.plane import LoadedPlane, PixelWindow, Samples
from engine.science.quality_flags import flags_of
from engine.science.raster import Band, Observation
from engine.science.sky_grid import SkyGrid

# Planes that accompany the samples of the same extension version.
_COMPANIONS = {
    "ERR": "error",
    "ERROR": "error",
    "WHT": "weight",
    "WEIGHT": "weight",
    "DQ": "quality",
    "FLAGS": "quality",
}
_NO_PICTURE = re.compile(r"^(CON|VAR_\w+|AREA|RELSENS|HDRTAB|D2IMARR|WCSDVARR)$")
_UNNAMED = ("", "PRIMARY", "SCI", "COMPRESSED_IMAGE")
# A cube with more planes is a spectrum for each pixel, which makes no picture.
_MOST_PLANES = 512
# Files that stay open, so that windows are read without parsing the headers again.
_OPEN_FILES = 8


def read_fits(path: Path) -> tuple[Band, ...]:
    """The bands of a file in the order of its HDUs; the planes of a cube are bands of their own.

    Samples are read when they are used. Raises EngineError for a damaged file, RequestError for one without an image.
    """
    with _readable(path):
        hdus = _open(path, *_version(path))
        images = [
            number
            for number, hdu in enumerate(hdus)
            if getattr(hdu, "is_image", False) and len(hdu.shape or ()) >= 2 and 0 not in hdu.shape
        ]
        refuse_truncated(path, hdus, images)
        notes = integrity_notes(path, hdus)
        companions = {number for number in images if _role(hdus[number]) or _NO_PICTURE.match(hdus[number].name)}
        bands = [
            replace(band, notes=(*band.notes, *notes))
            for number in images
            if number not in companions
            for band in _bands(path, hdus, number, companions)
        ]
    if not bands:
        raise RequestError(f"{path} has no image.", "Choose a FITS file with an image extension of at least one pixel.")
    return _distinct(bands)


def _bands(path: Path, hdus: Any, number: int, companions: set[int]) -> Iterator[Band]:
    hdu = hdus[number]
    *leading, rows, columns = hdu.shape
    count = int(np.prod(leading)) if leading else 1
    if count > _MOST_PLANES:
        raise RequestError(
            f"{path}: {hdu.name or 'the image'} is a cube of {count} planes; at most {_MOST_PLANES} are supported.",
            "Extract the wavelengths that you need to a smaller cube.",
        )
    grid, notes = _grid(hdus, hdu)
    observation, header = _observation(hdus, hdu), _merged(hdus, hdu)
    beside: dict[str, LoadedPlane] = {}
    for other in sorted(companions):
        role = _role(hdus[other])
        if role and hdus[other].ver == hdu.ver and hdus[other].shape[-2:] == (rows, columns):
            first = (0,) * (len(hdus[other].shape) - 2)
            beside.setdefault(
                role, _plane(path, other, (rows, columns), first, observation.telescope if role == "quality" else None)
            )
    name = band_of(header) or (hdu.name if hdu.name not in _UNNAMED else "") or path.name.split(".")[0]
    for index in np.ndindex(*leading):
        suffix = "".join(f"[{place}]" for place in index) if count > 1 else ""
        wavelength, bandwidth = wavelength_of(name, header)
        yield Band(
            name=name + suffix,
            samples=_plane(path, number, (rows, columns), index),
            unit=str(header.get("BUNIT", "")).strip(),
            wavelength=_cube_wavelength(header, index) or wavelength,
            bandwidth=bandwidth,
            grid=grid,
            observation=observation,
            notes=notes,
            error=beside.get("error"),
            weight=beside.get("weight"),
            quality=beside.get("quality"),
        )


def _plane(
    path: Path, number: int, shape: tuple[int, int], index: tuple[int, ...], flags: str | None = None
) -> LoadedPlane:
    """A plane of an HDU; `flags` is the telescope of a quality plane."""
    return LoadedPlane(shape, partial(_load, path, number, index, flags))


def _load(path: Path, number: int, index: tuple[int, ...], flags: str | None, window: PixelWindow) -> Samples:
    with _readable(path):
        hdu = _open(path, *_version(path))[number]
        # `section` reads only these rows, and applies BSCALE, BZERO and BLANK. With columns, it would read row by row.
        stored = hdu.section[(*index, slice(window.top, window.bottom), slice(None))][:, window.left : window.right]
        with np.errstate(over="ignore", invalid="ignore"):
            samples = np.ascontiguousarray(stored if flags is None else flags_of(stored, flags), np.float32)
    if samples.shape != window.shape:
        raise EngineError(f"{path}: HDU {number} ends before row {window.bottom}.", "Copy or download the file again.")
    return samples


def _version(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=_OPEN_FILES)
def _open(path: Path, modified: int, size: int) -> Any:
    """The file's HDUs. They are opened again if the file has changed."""
    from astropy.io import fits

    # A memory map refuses scaled images, and a file that shrinks or a disk that goes away would end the process.
    hdus = fits.open(path, memmap=False, lazy_load_hdus=False)
    hdus.verify("silentfix")
    return hdus


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raises EngineError for what astropy raises about a damaged file; its warnings are not shown."""
    from astropy.io.fits import VerifyError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FileNotFoundError:
        raise RequestError(f"{path} does not exist.", "Check the name.") from None
    except (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, OverflowError, VerifyError) as problem:
        said = str(problem).strip().splitlines()
        what = said[0] if said else type(problem).__name__
        raise EngineError(f"{path} cannot be read: {what}", "Copy or download the file again.") from problem
    except MemoryError:
        raise EngineError(
            f"{path} states more pixels than fit in memory.", "Check its NAXIS keywords with a FITS verifier."
        ) from None


def _role(hdu: Any) -> str | None:
    return _COMPANIONS.get(hdu.name)


def _merged(hdus: Any, hdu: Any) -> dict[str, Any]:
    """The keywords of the primary header and of the extension, which take precedence."""
    merged: dict[str, Any] = {}
    for header in (hdus[0].header, hdu.header):
        for card in header.cards:
            try:
                merged[card.keyword] = card.value
            except Exception:
                continue
    return merged


def _observation(hdus: Any, hdu: Any) -> Observation:
    header = _merged(hdus, hdu)

    def text(*keys: str) -> str:
        return next((str(header[key]).strip() for key in keys if str(header.get(key, "")).strip()), "")

    return Observation(
        target=text("TARGNAME", "TARGPROP", "OBJECT"),
        telescope=text("TELESCOP"),
        instrument=text("INSTRUME"),
        id=text("OBS_ID", "OBSERVTN", "ROOTNAME"),
        date=text("DATE-BEG", "DATE-OBS"),
        credit=text("CREDIT", "ORIGIN"),
    )


def _grid(hdus: Any, hdu: Any) -> tuple[SkyGrid | None, tuple[str, ...]]:
    """The sky grid of an image, by its GWCS if the file has one: for cal files, SIP is off by up to .25 pixels."""
    shape = (hdu.shape[-2], hdu.shape[-1])
    try:
        if "ASDF" in hdus and hdu.name == "SCI" and (generalised := _gwcs(hdus)) is not None:
            return SkyGrid(generalised, shape), ()
    except Exception as problem:
        said = str(problem).strip().splitlines() or [type(problem).__name__]
        return _fits_grid(hdus, hdu, shape), (f"its GWCS cannot be read ({said[0]}): the FITS WCS is used",)
    try:
        return _fits_grid(hdus, hdu, shape), ()
    except Exception as problem:
        said = str(problem).strip().splitlines() or [type(problem).__name__]
        return None, (f"its sky coordinates cannot be read: {said[0]}",)


def _gwcs(hdus: Any) -> Any:
    import asdf

    stored = hdus["ASDF"].data["ASDF_METADATA"].tobytes()
    with asdf.open(io.BytesIO(stored), lazy_load=False, memmap=False) as tree:
        return tree.tree.get("meta", {}).get("wcs")


def _fits_grid(hdus: Any, hdu: Any, shape: tuple[int, int]) -> SkyGrid | None:
    from astropy.wcs import WCS

    wcs = WCS(hdu.header, fobj=hdus)
    if not wcs.has_celestial:
        return None
    if wcs.naxis > 2:
        wcs = wcs.celestial
    return SkyGrid(wcs, shape)


def _cube_wavelength(header: dict[str, Any], index: tuple[int, ...]) -> float | None:
    """The wavelength, in micrometres, of a plane of a cube whose third axis is linear in wavelength."""
    if len(index) != 1 or not str(header.get("CTYPE3", "")).upper().startswith("WAVE"):
        return None
    from astropy import units

    try:
        step = float(header.get("CDELT3", header.get("CD3_3", 1.0)))
        value = float(header.get("CRVAL3", 0.0)) + (index[0] + 1 - float(header.get("CRPIX3", 1.0))) * step
        return float((value * units.Unit(str(header.get("CUNIT3", "m")))).to("um").value)
    except (ValueError, TypeError, units.UnitConversionError):
        return None


def _distinct(bands: list[Band]) -> tuple[Band, ...]:
    """The bands with distinct names: a second one of a name gets its number."""
    seen: dict[str, int] = {}
    named = []
    for band in bands:
        seen[band.name] = seen.get(band.name, 0) + 1
        count = seen[band.name]
        named.append(band if count == 1 else replace(band, name=f"{band.name} {count}"))
    return tuple(named)
