"""Signatures tell frames apart: they find offsets, black, frozen and repeated frames, and clipping."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from av.filter import Graph
from hypothesis import given
from hypothesis import strategies as st

from engine.picture import (
    FrameSignatures,
    assembled_signatures,
    clipping,
    picture_faults,
    picture_offset,
    signatures_from,
)
from engine.picture.frame_signatures import CELLS, SignatureRecorder, signature
from tests.examples import examples

RATE = 30


def scene(count: int = 240, motion: float = 4.0, seed: int = 1) -> np.ndarray:
    """The cells of frames whose picture wanders, `motion` codes in a second; (frames, 64)."""
    generator = np.random.default_rng(seed)
    steps = generator.standard_normal((count, CELLS)) * motion / np.sqrt(RATE)
    return np.clip(generator.uniform(60, 180, CELLS) + np.cumsum(steps, 0), 30, 220)


def signatures(cells: np.ndarray, noise: float = 0.0, late: float = 0.0) -> FrameSignatures:
    noisy = cells + np.random.default_rng(2).standard_normal(cells.shape) * noise
    ends = np.zeros((len(cells), 4), np.float32)
    times = np.arange(len(cells)) / RATE + late
    return FrameSignatures(noisy.astype(np.float32), ends, times)


@given(st.integers(-15, 15), st.floats(2.0, 20.0), st.floats(0, 0.15))
@examples(40)
def test_the_offset_is_found_to_the_frame_under_coding_noise(shift: int, motion: float, noise: float) -> None:
    cells = scene(motion=motion)
    places = np.clip(np.arange(len(cells)) - shift, 0, len(cells) - 1)
    found = picture_offset(signatures(cells), signatures(cells[places], noise), 2.0, 6.0)
    assert found is not None
    assert found.frames == shift
    assert found.seconds == pytest.approx(shift / RATE, abs=1e-6)


def test_times_that_are_late_are_an_offset_without_other_frames() -> None:
    found = picture_offset(signatures(scene()), signatures(scene(), 0.1, late=0.08), 0, 8)
    assert found is not None
    assert (found.frames, found.seconds) == (0, pytest.approx(0.08))


def test_a_still_or_repeating_picture_has_no_offset() -> None:
    still = np.repeat(scene(1), 240, axis=0)
    assert picture_offset(signatures(still), signatures(still, 0.1), 0, 8) is None
    loop = np.tile(scene(6, motion=30), (40, 1))
    assert picture_offset(signatures(loop), signatures(loop, 0.1), 0, 8) is None
    unknown = signatures(np.full((240, CELLS), np.nan))
    assert picture_offset(unknown, signatures(scene()), 0, 8) is None


@given(st.integers(20, 150), st.integers(15, 60), st.floats(2.0, 20.0), st.floats(0, 0.3))
@examples(40)
def test_a_frozen_stretch_is_found_where_it_is(first: int, length: int, motion: float, noise: float) -> None:
    cells = scene(motion=motion)
    broken = cells.copy()
    broken[first : first + length] = cells[first - 1]
    found = picture_faults(signatures(cells), signatures(broken, noise))
    assert found.compared == 240
    assert found.black == ()
    moved = np.abs(cells[first + length - 1] - cells[first - 1])
    if np.sort(moved)[-4:].mean() > 4:
        (one,) = found.frozen or found.repeated
        assert abs(one.last - (first + length)) <= 1
        # A picture that moves slowly is known to stand a moment later.
        assert first - 1 <= one.first < first + length


@given(st.integers(1, 200), st.integers(1, 30))
@examples(40)
def test_black_frames_are_found_unless_they_were_rendered(first: int, length: int) -> None:
    cells = scene()
    black = cells.copy()
    black[first : first + length] = 16
    found = picture_faults(signatures(cells), signatures(black, 0.2))
    assert [(one.first, one.last) for one in found.black] == [(first, first + length)]
    assert (found.frozen, found.repeated) == ((), ())
    assert not picture_faults(signatures(black), signatures(black, 0.2)).black


def test_a_frame_shown_twice_and_a_stretch_played_twice_are_repeated() -> None:
    cells = scene(motion=20)
    twice = cells.copy()
    twice[100] = cells[99]
    assert [(one.first, one.last) for one in picture_faults(signatures(cells), signatures(twice, 0.2)).repeated] == [
        (100, 101)
    ]
    again = cells.copy()
    again[100:130] = cells[70:100]
    found = picture_faults(signatures(cells), signatures(again, 0.2))
    assert (found.black, found.frozen) == ((), ())
    assert [(one.first, one.last) for one in found.repeated] == [(100, 130)]


@given(st.floats(0, 40), st.floats(0, 1.2), st.integers(0, 1000))
@examples(60)
def test_coding_noise_is_no_fault_however_the_picture_moves(motion: float, noise: float, seed: int) -> None:
    cells = scene(motion=motion, seed=seed)
    cells[100:160] = cells[100]
    cells[200:] = 16
    found = picture_faults(signatures(cells), signatures(cells, noise))
    assert (found.black, found.frozen, found.repeated) == ((), (), ())


def test_frames_that_were_not_measured_are_not_compared() -> None:
    cells = scene()
    part = cells.copy()
    part[50:100] = np.nan
    found = picture_faults(signatures(cells), signatures(part))
    assert (found.compared, found.black, found.frozen, found.repeated) == (190, (), (), ())


def test_a_picture_that_was_rendered_clipped_is_not_clipped_by_encoding() -> None:
    luma = np.tile(np.linspace(16, 300, 640).clip(16, 235), (360, 1)).astype(np.uint8)
    harder = ((luma.astype(float) - 128) * 1.3 + 128).clip(16, 235).astype(np.uint8)
    noisy = (luma + np.random.default_rng(1).integers(-2, 3, luma.shape)).clip(0, 255).astype(np.uint8)
    tables = [np.tile(signature(one, 8), (30, 1)) for one in (luma, noisy, harder)]
    rendered, usual, clipped = (assembled_signatures([(0, table)], np.arange(30) / RATE) for table in tables)
    good, bad = clipping(rendered, usual), clipping(rendered, clipped)
    assert good
    assert good.rendered == pytest.approx(0.23, abs=0.02)
    assert good.worst == 0
    assert bad
    assert bad.worst > 0.1


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize("size", [(1080, 1920), (96, 54), (7, 5), (128, 128)])
def test_a_signature_is_the_mean_of_its_cells(size: tuple[int, int], bits: int) -> None:
    generator = np.random.default_rng(3)
    coarse = generator.integers(20, 230, (8, 8))
    edges = [np.arange(9) * length // 8 for length in size]
    luma = np.repeat(np.repeat(coarse, np.diff(edges[0]), 0), np.diff(edges[1]), 1)
    assert luma.shape == size
    found = signature(luma.astype(np.uint8 if bits == 8 else np.uint16) << (bits - 8), bits)[:CELLS]
    wanted = coarse.ravel() if min(size) >= 8 else np.full(CELLS, luma.mean())
    assert found == pytest.approx(wanted, abs=0.01)


def test_signatures_survive_being_stored() -> None:
    recorder = SignatureRecorder()
    frames = np.random.default_rng(4).integers(0, 256, (5, 64, 64)).astype(np.uint8)
    for luma in frames:
        recorder.add(signature(luma, 8))
    stored = signatures_from(recorder.text())
    assert np.array_equal(stored, recorder.table())
    assert np.abs(stored - np.array([signature(luma, 8) for luma in frames])).max() <= 1 / 256
    assert signatures_from("").shape == (0, 68)


def test_black_and_frozen_stretches_are_those_that_ffmpeg_detects() -> None:
    """FFmpeg's blackdetect and freezedetect find the same stretches in the same frames."""
    y, x = np.mgrid[:90, :160]
    frames = [(60 + 60 * (np.sin(x / 9 + n / 3) + np.cos(y / 7 - n / 4)) + 60).clip(30, 220) for n in range(120)]
    wanted = np.array(frames, np.uint8)
    broken = wanted.copy()
    broken[30:60] = wanted[29]
    broken[80:110] = 16
    found = {}
    for name, given_frames in (("wanted", wanted), ("broken", broken)):
        recorder = SignatureRecorder()
        for luma in given_frames:
            recorder.add(signature(luma, 8))
        found[name] = assembled_signatures([(0, recorder.table())], np.arange(120) / RATE)
    faults = picture_faults(found["wanted"], found["broken"])
    assert [(one.start, one.end) for one in faults.frozen] == [(pytest.approx(1.0, abs=0.04), pytest.approx(2.0))]
    assert detected(broken, "freezedetect", "n=-50dB:d=0.5")[:2] == [pytest.approx(29 / 30, abs=0.04), 2.0]
    assert [(one.start, one.end) for one in faults.black] == [(pytest.approx(80 / 30), pytest.approx(110 / 30))]
    assert detected(broken, "blackdetect", "d=0.5")[:2] == [
        pytest.approx(80 / 30, abs=0.01),
        pytest.approx(110 / 30, abs=0.01),
    ]


def detected(frames: np.ndarray, name: str, options: str) -> list[float]:
    """The start and end times in the metadata of FFmpeg's filter."""
    graph = Graph()
    height, width = frames.shape[1:]
    source = graph.add_buffer(
        width=width,
        height=height,
        format=av.VideoFormat("gray"),
        time_base=Fraction(1, RATE),  # type: ignore[arg-type]
    )
    shape, detector, sink = graph.add("format", "yuv420p"), graph.add(name, options), graph.add("buffersink")
    source.link_to(shape)
    shape.link_to(detector)
    detector.link_to(sink)
    graph.configure()
    found = {}
    for number, luma in enumerate(frames):
        full = ((luma.astype(float) - 16) * 255 / 219).clip(0, 255).astype(np.uint8)
        frame = av.VideoFrame.from_ndarray(full, "gray")
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        graph.push(frame)
        while True:
            try:
                metadata = graph.pull().metadata
            except (BlockingIOError, av.EOFError):
                break
            for key, value in metadata.items():
                if key.startswith("lavfi.") and key.rpartition("_")[2] in ("start", "end"):
                    found.setdefault((key, value), float(value))
    return list(found.values())
