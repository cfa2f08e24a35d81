"""Frames that the output shows as they were recorded keep their codes, and need no GPU."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.picture import Compositor, Layer, OutputSpec, Pipeline, Planes, View, YuvPlanes

from .frames import picture

SIZE = (48, 32)
CASES: list[tuple[Encoding, View, int, int]] = [
    (Encoding.HLG, "hlg", 10, 9),
    (Encoding.PQ, "pq", 10, 9),
    (Encoding.REC709, "sdr", 8, 1),
    (Encoding.SRGB, "sdr", 8, 1),
]


def camera_frame(bits: int, matrix: int, steps: tuple[int, int] = (1, 1), *, soft: bool = False) -> Planes:
    """Random codes, also below black and above white; smooth and within the gamut with `soft`. Rows are padded."""
    width, height = SIZE
    columns, rows = width >> steps[0], height >> steps[1]
    kind = np.uint16 if bits > 8 else np.uint8
    samples = []
    for number, (across, down) in enumerate([(width, height), (columns, rows), (columns, rows)]):
        if soft:
            y, x = np.mgrid[0:down, 0 : across + 16]
            centre, swing = (120, 60) if number == 0 else (128, 6)
            codes = np.rint((centre + swing * np.sin(x / 20 + number) * np.cos(y / 15)) * (1 << (bits - 8)))
        else:
            codes = np.random.default_rng(number).integers(0, 1 << bits, (down, across + 16))
        samples.append(np.ascontiguousarray(codes.astype(kind)))
    return Planes((samples[0], samples[1], samples[2]), width, height, bits, steps, matrix, full_range=False)


def codes_of(planes: Planes) -> list[np.ndarray]:
    """The visible samples."""
    width, height = planes.width, planes.height
    across, down = planes.subsampling
    columns, rows = -(-width >> across), -(-height >> down)
    luma, cb, cr = planes.samples
    return [luma[:height, :width], cb[:rows, :columns], cr[:rows, :columns]]


def is_unchanged(out: YuvPlanes, planes: Planes) -> bool:
    pairs = zip((out.y, out.u, out.v), codes_of(planes), strict=True)
    return all(np.array_equal(made, given) for made, given in pairs)


@pytest.mark.parametrize(("encoding", "view", "bits", "matrix"), CASES)
def test_every_code_is_that_of_the_recording(encoding: Encoding, view: View, bits: int, matrix: int) -> None:
    planes = camera_frame(bits, matrix)
    take = picture(*SIZE, encoding, primaries=matrix, matrix=matrix)
    spec = OutputSpec(*SIZE, view, bits)  # type: ignore[arg-type]
    (film,) = Compositor(spec, "as-shot").stream([([Layer(take, encoding, planes)], None)])
    assert is_unchanged(film, planes)
    assert is_unchanged(Pipeline(take, encoding, spec).run(planes), planes)


def test_the_gpu_makes_the_same_frame_up_to_its_rounding() -> None:
    planes = camera_frame(10, 9, soft=True)
    take = picture(*SIZE, Encoding.HLG, primaries=9, matrix=9)
    pipeline = Pipeline(take, Encoding.HLG, OutputSpec(*SIZE, "hlg", 10))
    rendered = pipeline.run(planes, np.zeros((*SIZE[::-1], 4), np.uint8))
    kept = pipeline.run(planes)
    for one, other in zip((rendered.y, rendered.u, rendered.v), (kept.y, kept.u, kept.v), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_a_422_master_of_422_footage_keeps_its_codes() -> None:
    planes = camera_frame(10, 9, (1, 0))
    take = picture(*SIZE, Encoding.HLG, primaries=9, matrix=9)
    out = Pipeline(take, Encoding.HLG, OutputSpec(*SIZE, "hlg", 10, chroma="422")).run(planes)
    assert is_unchanged(out, planes)


@pytest.mark.parametrize(
    ("of_take", "of_frame", "spec"),
    [
        ({"rotation": 180}, {}, {}),
        ({"mirrored": True}, {}, {}),
        ({"primaries": 12}, {}, {}),
        ({}, {"siting": "top-left"}, {}),
        ({}, {"full_range": True}, {}),
        ({}, {"matrix": 1}, {}),
        ({}, {"alpha": np.full(SIZE[::-1], 0.5, np.float32)}, {}),
        ({}, {}, {"view": "pq"}),
        ({}, {}, {"chroma": "422"}),
        ({}, {}, {"width": 24, "height": 16}),
        ({}, {}, {"width": 24, "height": 32, "fit": "fill"}),
    ],
)
def test_a_frame_that_differs_from_the_output_is_rendered(
    of_take: dict[str, Any], of_frame: dict[str, Any], spec: dict[str, Any]
) -> None:
    planes = replace(camera_frame(10, 9, soft=True), **of_frame)
    take = picture(*SIZE, Encoding.HLG, **{"primaries": 9, "matrix": 9, **of_take})
    wanted = OutputSpec(**{"width": SIZE[0], "height": SIZE[1], "view": "hlg", "bit_depth": 10, **spec})
    out = Pipeline(take, Encoding.HLG, wanted).run(planes)
    assert out.y.shape == (wanted.height, wanted.width)
    assert not is_unchanged(out, planes)


def test_by_aces_nothing_is_unchanged() -> None:
    planes = camera_frame(10, 9, soft=True)
    take = picture(*SIZE, Encoding.HLG, primaries=9, matrix=9)
    out = Pipeline(take, Encoding.HLG, OutputSpec(*SIZE, "hlg", 10), rendering="aces").run(planes)
    assert not is_unchanged(out, planes)


def test_an_unchanged_film_opens_no_gpu() -> None:
    """In a new process, because other tests open it."""
    code = """
from engine.catalog import Encoding
from engine.picture import Compositor, Layer, OutputSpec
from tests.picture.test_unchanged import SIZE, camera_frame, is_unchanged
from tests.picture.frames import picture
from engine.render import open_device
planes = camera_frame(10, 9)
layer = Layer(picture(*SIZE, Encoding.HLG, primaries=9, matrix=9), Encoding.HLG, planes)
frames = list(Compositor(OutputSpec(*SIZE, "hlg", 10), "as-shot").stream([([layer], None), ([], None)]))
assert is_unchanged(frames[0], planes)
assert open_device.cache_info().currsize == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True)
