"""Resamples bands to another grid on the GPU, tile by tile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.render import (
    CODES,
    CODES_FORMAT,
    F32,
    U32,
    Bytes,
    Constant,
    Graph,
    Image,
    PixelPass,
    Plan,
    Spec,
    Uniforms,
    UVec2,
    open_device,
)
from engine.science.ordered_threads import in_order
from engine.science.pixel_mapping import PixelMapping, map_pixels
from engine.science.plane import PixelWindow, Samples
from engine.science.raster import Band
from engine.science.repaired_plane import RepairedPlane
from engine.science.sky_grid import SkyGrid

# Pixels of a side of a tile: large enough to occupy a GPU, small enough for positions to be exact in float32.
_TILE = 1024
# Sizes of textures are multiples of this, so that there are few of them.
_ROUNDING = 256
# The kernel reaches 2.5 pixels; scales beyond this need more source pixels than a texture has.
_MOST_SCALE = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """A band on another grid: `samples` in the band's unit, NaN without data; `error` is one standard deviation.

    `coverage` is the share of the kernel with data, from 0 to 1. `error` is None if the band has none.
    `repaired` is the share of these data that was repaired, None if nothing was.
    """

    samples: Samples
    error: Samples | None
    coverage: Samples
    repaired: Samples | None = None


def resample(
    band: Band,
    target: SkyGrid,
    *,
    offset: tuple[float, float] = (0.0, 0.0),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Resampled:
    """The band on the grid `target`, as `resample_rows` makes it."""
    strips = list(resample_rows(band, target, offset=offset, progress=progress, cancelled=cancelled))
    errors = [strip.error for _, strip in strips if strip.error is not None]
    return Resampled(
        np.concatenate([strip.samples for _, strip in strips]),
        np.concatenate(errors) if errors else None,
        np.concatenate([strip.coverage for _, strip in strips]),
    )


def resample_rows(
    band: Band,
    target: SkyGrid,
    *,
    offset: tuple[float, float] = (0.0, 0.0),
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[tuple[int, Resampled]]:
    """Strips of the band on the grid `target`, each with its first row. The band's grid must not be None.

    A surface brightness keeps its values; counts keep their sum. The kernel is a Gaussian of ±.65 pixels of the coarser
    grid at one standard deviation (DeForest 2004). `offset` (x, y) corrects the band's pointing, in its pixels. Errors
    are those of independent pixels. Raises Cancelled.
    """
    rows, columns = target.shape
    resampler = _Resampler(band.flux_rule == "surface brightness")
    for top in range(0, rows, _TILE):
        bottom = min(top + _TILE, rows)
        value, variance, share, repaired = (np.zeros((bottom - top, columns), np.float32) for _ in range(4))
        tiles = [PixelWindow(top, bottom, left, min(left + _TILE, columns)) for left in range(0, columns, _TILE)]
        # The next tile is read while the device resamples this one.
        for tile, needed in zip(tiles, in_order(partial(_needed, band, target, offset), tiles, threads=1), strict=True):
            if cancelled and cancelled():
                raise Cancelled(f"Aligning {band.name} was cancelled.")
            if needed is not None:
                made = resampler.run(*needed)
                across = slice(tile.left, tile.right)
                for place, plane in enumerate((value, variance, share, repaired)):
                    plane[:, across] = made[..., place]
        empty = share <= 0
        value[empty] = np.nan
        error = None
        if band.error is not None:
            error = np.sqrt(variance, out=variance)
            error[empty] = np.nan
        yield top, Resampled(value, error, share, repaired if repaired.any() else None)
        if progress:
            progress(bottom / rows)


def _needed(
    band: Band, target: SkyGrid, offset: tuple[float, float], tile: PixelWindow
) -> tuple[NDArray[np.float32], PixelMapping, PixelWindow] | None:
    """The samples that a tile needs, and their places; None if the band does not reach it."""
    assert band.grid is not None
    mapping = map_pixels(target, band.grid, tile, offset)
    window = mapping.source_window(band.shape, _reach(mapping))
    return None if window is None else (_packed(band, window), mapping, window)


def _reach(mapping: PixelMapping) -> int:
    """Source pixels around the window that its kernels touch."""
    steps = [np.abs(np.diff(mapping.nodes, axis=axis)) / mapping.spacing for axis in (0, 1)]
    widest = max(float(np.nanmax(step, initial=0.0)) for step in steps)
    return int(np.ceil(2.5 * np.sqrt(2) * max(1.0, min(widest, _MOST_SCALE)))) + 1


def _packed(band: Band, window: PixelWindow) -> NDArray[np.float32]:
    """Value, variance, 1 where there is data, and 1 where it was repaired, (rows, columns, 4)."""
    repaired = None
    if isinstance(band.samples, RepairedPlane):
        samples, repaired = band.samples.read_marked(window)
    else:
        samples = band.read(window)
    packed = np.zeros((*samples.shape, 4), np.float32)
    covered = np.isfinite(samples)
    packed[..., 0] = np.where(covered, samples, 0)
    packed[..., 2] = covered
    if repaired is not None:
        packed[..., 3] = repaired
    if band.error is not None:
        error = band.error.read(window)
        packed[..., 1] = np.where(covered & np.isfinite(error), error, 0) ** 2
    return packed


@dataclass(frozen=True)
class ResampleUniforms(Uniforms):
    """See shaders/science/resample.wgsl."""

    size: UVec2
    columns: U32
    scale: F32


class ResamplePass(PixelPass):
    """Resamples a window of a band to a tile of the target."""

    shader = "science/resample.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"stored": CODES, "nodes": "array<vec2<f32>>"}
    outputs = ("resampled",)
    uniforms = ResampleUniforms

    def __init__(self, values: ResampleUniforms, tile: tuple[int, int], spacing: int) -> None:
        super().__init__(values)
        self._tile, self._spacing = tile, spacing

    def constants(self) -> Mapping[str, Constant]:
        """Output pixels between nodes."""
        return {"SPACING": self._spacing}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The tile."""
        rows, columns = self._tile
        return {"resampled": Image(columns, rows, "rgba32float")}


class _Resampler:
    """Runs the pass; it is compiled once for each size of a tile."""

    def __init__(self, keeps_values: bool) -> None:
        self._device = open_device()
        self._scale = 1.0 if keeps_values else 0.0
        self._plans: dict[Any, Plan] = {}
        self._textures: dict[tuple[int, int], Any] = {}
        self._buffers: dict[int, Any] = {}

    def run(self, packed: NDArray[np.float32], mapping: PixelMapping, window: PixelWindow) -> NDArray[np.float32]:
        rows, columns = packed.shape[:2]
        nodes = (mapping.nodes - (window.left, window.top)).astype(np.float32)
        values = ResampleUniforms(size=(columns, rows), columns=nodes.shape[1], scale=self._scale)
        key = (mapping.window.shape, mapping.spacing)
        if key not in self._plans:
            graph = Graph()
            graph.source("stored", Image(columns, rows, CODES_FORMAT))
            graph.source("nodes", Bytes(nodes.nbytes))
            graph.add(ResamplePass(values, *key), "resample")
            self._plans[key] = Plan(self._device, graph, ["resampled"])
        plan = self._plans[key]
        plan.set_values("resample", values)
        stored, places = self._texture(packed), self._nodes(nodes)
        with plan.run({"stored": stored, "nodes": places})["resampled"] as result:
            (made,) = self._device.fetch([result]).result()
        pixels: NDArray[np.float32] = made
        return pixels

    def _texture(self, packed: NDArray[np.float32]) -> Any:
        """A texture with the samples in its corner. It is used again, because a device releases textures late."""
        rows, columns = (-(-size // _ROUNDING) * _ROUNDING for size in packed.shape[:2])
        if (rows, columns) not in self._textures:
            self._textures[rows, columns] = self._device.texture(CODES_FORMAT, columns, rows)
        padded = np.zeros((rows, columns, 4), np.float32)
        padded[: packed.shape[0], : packed.shape[1]] = packed
        self._device.upload_texture(self._textures[rows, columns], padded.view(np.uint32))
        return self._textures[rows, columns]

    def _nodes(self, nodes: NDArray[np.float32]) -> Any:
        if nodes.nbytes not in self._buffers:
            self._buffers[nodes.nbytes] = self._device.buffer(nodes.nbytes)
        self._device.upload(self._buffers[nodes.nbytes], np.ascontiguousarray(nodes))
        return self._buffers[nodes.nbytes]
