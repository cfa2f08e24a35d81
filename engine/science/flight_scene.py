"""The scene of a flight: the light of a science picture without its stars, its heights, and its stars."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, RequestError
from engine.science.flight_camera import REFERENCE_DISTANCE

Floats = NDArray[np.float32]

MOST_COLUMNS = 960
"""The longer side of the volume's slices, in columns."""

# The longer side of the light that is read, in pixels: a frame shows no more, and a larger picture would need more
# memory than a job has.
_MOST_PIXELS = 4096
# Stars lie up to this far from the picture's plane, the volume up to half as far, in half heights of the frame.
STAR_DEPTH = 0.9
# Luminance of ACEScg: the second row of the matrix from AP1 to XYZ.
_LUMINANCE = np.array([0.27222872, 0.67408177, 0.05368952], np.float32)
# Half of the square in which a star's colour is measured, in pixels.
_REACH = 2
# The deviation in pixels by which light of stars that the table does not have is blurred.
_UNRESOLVED = 5.0
_MOST_POINTS = 40_000
# How far a point stands out, as a share of its light, and the least light of one.
_CONTRAST, _DARKEST = 0.15, 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class FlightScene:
    """The parts of a picture.

    `base` (rows, columns, 4) is scene-linear ACEScg without stars, and the height 0–1 as the fourth channel.
    `half_size` is that of the picture, in half heights of a frame that it fills. `stars` (count, 8) have their place
    x, y, z, the distance at which they have their light, their light in ACEScg times the pixels of a picture that is
    `rows` high in the frame, and 0.
    """

    base: Floats
    half_size: tuple[float, float]
    stars: Floats
    rows: float


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Positions from the top left, sizes, and fluxes (count, bands)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    sizes: NDArray[np.float64]
    fluxes: NDArray[np.float64]


def read_scene(color: Path, stars: Path | None, aspect: float, seed: int) -> FlightScene:
    """The scene of a picture for frames of this aspect ratio, width / height.

    Raises RequestError if `color` does not have the parts color and density, or the table of stars is damaged.
    """
    light, density, whole, step = _read_parts(color)
    rows, columns = density.shape
    table = _read_table(stars, whole) if stars else _table([], whole)
    table = _reduced(table, step)
    # The picture fills the frame: it is cropped above and below, or left and right.
    fills = min(1.0, columns / rows / aspect)
    half_size = (columns / rows / fills, 1 / fills)
    window = _window(table)
    if window is None:
        base, smooth, placed = light, density, np.zeros((0, 8), np.float32)
    else:
        base = np.stack([_without_stars(light[..., n], window) for n in range(3)], -1)
        smooth = _without_stars(density, window)
        base, placed = _parted(table, light, base, half_size, seed)
    step = max(1, -(-max(rows, columns) // MOST_COLUMNS))
    thick = np.maximum(_means(smooth[..., None], step), 0)
    height = thick / (1 + thick)
    return FlightScene(np.concatenate([_means(base, step), height], -1), half_size, placed, rows * fills)


def _read_parts(color: Path) -> tuple[Floats, Floats, int, int]:
    """The light, the density, the rows of the file, and by how much light and density are reduced."""
    import OpenEXR

    if not color.is_file():
        raise RequestError(f"{color} does not exist.", "Check the name.")
    try:
        with OpenEXR.File(str(color), separate_channels=True) as file:
            parts = {part.name(): {n: c.pixels for n, c in part.channels.items()} for part in file.parts}
            channels = [parts["color"].pop(name) for name in "RGB"]
            density: Any = parts["density"].pop("Y")
            alpha: Any = parts["color"].pop("A", None)
    except (RuntimeError, OSError, ValueError) as problem:
        raise RequestError(f"{color} cannot be read: {problem}", "Choose an OpenEXR file.") from None
    except KeyError as missing:
        raise RequestError(
            f"{color} has no {missing.args[0]}.", "Choose the NAME.color.exr that cwtui science composite wrote."
        ) from None
    rows = density.shape[0]
    step = max(1, -(-max(density.shape) // _MOST_PIXELS))
    covered = None if alpha is None else np.asarray(alpha) > 0
    del alpha, parts
    light = []
    while channels:
        # Each channel is released before the next one is reduced.
        light.append(_reduced_channel(channels.pop(0), covered, step))
    return np.stack(light, -1), _reduced_channel(density, None, step), rows, step


def _reduced_channel(samples: Any, covered: NDArray[np.bool_] | None, step: int) -> Floats:
    """Means of squares of `step` pixels, 0 where nothing is covered."""
    known = np.nan_to_num(samples) if covered is None else np.where(covered, np.nan_to_num(samples), 0)
    return np.ascontiguousarray(_means(known[..., None], step)[..., 0], np.float32)


def _read_table(path: Path, rows: int) -> _Table:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return _table(list(csv.DictReader(file)), rows)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as problem:
        raise RequestError(
            f"{path} is not a table of stars: {problem}", "Make the picture again with cwtui science composite."
        ) from None


def _table(stars: list[dict[str, str]], rows: int) -> _Table:
    bands = [name for name in (stars[0] if stars else {}) if name.startswith("flux_")]

    def column(name: str) -> NDArray[np.float64]:
        return np.array([float(star[name]) for star in stars])

    fluxes = np.array([[float(star[band]) for band in bands] for star in stars]).reshape(len(stars), len(bands))
    return _Table(column("x"), rows - 1 - column("y"), column("fwhm_px"), fluxes)


def _reduced(table: _Table, step: int) -> _Table:
    """The table for a picture that is reduced to means of squares of `step` pixels."""
    if step == 1:
        return table
    x, y = ((place + 0.5) / step - 0.5 for place in (table.x, table.y))
    return _Table(x, y, np.maximum(table.sizes / step, 1.0), table.fluxes)


def _window(table: _Table) -> int | None:
    """The width in pixels that nearly no star exceeds; None without stars."""
    if not len(table.x):
        return None
    return 2 * math.ceil(1.5 * float(np.percentile(table.sizes, 90))) + 1


def _without_stars(samples: Floats, window: int) -> Floats:
    """The light that is wider than a star: an opening, smoothed because it has edges of the window's shape."""
    from scipy import ndimage

    opened = ndimage.grey_opening(samples, window, mode="nearest")
    smooth: Floats = ndimage.gaussian_filter(opened, window / 3, mode="nearest")
    return smooth


def _parted(
    table: _Table, light: Floats, base: Floats, half_size: tuple[float, float], seed: int
) -> tuple[Floats, Floats]:
    """The light of the volume, and the stars as rows of `FlightScene.stars` in the table's order.

    All stars together have the light that the picture has above `base` around them, each by its flux, in the colour
    that it has there. Points that the table does not have follow, each with its own light. The rest of what is above
    `base` is blurred and stays in the volume. A star at a depth lies on its line of sight from the reference camera.
    """
    from scipy import ndimage

    rows, columns = light.shape[:2]
    flux = _relative_flux(table.fluxes)
    shown = (flux > 0) & (table.x > -0.5) & (table.x < columns - 0.5) & (table.y > -0.5) & (table.y < rows - 0.5)
    x, y, flux, sizes = table.x[shown], table.y[shown], flux[shown], table.sizes[shown]
    difference = light - base
    above = np.maximum(difference, 0)
    colors = np.ones((len(x), 3), np.float32)
    total, rest = 0.0, above.copy()
    for number, (across, down, size) in enumerate(zip(x, y, sizes, strict=True)):
        colors[number] = _color(_around(above, down, across, _REACH))
        own = _around(rest, down, across, math.ceil(1.5 * size))
        total += float((own @ _LUMINANCE).sum(dtype=np.float64))
        own[:] = 0
    light_of = colors * (flux / max(float(flux.sum()), 1e-30) * total)[:, None]
    points = _points(rest)
    x, y = (np.concatenate([one, points[:, n]]) for n, one in enumerate((x, y)))
    light_of = np.concatenate([light_of, points[:, 2:]])
    # Where the smooth light is above the picture, the difference is blurred too, so that the sum is right.
    rest += np.minimum(difference, 0)
    for channel in range(3):
        base[..., channel] += ndimage.gaussian_filter(rest[..., channel], _UNRESOLVED, mode="nearest")
    z = STAR_DEPTH * (2 * _random(x, y, seed) - 1)
    spread = (REFERENCE_DISTANCE - z) / REFERENCE_DISTANCE
    right = ((x + 0.5) / columns * 2 - 1) * half_size[0] * spread
    up = (1 - (y + 0.5) / rows * 2) * half_size[1] * spread
    placed = np.column_stack([right, up, z, REFERENCE_DISTANCE - z, light_of, np.zeros(len(x))])
    return base, np.ascontiguousarray(placed, np.float32)


def _points(rest: Floats) -> NDArray[np.float64]:
    """Stars that are too faint or too close for the table, as rows x, y, red, green, blue; `rest` loses their light.

    They are the brightest maxima that stand out of what is around them.
    """
    from scipy import ndimage

    light = rest @ _LUMINANCE
    narrow, wide = (ndimage.gaussian_filter(light, deviation, mode="nearest") for deviation in (0.8, 3.0))
    peaks = (narrow == ndimage.maximum_filter(narrow, 3)) & (narrow - wide > _CONTRAST * narrow) & (narrow > _DARKEST)
    places = np.argwhere(peaks)
    order = np.argsort(-narrow[peaks], kind="stable")[:_MOST_POINTS]
    points = np.zeros((len(order), 5))
    for point, (down, across) in zip(points, places[order], strict=True):
        own = _around(rest, down, across, _REACH)
        point[:] = across, down, *own.sum((0, 1), dtype=np.float64)
        own[:] = 0
    return points


def _around(samples: Floats, y: float, x: float, reach: int) -> Floats:
    """A view of the pixels around a place."""
    down, across = round(y), round(x)
    return samples[max(0, down - reach) : down + reach + 1, max(0, across - reach) : across + reach + 1]


def _relative_flux(fluxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the bands, each in units of its own mean; a band without a flux does not count."""
    if not fluxes.size:
        return np.zeros(len(fluxes))
    known = np.where(np.isfinite(fluxes) & (fluxes > 0), fluxes, 0.0)
    means = known.sum(0) / np.maximum((known > 0).sum(0), 1)
    relative: NDArray[np.float64] = (known / np.where(means > 0, means, 1)).sum(1) / np.maximum((known > 0).sum(1), 1)
    return relative


def _color(box: Floats) -> Floats:
    """The mean colour of pixels with a luminance of 1."""
    mean = box.reshape(-1, 3).mean(0)
    luminance = float(mean @ _LUMINANCE)
    return mean / np.float32(luminance) if luminance > 1e-6 else np.ones(3, np.float32)


def _random(x: NDArray[np.float64], y: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each position, by the integer hash of shaders/common/hash.wgsl."""
    a, b = (np.rint(values * 64).astype(np.int64).astype(np.uint32) for values in (x, y))
    c = np.full(len(a), seed, np.uint32)
    with np.errstate(over="ignore"):
        a, b, c = (part * np.uint32(1664525) + np.uint32(1013904223) for part in (a, b, c))
        for last in (False, True):
            a = a + b * c
            b = b + c * a
            c = c + a * b
            if not last:
                a, b, c = (part ^ (part >> np.uint32(16)) for part in (a, b, c))
    return a / 2.0**32


def _means(samples: Floats, step: int) -> Floats:
    """The means of squares of `step` pixels, less what does not fill one at the right and below."""
    rows, columns, channels = samples.shape
    if step == 1:
        return samples
    down, across = rows // step, columns // step
    if not down or not across:
        raise EngineError("The picture is too narrow for a flight.", "Choose a picture that is wider and higher.")
    cut = samples[: down * step, : across * step].reshape(down, step, across, step, channels)
    means: Floats = cut.mean((1, 3), dtype=np.float32)
    return means
