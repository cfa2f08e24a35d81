"""The pipeline from planes to planes: orientation, sizes, ranges, overlays, reproducibility."""

from __future__ import annotations

import hashlib
import itertools
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Encoding
from engine.picture import OutputSpec, Pipeline, Planes, to_acescg, to_display
from engine.picture.planes import Siting, decoding_matrix
from engine.picture.scaling import place, scale_axis
from engine.render import open_device
from tests.examples import examples

from .frames import linear_planes, picture, rgb_planes, scaled

# The relative rounding error of a half float.
HALF_STEP = 2**-11

LIMITED_10 = {"bit_depth": 10, "matrix": 9, "full_range": False}


def hlg_frame(width: int, height: int, seed: int = 0) -> Planes:
    """Smooth colours within the legal range, 4:2:0."""
    y, x = np.mgrid[0:height, 0:width]
    luma = 502 + 380 * np.sin(x / 37 + seed) * np.cos(y / 29)
    cy, cx = np.mgrid[0 : (height + 1) // 2, 0 : (width + 1) // 2]
    blue, red = 512 + 25 * np.sin(cx / 41), 512 + 25 * np.cos(cy / 31)
    samples = tuple(np.rint(plane).astype(np.uint16) for plane in (luma, blue, red))
    return Planes(samples, width, height, subsampling=(1, 1), **LIMITED_10)


def corner_frame(width: int = 48, height: int = 32) -> np.ndarray:
    """ACEScg with its stored top-left quarter bright, the top-right dimmer, the rest dark."""
    scene = np.full((height, width, 3), 0.01)
    scene[: height // 2, : width // 2] = 1.0
    scene[: height // 2, width // 2 :] = 0.18
    return scene


def upright_scene(rotation: int, mirrored: bool) -> np.ndarray:
    """The corner frame as it is seen upright."""
    upright = np.rot90(corner_frame(), rotation // 90)
    return upright[:, ::-1] if mirrored else upright


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90])
def test_stills_are_upright(rotation: int, mirrored: bool) -> None:
    take = picture(48, 32, Encoding.EXR, rotation=rotation, mirrored=mirrored)

    still = Pipeline(take, Encoding.EXR).linear(linear_planes(corner_frame()))

    np.testing.assert_array_equal(still, upright_scene(rotation, mirrored).astype(np.float16))


# The input pass, which turns the picture, is the one of stills.
@pytest.mark.parametrize(
    ("rotation", "mirrored"),
    [
        (90, True),
        (180, False),
        *(
            pytest.param(rotation, mirrored, marks=pytest.mark.slow)
            for rotation in (0, 90, 180, 270, -90)
            for mirrored in (False, True)
            if (rotation, mirrored) not in ((90, True), (180, False))
        ),
    ],
)
def test_deliverables_are_upright(rotation: int, mirrored: bool) -> None:
    take = picture(48, 32, Encoding.EXR, rotation=rotation, mirrored=mirrored)
    pipeline = Pipeline(take, Encoding.EXR, OutputSpec(take.display_width, take.display_height))

    delivered = pipeline.run(linear_planes(corner_frame())).y

    upright = upright_scene(rotation, mirrored)
    bright, dim = delivered[upright[..., 0] == 1.0], delivered[upright[..., 0] == 0.01]
    assert bright.min() > dim.max() + 60


def transparent(width: int, height: int) -> np.ndarray:
    """An overlay that shows nothing: its frame is rendered on the GPU."""
    return np.zeros((height, width, 4), np.uint8)


def test_an_hlg_take_delivered_as_hlg_keeps_its_codes() -> None:
    codes = np.tile(np.arange(64, 941, dtype=np.uint16), (4, 1))
    neutral = np.full((2, 439), 512, np.uint16)
    planes = Planes((codes, neutral, neutral), 877, 4, subsampling=(1, 1), **LIMITED_10)
    take = picture(877, 4, Encoding.HLG, primaries=9, matrix=9)

    out = Pipeline(take, Encoding.HLG, OutputSpec(877, 4, "hlg", 10)).run(planes, transparent(877, 4))

    assert np.abs(out.y.astype(int) - codes).max() <= 1
    assert np.abs(out.u.astype(int) - 512).max() <= 1
    assert np.abs(out.v.astype(int) - 512).max() <= 1


def test_hlg_colours_are_unchanged_by_a_round_trip() -> None:
    planes = hlg_frame(192, 108)
    take = picture(192, 108, Encoding.HLG, primaries=9, matrix=9)

    out = Pipeline(take, Encoding.HLG, OutputSpec(192, 108, "hlg", 10)).run(planes, transparent(192, 108))

    for actual, expected in zip((out.y, out.u, out.v), planes.samples, strict=True):
        assert np.abs(actual.astype(int) - expected).max() <= 1


def test_a_rec709_take_delivered_in_sdr_keeps_its_codes() -> None:
    codes = np.tile(np.arange(16, 236, dtype=np.uint8), (4, 1))
    neutral = np.full((2, 110), 128, np.uint8)
    planes = Planes((codes, neutral, neutral), 220, 4, bit_depth=8, subsampling=(1, 1), matrix=1, full_range=False)
    take = picture(220, 4, Encoding.REC709, primaries=1, matrix=1)

    out = Pipeline(take, Encoding.REC709, OutputSpec(220, 4, "sdr", 8)).run(planes, transparent(220, 4))

    assert np.abs(out.y.astype(int) - codes).max() <= 1
    assert np.abs(out.u.astype(int) - 128).max() <= 1


@pytest.mark.parametrize(
    ("bits", "full", "matrix"), [(8, False, 1), (8, True, 6), (10, False, 9), (12, False, 1), (16, True, 1)]
)
def test_every_range_depth_and_matrix_decodes_to_the_encoded_light(bits: int, full: bool, matrix: int) -> None:
    rgb = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [0.8, 0.3, 0.1], [0.1, 0.6, 0.9]])
    kr, kb = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}[matrix]
    luma = rgb @ [kr, 1 - kr - kb, kb]
    blue, red = (rgb[:, 2] - luma) / (2 - 2 * kb), (rgb[:, 0] - luma) / (2 - 2 * kr)
    step, most = 1 << (bits - 8), (1 << bits) - 1
    ranges = (0, most, most) if full else (16 * step, 219 * step, 224 * step)
    stored = [ranges[0] + luma * ranges[1], blue * ranges[2] + (most + 1) / 2, red * ranges[2] + (most + 1) / 2]
    kind = np.uint8 if bits == 8 else np.uint16
    samples = tuple(
        np.repeat(np.clip(np.rint(plane), 0, most)[None, :], 2, 0).repeat(4, 1).astype(kind) for plane in stored
    )
    planes = Planes(samples, 20, 2, bits, (0, 0), matrix, full)

    light = Pipeline(picture(20, 2, Encoding.SRGB), Encoding.SRGB).linear(planes)

    expected = to_acescg(rgb, Encoding.SRGB)
    np.testing.assert_allclose(light[0, ::4], expected, rtol=HALF_STEP, atol=2.5 / (1 << bits) * 4)
    np.testing.assert_allclose(decoding_matrix(planes) @ [*(plane[0, 4] for plane in samples), 1], 1, atol=2 / most)


# Cr at columns 6 to 9 and rows 6 to 9 of an edge between samples 3 and 4, from 0 (before it) to 1.
ACROSS = {"left": (0, 0.5, 1, 1), "top-left": (0, 0.5, 1, 1), "centre": (0, 0.25, 0.75, 1)}
DOWN = {"left": (0, 0.25, 0.75, 1), "top-left": (0, 0.5, 1, 1), "centre": (0, 0.25, 0.75, 1)}


# The weights of a siting are the same for every depth.
@pytest.mark.parametrize(
    ("bits", "siting"),
    [
        (8, "left"),
        (8, "centre"),
        (8, "top-left"),
        (16, "top-left"),
        pytest.param(16, "left", marks=pytest.mark.slow),
        pytest.param(16, "centre", marks=pytest.mark.slow),
    ],
)
def test_chroma_is_placed_by_its_siting(bits: int, siting: Siting) -> None:
    step = 1 << (bits - 8)
    kind = np.uint8 if bits == 8 else np.uint16
    light = {}
    for axis in (0, 1):
        red = np.full((8, 8), 128 * step, kind)
        red[(slice(4, None), slice(None)) if axis == 0 else (slice(None), slice(4, None))] = 160 * step
        luma, blue = np.full((16, 16), 128 * step, kind), np.full((8, 8), 128 * step, kind)
        planes = Planes((luma, blue, red), 16, 16, bits, (1, 1), 1, False, siting)
        shown = Pipeline(picture(16, 16, Encoding.EXR), Encoding.EXR).linear(planes)[..., 0]
        row = shown[:, 5] if axis == 0 else shown[5]
        light[axis] = (row[6:10] - row[0]) / (row[15] - row[0])

    np.testing.assert_allclose(light[1], ACROSS[siting], atol=4e-3)
    np.testing.assert_allclose(light[0], DOWN[siting], atol=4e-3)


def spread_420(chroma: np.ndarray, width: int, height: int) -> np.ndarray:
    """Chroma at the left of each second column, and between the rows, at every pixel."""
    site = np.minimum(
        np.arange(width) // 2 + np.stack([np.zeros(width, int), np.arange(width) % 2]), len(chroma[0]) - 1
    )
    wide = chroma[:, site].mean(1)
    row = np.arange(height) // 2
    other = np.clip(row + np.where(np.arange(height) % 2, 1, -1), 0, len(chroma) - 1)
    return 0.75 * wide[row] + 0.25 * wide[other]


# The input pass reads sixteen columns at a time: half a block, whole ones, and widths that end inside a word.
@pytest.mark.parametrize(("bits", "width"), [(8, 24), (8, 32), (10, 40), (10, 16), (10, 21)])
def test_every_column_has_its_own_samples(bits: int, width: int) -> None:
    height = 6
    random = np.random.default_rng(width)
    scale, kind = 1 << (bits - 8), np.uint8 if bits == 8 else np.uint16
    luma = random.integers(90 * scale, 120 * scale, (height, width)).astype(kind)
    blue, red = random.integers(126 * scale, 130 * scale, (2, height // 2, -(-width // 2))).astype(kind)
    planes = Planes((luma, blue, red), width, height, bits, (1, 1), 1, False, "left")

    shown = Pipeline(picture(width, height, Encoding.EXR), Encoding.EXR).linear(planes)

    stored = [luma, spread_420(blue, width, height), spread_420(red, width, height), np.ones_like(luma)]
    np.testing.assert_allclose(shown, np.stack(stored, -1) @ decoding_matrix(planes).T, rtol=2 * HALF_STEP)


@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40), st.integers(1, 40), st.sampled_from(["fit", "fill"]))
@examples(5)
def test_a_uniform_picture_stays_uniform_at_every_size(w: int, h: int, to_w: int, to_h: int, fit: str) -> None:
    scene = np.full((h, w, 3), 0.18, np.float32)
    pipeline = Pipeline(picture(w, h, Encoding.EXR), Encoding.EXR, OutputSpec(to_w, to_h, fit=fit))

    out = pipeline.run(linear_planes(scene))

    assert out.y.shape == (to_h, to_w)
    assert out.u.shape == out.v.shape == ((to_h + 1) // 2, (to_w + 1) // 2)
    grey = Pipeline(picture(8, 8, Encoding.EXR), Encoding.EXR, OutputSpec(8, 8)).run(linear_planes(scene[:1, :1]))
    shown = out.y[out.y > 16 + 8]
    assert shown.size
    assert np.abs(shown.astype(int) - int(np.median(grey.y))).max() <= 1


def test_a_highlight_is_averaged_in_linear_light_without_a_dark_ring() -> None:
    scene = np.full((60, 90, 3), 0.18)
    scene[30, 45] = 1000.0

    small = Pipeline(picture(90, 60, Encoding.EXR), Encoding.EXR).display(linear_planes(scene), width=30)

    background = small[0, 0, 0]
    assert (small >= background - 1e-4).all()
    assert small[10, 15].min() > 0.95


def test_scaling_down_keeps_the_mean_light() -> None:
    rng = np.random.default_rng(1)
    scene = rng.uniform(0, 4, (64, 96, 3)).astype(np.float32)
    take = picture(96, 64, Encoding.EXR).model_copy(update={"display_width": 48, "display_height": 32})

    small = Pipeline(take, Encoding.EXR).linear(linear_planes(scene))

    assert small.shape == (32, 48, 3)
    np.testing.assert_allclose(small[4:-4, 4:-4].mean(), scene[8:-8, 8:-8].mean(), rtol=0.02)


def test_fit_adds_black_bars_and_fill_has_none() -> None:
    scene = np.full((20, 80, 3), 0.5)
    take = picture(80, 20, Encoding.EXR)

    fitted = Pipeline(take, Encoding.EXR, OutputSpec(40, 40, fit="fit")).run(linear_planes(scene))
    filled = Pipeline(take, Encoding.EXR, OutputSpec(40, 40, fit="fill")).run(linear_planes(scene))

    assert set(np.unique(fitted.y[:14])) == {16}
    assert fitted.y[16:24].min() > 100
    assert filled.y.min() > 100


def test_an_opaque_overlay_covers_the_picture() -> None:
    scene = np.full((16, 32, 3), 0.18)
    overlay = np.zeros((16, 32, 4), np.uint8)
    overlay[4:12, 8:24] = (255, 255, 255, 255)
    pipeline = Pipeline(picture(32, 16, Encoding.EXR), Encoding.EXR, OutputSpec(32, 16))

    without_overlay, with_overlay = pipeline.run(linear_planes(scene)), pipeline.run(linear_planes(scene), overlay)

    assert (with_overlay.y[4:12, 8:24] >= 235).all()
    np.testing.assert_array_equal(with_overlay.y[:4], without_overlay.y[:4])


def test_a_frame_has_the_same_bytes_in_any_order_of_access() -> None:
    take = picture(128, 72, Encoding.HLG, primaries=9, matrix=9)
    spec = OutputSpec(64, 36)
    frames = [hlg_frame(128, 72, seed) for seed in range(4)]

    single = [digest(Pipeline(take, Encoding.HLG, spec).run(frame, None, n)) for n, frame in enumerate(frames)]
    streamed = [digest(out) for out in Pipeline(take, Encoding.HLG, spec).stream((f, None) for f in frames)]
    reversed_pipeline = Pipeline(take, Encoding.HLG, spec)

    assert streamed == single
    assert [digest(reversed_pipeline.run(frames[n], None, n)) for n in (3, 2, 1, 0)] == single[::-1]
    assert len(set(single)) == 4


def digest(out: object) -> str:
    planes = (out.y, out.u, out.v)  # type: ignore[attr-defined]
    return hashlib.sha256(b"".join(np.ascontiguousarray(plane).tobytes() for plane in planes)).hexdigest()


# Each new pipeline takes half a second of compilation.
@pytest.mark.parametrize(
    ("rotation", "size"),
    [
        *((0, size) for size in ((64, 90), (72, 40), (70, 91), (262, 130), (9, 5), (2, 2), (3, 200))),
        *((90, size) for size in ((70, 91), (262, 130), (9, 5), (3, 200))),
        *(pytest.param(90, size, marks=pytest.mark.slow) for size in ((64, 90), (2, 2))),
    ],
)
def test_half_size_equals_scaling_each_axis_in_linear_light(rotation: int, size: tuple[int, int]) -> None:
    """Odd sizes, and pictures of several workgroups: no visible seams or edges."""
    width, height = size
    frame = hlg_frame(width, height)
    take = picture(width, height, Encoding.HLG, primaries=9, matrix=9, rotation=rotation)
    pipeline = Pipeline(take, Encoding.HLG)
    half = max(1, take.display_width // 2)

    small = pipeline.display(frame, width=half)

    scene = pipeline.linear(frame)
    shape = (take.display_width, take.display_height)
    window = place(shape, (half, small.shape[0]), "fill")
    across, down = (scale_axis(shape[i], small.shape[1 - i], window.start[i], window.span[i]) for i in (0, 1))
    light = scaled(scaled(scene, down).swapaxes(0, 1), across).swapaxes(0, 1)
    inside = (slice(1, -1), slice(1, -1)) if min(small.shape[:2]) > 2 else (slice(None), slice(None))
    np.testing.assert_allclose(small[inside], to_display(light, "sdr")[inside], atol=0.012)


LARGEST = (7680, 4320)


@pytest.mark.parametrize(
    ("subsampling", "size"),
    [
        *itertools.product(((1, 1), (1, 0), (0, 0)), ((1, 1), (1, 64), (64, 1), (7681, 3))),
        # Without subsampling, the buffers are largest.
        ((0, 0), LARGEST),
        pytest.param((1, 1), LARGEST, marks=pytest.mark.slow),
        pytest.param((1, 0), LARGEST, marks=pytest.mark.slow),
    ],
)
def test_the_smallest_and_the_largest_pictures_are_processed(
    subsampling: tuple[int, int], size: tuple[int, int]
) -> None:
    width, height = size
    chroma = (-(-height // (1 << subsampling[1])), -(-width // (1 << subsampling[0])))
    luma = np.full((height, width), 502, np.uint16)
    planes = Planes(
        (luma, *(np.full(chroma, 512, np.uint16),) * 2), width, height, subsampling=subsampling, **LIMITED_10
    )
    take = picture(width, height, Encoding.HLG, primaries=9, matrix=9)

    out = Pipeline(take, Encoding.HLG, OutputSpec(min(width, 1920), min(height, 1080), "hlg", 10, "fill")).run(planes)

    assert np.abs(out.y.astype(int) - 502).max() <= 1
    assert np.abs(out.u.astype(int) - 512).max() <= 1


@pytest.mark.parametrize("bit_depth", [8, 10])
def test_422_keeps_chroma_on_every_line(bit_depth: int) -> None:
    """Two rows of red and two of blue: in 4:2:2, each row keeps its own chroma."""
    scene = np.zeros((8, 16, 3), np.float32)
    scene[:2, :, 0] = scene[2:4, :, 2] = scene[4:6, :, 0] = scene[6:, :, 2] = 0.5

    out = Pipeline(picture(16, 8, Encoding.EXR), Encoding.EXR, OutputSpec(16, 8, "sdr", bit_depth, chroma="422")).run(
        linear_planes(scene)
    )

    assert out.chroma == "422"
    assert out.u.shape == out.v.shape == (8, 8)
    assert (out.v[[0, 1, 4, 5]].min() > out.v[[2, 3, 6, 7]].max() + (40 << (bit_depth - 8))).all()


def test_a_closed_stream_leaves_no_thread() -> None:
    take = picture(32, 18, Encoding.HLG, primaries=9, matrix=9)
    stream = Pipeline(take, Encoding.HLG, OutputSpec(16, 9)).stream(
        (hlg_frame(32, 18, n), None) for n in itertools.count()
    )
    next(stream)
    assert any(thread.name.startswith("gpu") for thread in threading.enumerate())

    stream.close()

    assert not any(thread.name.startswith("gpu") for thread in threading.enumerate())


def test_an_error_in_a_frame_is_raised_by_the_stream() -> None:
    take = picture(32, 18, Encoding.HLG, primaries=9, matrix=9)
    wrong_overlay = np.zeros((3, 3, 4), np.uint8)

    with pytest.raises(ValueError, match="does not fit"):
        list(Pipeline(take, Encoding.HLG, OutputSpec(16, 9)).stream([(hlg_frame(32, 18), wrong_overlay)]))


def test_a_frame_of_another_size_is_processed() -> None:
    take = picture(64, 36, Encoding.HLG, primaries=9, matrix=9)
    pipeline = Pipeline(take, Encoding.HLG, OutputSpec(32, 18))
    large, small = hlg_frame(64, 36), hlg_frame(60, 34)

    first = digest(pipeline.run(large))

    assert digest(pipeline.run(small)) != first
    assert digest(pipeline.run(large)) == first


def test_a_steady_stream_creates_no_gpu_resources() -> None:
    take = picture(128, 72, Encoding.HLG, primaries=9, matrix=9)
    pipeline = Pipeline(take, Encoding.HLG, OutputSpec(80, 45))
    frames = [hlg_frame(128, 72, seed) for seed in range(3)]
    list(pipeline.stream((frame, None) for frame in frames))
    counts = open_device().pool.counts
    created = counts.made

    list(pipeline.stream((frame, None) for frame in frames * 5))

    assert counts.made == created
    assert counts.reused > 0


def test_linear_light_includes_values_above_white() -> None:
    white = rgb_planes(np.ones((2, 8, 3)))

    light = Pipeline(picture(8, 2, Encoding.HLG), Encoding.HLG).linear(white)

    np.testing.assert_allclose(light, 3.0612, rtol=HALF_STEP)
