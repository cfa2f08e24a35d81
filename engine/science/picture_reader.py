"""Reads the channels of TIFF and OpenEXR files as bands."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import EngineError, RequestError
from engine.science.band_names import wavelength_of
from engine.science.plane import LoadedPlane, PixelWindow, Samples
from engine.science.raster import Band


def read_tiff(path: Path) -> tuple[Band, ...]:
    """The channels of the pages of a TIFF file with 8 or 16 bit integers, 32 bit integers or floats.

    Values stay as they are stored. Rows are counted from the bottom, as in FITS. Raises EngineError if the file cannot
    be read.
    """
    pages = _tiff(path)
    many = sum(page.shape[2] for page in pages) > 1
    names = [(page, channel) for page in range(len(pages)) for channel in range(pages[page].shape[2])]
    return tuple(
        _band(
            f"{path.stem} {number}" if many else path.stem,
            (pages[page].shape[0], pages[page].shape[1]),
            partial(_tiff_window, path, page, channel),
        )
        for number, (page, channel) in enumerate(names, 1)
    )


def read_channels(path: Path) -> tuple[Band, ...]:
    """The channels of all parts of an OpenEXR file. Raises EngineError if the file cannot be read."""
    channels = _exr(path)
    return tuple(
        _band(name, (samples.shape[0], samples.shape[1]), partial(_exr_window, path, name))
        for name, samples in channels.items()
    )


def _band(name: str, shape: tuple[int, int], load: Any) -> Band:
    wavelength, bandwidth = wavelength_of(name, {})
    return Band(name=name, samples=LoadedPlane(shape, load), wavelength=wavelength, bandwidth=bandwidth)


def _tiff_window(path: Path, page: int, channel: int, window: PixelWindow) -> Samples:
    samples = _tiff(path)[page][::-1, :, channel]
    return np.ascontiguousarray(samples[window.top : window.bottom, window.left : window.right], np.float32)


def _exr_window(path: Path, name: str, window: PixelWindow) -> Samples:
    samples = _exr(path)[name][::-1]
    return np.ascontiguousarray(samples[window.top : window.bottom, window.left : window.right], np.float32)


def _tiff(path: Path) -> list[Any]:
    from PIL import Image, UnidentifiedImageError

    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path) as file:
            pages = []
            for number in range(getattr(file, "n_frames", 1)):
                file.seek(number)
                pages.append(np.atleast_3d(np.asarray(file)))
            return pages
    except FileNotFoundError:
        raise RequestError(f"{path} does not exist.", "Check the name.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as problem:
        raise EngineError(f"{path} cannot be read: {problem}", "Export it as TIFF with 16 bits or floats.") from problem
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _exr(path: Path) -> dict[str, Any]:
    import OpenEXR

    if not path.exists():
        raise RequestError(f"{path} does not exist.", "Check the name.")
    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            parts = [
                (part.name(), {name: channel.pixels for name, channel in part.channels.items()}) for part in file.parts
            ]
    except (RuntimeError, ValueError, OSError) as problem:
        raise EngineError(f"{path} cannot be read: {problem}", "Copy the file again.") from problem
    several = len(parts) > 1
    return {
        f"{part}.{name}" if several and name in ("R", "G", "B", "A", "Y") else name: pixels
        for part, channels in parts
        for name, pixels in channels.items()
    }
