"""Light that spreads, computed in float64 by matrices of B-spline integrals and by SciPy's filters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import ceil, cos, radians, sin, sqrt

import numpy as np
from scipy import sparse
from scipy.interpolate import BSpline
from scipy.ndimage import correlate1d, map_coordinates

Lobes = Sequence[tuple[float, Sequence[float]]]
"""Sigma in pixels, and the share by colour."""


@cache
def hats(fine: int) -> sparse.csr_array:
    """(pixel, cell): the integral over each pixel of the hat function of each of half as many cells."""
    coarse = ceil(fine / 2)
    if coarse == fine:
        return sparse.csr_array(np.eye(fine))
    ratio = fine / coarse
    hat = BSpline.basis_element(np.array([-1.0, 0.0, 1.0])).antiderivative()
    made = sparse.lil_array((fine, coarse))
    for pixel in range(fine):
        start, end = pixel / ratio - 0.5, (pixel + 1) / ratio - 0.5
        for cell in range(int(np.floor(start)), int(np.floor(end)) + 2):
            limits = np.clip([start - cell, end - cell], -1, 1)
            part = ratio * float(np.diff(hat(limits))[0])
            made[pixel, min(max(cell, 0), coarse - 1)] += part
    return sparse.csr_array(made)


@cache
def smoothing(count: int) -> sparse.csr_array:
    """The weights 1 2 1, mirrored at the edges."""
    made = sparse.lil_array((count, count))
    for place in range(count):
        for neighbour, weight in ((place - 1, 0.25), (place, 0.5), (place + 1, 0.25)):
            made[place, min(max(neighbour, 0), count - 1)] += weight
    return sparse.csr_array(made)


def along(matrix: sparse.csr_array, light: np.ndarray, axis: int) -> np.ndarray:
    moved = np.moveaxis(light, axis, 0)
    made = matrix @ moved.reshape(moved.shape[0], -1)
    return np.moveaxis(made.reshape(-1, *moved.shape[1:]), 0, axis)


def halve(light: np.ndarray, number: int, axes: Sequence[int] = (0, 1)) -> np.ndarray:
    """The light of level `number` from that of the level before."""
    for axis in axes:
        count = light.shape[axis]
        if number > 1 and count > 1:
            light = along(smoothing(count), light, axis)
        light = along(hats(count).T, light, axis) * ceil(count / 2) / count
    return light


def refine(light: np.ndarray, number: int, shape: Sequence[int], axes: Sequence[int] = (0, 1)) -> np.ndarray:
    """The light of level `number` of a shape from that of the next level."""
    for axis in axes:
        light = along(hats(shape[axis]), light, axis)
        if number > 0 and shape[axis] > 1:
            light = along(smoothing(shape[axis]), light, axis)
    return light


def level_of(sigma: float) -> tuple[int, float, float]:
    """The level at which a Gaussian is made, its variance, and the part of its share that it spreads."""
    if sigma**2 < 1.5:
        return 1, 1.5, sigma**2 / 1.5
    fits = [n for n in range(2, 20) if own_variance(2.0**n) + (0.6 if n == 2 else 0.4) * 4**n <= sigma**2]
    return max(fits, default=1), sigma**2, 1.0


def own_variance(pitch: float) -> float:
    return 1.5 + 2.5 * (pitch**2 - 4) / 3


def blur(light: np.ndarray, variance: float, pitch: float, axis: int) -> np.ndarray:
    rest = variance - own_variance(pitch)
    if rest <= 0.01 * pitch**2 or light.shape[axis] == 1:
        return light
    sigma = sqrt(rest) / pitch
    radius = 3 if 3 * sigma <= 3 else 6
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return np.asarray(correlate1d(light, weights / weights.sum(), axis, mode="reflect"))


def highlights(picture: np.ndarray, threshold: float, knee: float, most: float) -> np.ndarray:
    light = picture.max(-1, keepdims=True)
    begin, end = threshold / 2 ** (knee / 2), threshold * 2 ** (knee / 2)
    place = np.clip((light - begin) / max(end - begin, 1e-6), 0, 1)
    return picture * place**2 * (3 - 2 * place) * np.minimum(1, most / np.maximum(light, 1e-6))


def spread(picture: np.ndarray, source: np.ndarray, lobes: Lobes) -> np.ndarray:
    """`picture` after the lobes have moved the light of `source`, each lobe by itself."""
    made = picture.astype(np.float64)
    for sigma, share in lobes:
        level, variance, part = level_of(sigma)
        levels = [source.astype(np.float64)]
        for number in range(1, level + 1):
            levels.append(halve(levels[-1], number))
        light = levels[-1]
        for axis in (1, 0):
            light = blur(light, variance, source.shape[axis] / light.shape[axis], axis)
        for number in range(level - 1, -1, -1):
            light = refine(light, number, levels[number].shape)
        made += part * np.asarray(share) * (light - source)
    return made


def streak(picture: np.ndarray, source: np.ndarray, lobes: Lobes, thickness: float, angle: float) -> np.ndarray:
    """`picture` after the lobes have moved the light of `source` along a line."""
    base, variance, _ = level_of(thickness)
    levels = [source.astype(np.float64)]
    for number in range(1, base + 1):
        levels.append(halve(levels[-1], number))
    line, pitch = levels[-1], 2.0**base
    if angle:
        line, variance = turn(line, picture.shape, pitch, angle, False), variance - 2 / 3 * pitch**2
    line = blur(line, variance, pitch, 0)
    made = picture.astype(np.float64)
    for sigma, share in lobes:
        level, along_variance, part = level_of(sigma)
        lines = [line]
        for number in range(base + 1, level + 1):
            lines.append(halve(lines[-1], number, [1]))
        level, along_variance = max(level, base), max(along_variance, own_variance(pitch))
        light = blur(lines[-1], along_variance, pitch * line.shape[1] / lines[-1].shape[1], 1)
        for number in range(level - 1, base - 1, -1):
            light = refine(light, number, lines[number - base].shape, [1])
        if angle:
            light = turn(light, picture.shape, pitch, angle, True, levels[-1].shape)
        for number in range(base - 1, -1, -1):
            light = refine(light, number, levels[number].shape)
        made += part * np.asarray(share) * (light - source)
    return made


def turn(
    light: np.ndarray, size: Sequence[int], pitch: float, angle: float, back: bool, shape: Sequence[int] = ()
) -> np.ndarray:
    """A level on a grid of square cells at an angle, or such a grid on the level of `shape`."""
    height, width = size[:2]
    c, s = cos(radians(angle)), sin(radians(angle))
    straight = shape if back else light.shape
    turned = (
        light.shape[:2]
        if back
        else (
            ceil((width * abs(s) + height * abs(c)) / pitch) + 2,
            ceil((width * abs(c) + height * abs(s)) / pitch / 64) * 64,
        )
    )
    down, across = height / straight[0], width / straight[1]
    if back:
        y, x = np.mgrid[: straight[0], : straight[1]] + 0.5
        y, x = y * down - height / 2, x * across - width / 2
        u, v = (x * c - y * s) / pitch, (x * s + y * c) / pitch
        places = [v + turned[0] / 2 - 0.5, u + turned[1] / 2 - 0.5]
    else:
        v, u = np.mgrid[: turned[0], : turned[1]] + 0.5
        u, v = (u - turned[1] / 2) * pitch, (v - turned[0] / 2) * pitch
        x, y = u * c + v * s, -u * s + v * c
        places = [(y + height / 2) / down - 0.5, (x + width / 2) / across - 0.5]
    planes = [map_coordinates(plane, places, order=3, prefilter=False, mode="grid-constant") for plane in
              np.moveaxis(light, -1, 0)]  # fmt: skip
    return np.stack(planes, -1)
