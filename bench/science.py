"""Science pictures: resampling against reproject, and the composite of four large bands."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.measurement import measure
from engine.science import ArrayPlane, Band, tangent_grid
from engine.science.resample import resample
from tests.science.skies import square_grid, star, write_band

_SIDE, _LARGE = 4096, 8192
_BANDS = ("F770W", "F1130W", "F1280W", "F1800W")
_COMPOSITE = """
import sys
from pathlib import Path
from engine.science import ScienceRecipe, make_product
from tests.permissions import EXPORT
make_product(EXPORT, sorted(Path(sys.argv[1]).glob("F*.fits")), ScienceRecipe(), Path(sys.argv[2]), "picture")
"""


def run() -> None:
    """Prints both tables."""
    from reproject import reproject_adaptive

    source, target = square_grid(_SIDE), tangent_grid(83.8, -5.4, 0.1, (_SIDE, _SIDE), 27.0)
    samples = np.random.default_rng(1).random((_SIDE, _SIDE), np.float32)
    band = Band(name="band", samples=ArrayPlane(samples), unit="MJy/sr", grid=source)
    resample(band, tangent_grid(83.8, -5.4, 0.1, (64, 64)))
    print(f"| {_SIDE} × {_SIDE}, turned by 27° | wall, s | processor, s |")
    print("| --- | ---: | ---: |")
    _time("ours, on the GPU or its software", lambda: resample(band, target))
    _time(
        "reproject_adaptive, Gaussian",
        lambda: reproject_adaptive(
            (samples, source.wcs), target.wcs, shape_out=target.shape, kernel="gaussian", return_footprint=False
        ),
    )
    print(f"\n| four bands of {_LARGE} × {_LARGE} with errors | wall, s | processor, s | memory, MiB |")
    print("| --- | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        _write_bands(Path(folder))
        found = measure([sys.executable, "-c", _COMPOSITE, folder, f"{folder}/made"])
        print(f"| composite, all files | {found.wall:.0f} | {found.processor:.0f} | {found.memory:.0f} |")


def _time(name: str, work: Callable[[], Any]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    print(f"| {name} | {time.perf_counter() - wall:.2f} | {time.process_time() - processor:.2f} |", flush=True)


def _write_bands(folder: Path) -> None:
    """Bands with noise and 3,000 stars, each turned by three degrees against the one before."""
    generator = np.random.default_rng(1)
    for number, name in enumerate(_BANDS):
        sky = generator.normal(10, 0.3, (_LARGE, _LARGE)).astype(np.float32)
        for x, y in generator.uniform(20, _LARGE - 20, (3000, 2)):
            left, top = int(x) - 8, int(y) - 8
            sky[top : top + 17, left : left + 17] += star((17, 17), x - left, y - top) * generator.uniform(100, 5000)
        write_band(folder / f"{name}.fits", sky, square_grid(_LARGE, turn=3.0 * number), name)
