"""Tests optical flow on motions that are known exactly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.perception import AnalysisFrame, FlowProvider, FlowQuality, OpticalFlow, open_flow_provider
from engine.render import open_device

Pixels = NDArray[np.uint8]
Motion = NDArray[np.float64]


@pytest.fixture(scope="module")
def provider() -> Iterator[FlowProvider]:
    opened = open_flow_provider()
    yield opened
    opened.close()


def _frame(pixels: Pixels, number: int = 0) -> AnalysisFrame:
    return AnalysisFrame(number, Fraction(number, 25), pixels)


def _noise(height: int, width: int) -> Pixels:
    """A texture with detail of a few pixels and of a few dozen."""
    from scipy.ndimage import gaussian_filter

    random = np.random.default_rng(1)
    layers = [gaussian_filter(random.normal(0, 1, (height, width)), size) for size in (1.5, 6.0, 16.0)]
    texture = sum((layer - layer.mean()) / layer.std() for layer in layers)
    grey = np.clip(128 + 25 * np.asarray(texture), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _moved(pixels: Pixels, matrix: Motion, shift: tuple[float, float]) -> tuple[Pixels, Motion]:
    """The picture after `matrix` (x, y) around its centre and `shift`, and the motion of each pixel in pixels."""
    from scipy.ndimage import affine_transform

    height, width = pixels.shape[:2]
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    inverse = np.linalg.inv(matrix)
    origin = centre - inverse @ (centre + shift)
    moved = affine_transform(pixels[..., 0].astype(float), inverse[::-1, ::-1], origin[::-1], order=3, mode="nearest")
    grey = np.clip(np.round(moved), 0, 255).astype(np.uint8)
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    motion = (places - centre) @ (matrix - np.eye(2)).T + shift
    return np.repeat(grey[..., None], 3, axis=2), motion


def _errors(flow: NDArray[np.float32], motion: Motion) -> Motion:
    """The length of the error in pixels, without the border from which the picture leaves."""
    edge = 16
    wrong = np.hypot(*np.moveaxis(flow * flow.shape[0] - motion, -1, 0))
    return np.asarray(wrong[edge:-edge, edge:-edge])


def _digest(flow: OpticalFlow) -> str:
    return hashlib.sha256(flow.forward.tobytes() + flow.backward.tobytes() + flow.validity.tobytes()).hexdigest()


def _rotation(degrees: float, scale: float = 1.0) -> Motion:
    turn = np.deg2rad(degrees)
    return scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


@pytest.mark.parametrize(
    ("matrix", "shift"),
    [
        pytest.param(np.eye(2), (5.0, -2.5), id="shift"),
        pytest.param(_rotation(3), (0.0, 0.0), id="rotation"),
        pytest.param(_rotation(0, 1.06), (0.0, 0.0), id="scale"),
        pytest.param(_rotation(-2, 0.97), (-4.0, 3.0), id="all"),
    ],
)
def test_flow_is_the_motion_in_both_directions(
    provider: FlowProvider, matrix: Motion, shift: tuple[float, float]
) -> None:
    first = _noise(180, 320)
    second, motion = _moved(first, matrix, shift)
    flow = provider.flow(_frame(first), _frame(second, 1))
    assert np.median(_errors(flow.forward, motion)) < 0.1
    assert np.percentile(_errors(flow.forward, motion), 95) < 0.5
    # The reverse motion of the pixels of the second frame.
    inverse = np.linalg.inv(matrix)
    centre = np.array([(320 - 1) / 2, (180 - 1) / 2])
    places = np.stack(np.meshgrid(np.arange(320), np.arange(180)), axis=-1)
    back = (places - centre - shift) @ inverse.T + centre - places
    assert np.median(_errors(flow.backward, back)) < 0.1
    assert flow.validity[16:-16, 16:-16].mean() > 0.97


@pytest.mark.parametrize("quality", ["fast", "medium", "fine"])
def test_every_quality_finds_no_motion_and_one_between_pixels(quality: FlowQuality) -> None:
    opened = open_flow_provider(quality)
    first = _noise(120, 212)
    # Frames that differ in one pixel are compared, equal ones are known to be.
    dot = first.copy()
    dot[-1, -1] ^= 1
    for second in (first.copy(), dot):
        still = opened.flow(_frame(first), _frame(second, 1))
        assert np.abs(still.forward).max() < 1e-3
        assert np.abs(still.backward).max() < 1e-3
        assert (still.validity == 1).all()
    second, motion = _moved(first, _rotation(1), (2.4, 1.3))
    moving = opened.flow(_frame(first), _frame(second, 1))
    assert np.median(_errors(moving.forward, motion)) < 0.1


@pytest.mark.parametrize("size", [(333, 217), (64, 48), (23, 31), (9, 8), (8, 8), (500, 8)])
def test_any_size_from_a_patch_on_has_a_flow(provider: FlowProvider, size: tuple[int, int]) -> None:
    width, height = size
    wide = _noise(height, width + 1)
    flow = provider.flow(_frame(wide[:, 1:]), _frame(wide[:, :-1], 1))
    assert flow.forward.shape == flow.backward.shape == (height, width, 2)
    assert flow.validity.shape == (height, width)
    assert flow.forward.dtype == flow.backward.dtype == flow.validity.dtype == np.float32
    assert flow.forward.flags.c_contiguous
    assert np.median(np.abs(flow.forward * height - (1, 0))) < 0.1
    assert (flow.validity[:, -1] == 0).mean() > 0.9  # leaves the frame


def test_frames_that_cannot_be_compared_are_refused(provider: FlowProvider) -> None:
    with pytest.raises(RequestError, match="one size; frame 0 is 64 × 64, frame 1 is 48 × 64"):
        provider.flow(_frame(_noise(64, 64)), _frame(_noise(64, 48), 1))
    with pytest.raises(RequestError, match="at least 8 × 8 pixels; these are 40 × 7"):
        provider.flow(_frame(_noise(7, 40)), _frame(_noise(7, 40), 1))


def test_more_light_is_no_motion(provider: FlowProvider) -> None:
    first = _noise(180, 320)
    second, motion = _moved(first, np.eye(2), (3.0, 1.5))
    brighter = np.clip(second * 1.2, 0, 255).astype(np.uint8)
    flow = provider.flow(_frame(first), _frame(brighter, 1))
    assert np.median(_errors(flow.forward, motion)) < 0.15
    assert flow.validity[16:-16, 16:-16].mean() > 0.9


def test_fast_pan_is_found() -> None:
    wide = _noise(270, 520)
    flow = open_flow_provider("fast").flow(_frame(wide[:, 40:]), _frame(wide[:, :-40], 1))
    assert np.median(_errors(flow.forward, np.full((270, 480, 2), (40.0, 0.0)))) < 0.1
    assert not flow.validity[:, -40:].any()
    assert flow.validity[16:-16, 16:-56].mean() > 0.97


def test_covered_background_is_not_valid(provider: FlowProvider) -> None:
    first = _noise(180, 320)
    second = first.copy()
    square = _noise(400, 400)[300:360, 300:360]
    first[60:120, 100:160] = square
    second[60:120, 116:176] = square
    flow = provider.flow(_frame(first), _frame(second, 1))
    assert np.allclose(np.median(flow.forward[66:114, 106:154], axis=(0, 1)) * 180, (16, 0), atol=0.1)
    assert flow.validity[66:114, 162:174].mean() < 0.3
    assert flow.validity[66:114, 106:154].mean() > 0.9
    assert flow.validity[:50].mean() > 0.97


def test_equal_frames_give_equal_bytes_whatever_was_seen_before(provider: FlowProvider) -> None:
    wide = _noise(90, 190)
    frames = [_frame(np.ascontiguousarray(wide[:, 3 * number : 160 + 3 * number]), number) for number in range(4)]
    in_sequence = [_digest(provider.flow(*pair)) for pair in pairwise(frames)]
    alone = [_digest(open_flow_provider().flow(*pair)) for pair in pairwise(frames)]
    assert in_sequence == alone
    assert len(set(alone)) == 3


def test_frame_in_reused_memory_is_a_new_frame() -> None:
    wide = _noise(90, 170)
    memory = wide[:, :160].copy()
    opened = open_flow_provider()
    opened.flow(_frame(wide[:, 2:162]), _frame(memory, 1))
    memory[:] = wide[:, 8:168]
    flow = opened.flow(_frame(memory, 1), _frame(wide[:, 5:165], 2))
    assert np.allclose(np.median(flow.forward, axis=(0, 1)) * 90, (3, 0), atol=0.05)


def test_identity_names_the_device_and_the_quality() -> None:
    opened = open_flow_provider("fast")
    opened.warm_up()
    assert opened.identity.product == "optical_flow"
    assert opened.identity.parameters["quality"] == "fast"
    assert opened.identity.device
    opened.close()


@pytest.mark.slow
def test_passes_that_are_drawn_give_the_bytes_of_stored_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    # A GPU draws most of the passes and samples their pictures; lavapipe can do both.
    wide = _noise(90, 168)
    frames = _frame(wide[:, :160]), _frame(wide[:, 8:], 1)
    stored = _digest(open_flow_provider("fine").flow(*frames))
    monkeypatch.setattr(open_device(), "software", not open_device().software)
    assert _digest(open_flow_provider("fine").flow(*frames)) == stored
