"""Combines aligned bands to scene-linear colour and a density."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, RequestError
from engine.science.align import AlignedBand
from engine.science.background import measure_background
from engine.science.deconvolution import measure_deconvolution
from engine.science.levels import percentiles, stretched
from engine.science.plane import PixelWindow, PlaneSource
from engine.science.recipe import BandColor, ScienceRecipe
from engine.science.smoothing import BlurStep, DenoiseStep, matching_blurs, star_width
from engine.science.steps import SteppedPlane

# Rec.709 primaries and white, in which a recipe's colours are written.
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
# Luminance of ACEScg (AP1), SMPTE RP 177 applied to its primaries.
_LUMINANCE = np.array([0.2722287, 0.6740818, 0.0536895])
# Stretched values are as bright as on a display; light is this power of them.
_DISPLAY_POWER = 2.2
# Light without colour that is mixed in, as a share of the white point: noise of dark pixels is grey, not coloured.
_GREY = np.float32(0.02)
# A pixel counts as covered by a band from this coverage on.
_COVERED = np.float32(0.5)
_ROWS = 256
# A blur below this, in pixels, changes nothing that is visible.
_LEAST_BLUR = 0.1
# Hues from the shortest to the longest wavelength, in degrees.
_HUES = (235.0, 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedBand:
    """A band with its colour in scene-linear ACEScg of luminance 1, and its levels in its unit.

    `star_width` is the full width at half maximum of its stars, and `blur` the standard deviation of the blur that made
    them as wide as those of the other bands, both in pixels.
    """

    aligned: AlignedBand
    samples: PlaneSource
    color: tuple[float, float, float]
    weight: float
    density: float
    black: float
    white: float
    star_width: float | None = None
    blur: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class CompositeRows:
    """Rows of the picture from `top` on, counted from the bottom as in FITS.

    `color` is scene-linear ACEScg (rows, columns, 3), `density` the weighted sum of the bands between their levels,
    without a limit, `covered` where there is a picture.
    """

    top: int
    color: NDArray[np.float32]
    density: NDArray[np.float32]
    covered: NDArray[np.bool_]


def choose_bands(names: Sequence[tuple[str, float | None]], recipe: ScienceRecipe) -> list[tuple[str, BandColor]]:
    """The bands that a recipe shows, from the names and wavelengths of those that exist, with their settings.

    Without bands in the recipe, all are shown. Raises RequestError for a filter that does not exist.
    """
    ordered = sorted(names, key=lambda band: (band[1] is None, band[1] or 0.0))
    if not recipe.bands:
        return [(name, BandColor(filter=name)) for name, _ in ordered]
    left = [name for name, _ in ordered]
    chosen: list[tuple[str, BandColor]] = []
    for entry in recipe.bands:
        found = next((name for name in left if not entry.filter or name.casefold() == entry.filter.casefold()), None)
        if found is None:
            wanted = f"“{entry.filter}”" if entry.filter else "one more band"
            raise RequestError(
                f"The recipe needs {wanted}; the files have {', '.join(name for name, _ in ordered)}.",
                "Add the file of this band, or choose another recipe.",
            )
        left.remove(found)
        chosen.append((found, entry))
    return chosen


def prepare(bands: Sequence[AlignedBand], settings: Sequence[BandColor], recipe: ScienceRecipe) -> list[PreparedBand]:
    """Measures sharpness, background and levels of each band. Raises RequestError for a band without contrast.

    The files of the bands keep the samples before these steps.
    """
    wavelengths = [band.band.wavelength for band in bands]
    cleaned = [_cleaned(band, recipe) for band in bands]
    widths = [star_width(samples) if recipe.steps.match_sharpness else None for samples in cleaned]
    prepared = []
    for number, (band, entry, blur) in enumerate(zip(bands, settings, matching_blurs(widths), strict=True)):
        if not _has_data(band):
            raise RequestError(
                f"{band.band.name} has no data inside the picture.",
                "Leave it out, or set align.north_up and align.everywhere to show bands beside each other.",
            )
        samples = cleaned[number]
        if blur > _LEAST_BLUR:
            samples = SteppedPlane(samples, BlurStep(blur))
        samples = SteppedPlane(samples, measure_background(samples, recipe.steps.background))
        black, white = percentiles(samples, (entry.black, entry.white))
        if not white > black:
            raise RequestError(
                f"{band.band.name} has no contrast: the percentiles {entry.black:g} and {entry.white:g} are both "
                f"{black:g}.",
                "Choose other percentiles, or leave the band out.",
            )
        color = display_color(entry.color) if entry.color else _hue_color(_hue(number, wavelengths))
        density = entry.weight if entry.density is None else entry.density
        prepared.append(PreparedBand(band, samples, color, entry.weight, density, black, white, widths[number], blur))
    return prepared


def _cleaned(band: AlignedBand, recipe: ScienceRecipe) -> PlaneSource:
    """The samples with less noise, and sharper."""
    samples = band.samples
    if recipe.steps.denoise and band.error is not None:
        samples = SteppedPlane(samples, DenoiseStep(band.error, recipe.steps.denoise))
    if recipe.steps.deconvolve and (step := measure_deconvolution(samples, band.error, recipe.steps.deconvolve)):
        samples = SteppedPlane(samples, step)
    return samples


def composite_rows(
    bands: Sequence[PreparedBand],
    recipe: ScienceRecipe,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[CompositeRows]:
    """The picture by rows. Raises Cancelled.

    The luminance is the weighted mean of the bands between black (0) and white (1); the curve changes only the
    luminance, and the chromaticity is that of the bands before the curve. Nothing is clipped.
    """
    rows, columns = bands[0].samples.shape
    colors = np.array([band.color for band in bands], np.float32)
    weights = np.array([band.weight for band in bands], np.float32)
    densities = np.array([band.density for band in bands], np.float32)
    total = float(weights.sum()) or 1.0
    luminance = _LUMINANCE.astype(np.float32)
    for top in range(0, rows, _ROWS):
        if cancelled and cancelled():
            raise Cancelled("The composite was cancelled.")
        window = PixelWindow(top, min(rows, top + _ROWS), 0, columns)
        values, covers = [], []
        for band in bands:
            samples = band.samples.read(window)
            values.append((samples - np.float32(band.black)) / np.float32(band.white - band.black))
            covers.append((band.aligned.coverage.read(window) >= _COVERED) & np.isfinite(samples))
        stack, cover = np.stack(values, axis=-1), np.stack(covers, axis=-1)
        covered: NDArray[np.bool_] = np.asarray(cover.any(axis=-1) if recipe.align.everywhere else cover.all(axis=-1))
        stack = np.where(cover, stack, np.float32(0))
        light = stack @ (weights / np.float32(total))
        tint = np.maximum(stack, 0) @ (colors * (weights / np.float32(total))[:, None]) + _GREY
        tint = _saturated(tint / (tint @ luminance)[..., None], recipe.stretch.saturation)
        curved = stretched(light, recipe.stretch.curve, recipe.stretch.softness)
        shown = np.copysign(np.abs(curved) ** np.float32(_DISPLAY_POWER), curved) * np.float32(recipe.stretch.peak)
        color = np.where(covered[..., None], shown[..., None] * tint, np.float32(0))
        yield CompositeRows(top, color, np.where(covered, stack @ densities, np.float32(0)), covered)
        if progress:
            progress(window.bottom / rows)


def _saturated(tint: NDArray[np.float32], saturation: float) -> NDArray[np.float32]:
    """A chromaticity of luminance 1 with its ratios to this power, which makes no channel negative; 0 is grey."""
    if saturation == 1:
        return tint
    made = np.maximum(tint, np.float32(1e-6)) ** np.float32(saturation)
    made /= (made @ _LUMINANCE.astype(np.float32))[..., None]
    return made


def _has_data(band: AlignedBand) -> bool:
    rows, columns = band.coverage.shape
    tops = range(0, rows, _ROWS)
    return any(band.coverage.read(PixelWindow(top, min(rows, top + _ROWS), 0, columns)).any() for top in tops)


def display_color(code: str) -> tuple[float, float, float]:
    """A display colour #rrggbb (sRGB) as scene-linear ACEScg of luminance 1."""
    values = np.array([int(code[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return _of_luminance_one(linear)


def _hue_color(hue: float) -> tuple[float, float, float]:
    return _of_luminance_one(np.array(colorsys.hsv_to_rgb(hue / 360, 0.85, 1.0)))


def _of_luminance_one(rec709: NDArray[np.float64]) -> tuple[float, float, float]:
    from engine.picture import matrix_to_acescg

    light = matrix_to_acescg(_REC709) @ np.maximum(rec709, 1e-4)
    red, green, blue = (float(value) for value in light / (light @ _LUMINANCE))
    return red, green, blue


def _hue(number: int, wavelengths: Sequence[float | None]) -> float:
    """The hue of a band: from blue for the shortest wavelength to red for the longest, evenly by rank."""
    known = [wavelength if wavelength is not None else float("inf") for wavelength in wavelengths]
    rank = sorted(range(len(known)), key=lambda place: (known[place], place)).index(number)
    share = rank / (len(known) - 1) if len(known) > 1 else 0.5
    return _HUES[0] + share * (_HUES[1] - _HUES[0])
