"""Resampling keeps surface brightness or counts, and agrees with reproject."""

from __future__ import annotations

import numpy as np
import pytest
from reproject import reproject_adaptive

from engine.science import tangent_grid
from engine.science.pixel_mapping import map_pixels
from engine.science.plane import PixelWindow
from engine.science.resample import resample

from .skies import CENTRE, band, square_grid, star


@pytest.mark.parametrize(("turn", "scale"), [(27.0, 0.1), (45.0, 0.11), (10.0, 0.22), (33.0, 0.05)])
def test_counts_keep_the_flux_of_a_star(turn: float, scale: float) -> None:
    source = square_grid(96)
    target = tangent_grid(*CENTRE, scale, (round(80 * 0.11 / scale),) * 2, turn)
    for x, y in ((47.5, 47.5), (40.2, 51.7), (52.9, 44.1)):
        light = star(source.shape, x, y)

        made = resample(band(light, source, "DN/s"), target)

        assert np.nansum(made.samples, dtype=float) == pytest.approx(light.sum(dtype=float), rel=1e-3)


@pytest.mark.parametrize(("turn", "scale"), [(27.0, 0.1), (45.0, 0.11), (10.0, 0.22)])
def test_surface_brightness_keeps_its_values(turn: float, scale: float) -> None:
    source, target = square_grid(96), tangent_grid(*CENTRE, scale, (70, 70), turn)
    y, x = np.mgrid[0:96, 0:96]

    made = resample(band(100 + 0.5 * x + 0.3 * y, source), target)

    rows, columns = np.mgrid[0:70, 0:70]
    from_x, from_y = source.to_pixels(*target.to_sky(columns, rows))
    inside = made.coverage > 0.9999
    assert inside.sum() > 1000
    np.testing.assert_allclose(made.samples[inside], (100 + 0.5 * from_x + 0.3 * from_y)[inside], rtol=1e-4)


@pytest.mark.parametrize("unit", ["MJy/sr", "DN"])
def test_the_result_is_that_of_reproject(unit: str) -> None:
    source, target = square_grid(80), tangent_grid(*CENTRE, 0.1, (80, 80), 27.0)
    noise = np.random.default_rng(1).random((80, 80), np.float32)

    made = resample(band(noise, source, unit), target)

    expected, _ = reproject_adaptive(
        (noise, source.wcs), target.wcs, shape_out=target.shape, kernel="gaussian", sample_region_width=5,
        conserve_flux=unit == "DN", boundary_mode="strict",
    )  # fmt: skip
    both = np.isfinite(expected) & (made.coverage > 0.9999)
    assert both.sum() > 2000
    np.testing.assert_allclose(made.samples[both], expected[both], atol=6e-4)


def test_edges_of_the_coverage_are_not_darker() -> None:
    source, target = square_grid(64), tangent_grid(*CENTRE, 0.11, (96, 96), 20.0)
    samples = np.full((64, 64), 7.0)
    samples[20:30, 20:30] = np.nan

    made = resample(band(samples, source), target)

    np.testing.assert_allclose(made.samples[made.coverage > 0], 7.0, rtol=1e-5)
    assert np.isnan(made.samples[made.coverage == 0]).all()
    assert ((made.coverage > 0.01) & (made.coverage < 0.99)).any()


def test_errors_of_independent_pixels_are_propagated() -> None:
    generator = np.random.default_rng(3)
    source, target = square_grid(128), tangent_grid(*CENTRE, 0.11, (100, 100), 30.0)
    noisy = band(generator.normal(0, 2.0, (128, 128)), source)
    exact = resample(noisy, target).samples

    from dataclasses import replace

    from engine.science import ArrayPlane

    made = resample(replace(noisy, error=ArrayPlane(np.full((128, 128), 2.0, np.float32))), target)

    assert made.error is not None
    assert np.nanmean(made.error) == pytest.approx(np.nanstd(exact), rel=0.05)


def test_interpolated_positions_are_exact_to_a_hundredth_of_a_pixel() -> None:
    source, target = square_grid(200, 0.063), tangent_grid(83.801, -5.4004, 0.11, (300, 300), 71.0)
    window = PixelWindow(0, 300, 0, 300)

    mapping = map_pixels(target, source, window)

    rows, columns = np.mgrid[0:300, 0:300]
    exact = np.stack(source.to_pixels(*target.to_sky(columns, rows)), axis=-1)
    cells = np.stack([rows, columns]) // mapping.spacing
    part = (np.stack([rows, columns]) - cells * mapping.spacing) / mapping.spacing
    nodes = mapping.nodes
    upper = nodes[cells[0], cells[1]] * (1 - part[1])[..., None] + nodes[cells[0], cells[1] + 1] * part[1][..., None]
    lower = (
        nodes[cells[0] + 1, cells[1]] * (1 - part[1])[..., None]
        + nodes[cells[0] + 1, cells[1] + 1] * part[1][..., None]
    )
    found = upper * (1 - part[0])[..., None] + lower * part[0][..., None]
    assert np.abs(found - exact).max() < 0.01
