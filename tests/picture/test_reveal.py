"""Wipes and pushes: in linear light, at the right place, as a NumPy reference has them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.catalog import Encoding
from engine.picture import Compositor, Layer, OutputSpec, Reveal

from .frames import picture, rgb_planes

SIZE = (32, 16)
DIRECTIONS = ("left", "right", "up", "down")


def coverage(width: int, height: int, direction: str, progress: float, softness: float) -> NDArray[np.float64]:
    """The weight of the new picture of a wipe, by the definition: a ramp behind an edge."""
    across = direction in ("left", "right")
    length = width if across else height
    centres = (np.arange(length) + 0.5) / length
    way = centres if direction in ("right", "down") else 1 - centres
    soft = max(softness, 1 / length)
    weights = np.clip((progress * (1 + soft) - way) / soft, 0, 1)
    return np.broadcast_to(weights[None, :] if across else weights[:, None], (height, width))


def pushed(old: NDArray[np.float64], new: NDArray[np.float64], direction: str, progress: float) -> NDArray[np.float64]:
    """Both pictures beside each other, as a film that moves by, sampled between pixels."""
    axis = 1 if direction in ("left", "right") else 0
    length = old.shape[axis]
    film = np.concatenate((old, new) if direction in ("left", "up") else (new, old), axis)
    start = progress * length if direction in ("left", "up") else (1 - progress) * length
    at = start + np.arange(length)
    below = np.floor(at).astype(int)
    part = np.expand_dims(at - below, [n for n in range(old.ndim) if n != axis])
    following = np.minimum(below + 1, 2 * length - 1)
    return np.take(film, below, axis) * (1 - part) + np.take(film, following, axis) * part


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.sampled_from(DIRECTIONS),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_wipe_weights_both_pictures(size: tuple[int, int], direction: str, progress: float, softness: float) -> None:
    width, height = size
    shown = [
        Reveal("wipe", direction, progress, incoming, softness).applied(np.ones((height, width, 1)))[..., 0]  # type: ignore[arg-type]
        for incoming in (False, True)
    ]
    np.testing.assert_allclose(sum(shown), 1, atol=1e-6)
    np.testing.assert_allclose(shown[1], coverage(width, height, direction, progress, softness), atol=1e-6)


@given(st.tuples(st.integers(1, 24), st.integers(1, 24)), st.sampled_from(DIRECTIONS), st.floats(0, 1))
def test_a_push_moves_both_pictures_together(size: tuple[int, int], direction: str, progress: float) -> None:
    width, height = size
    random = np.random.default_rng(1)
    old, new = random.random((height, width, 3)), random.random((height, width, 3))
    shown = sum(
        Reveal("push", direction, progress, incoming).applied(one)  # type: ignore[arg-type]
        for one, incoming in ((old, False), (new, True))
    )
    np.testing.assert_allclose(shown, pushed(old, new, direction, progress), atol=1e-6)


@pytest.mark.parametrize(("kind", "direction"), [("wipe", "left"), ("wipe", "down"), ("push", "right"), ("push", "up")])
def test_the_gpu_mixes_as_the_reference(kind: str, direction: str) -> None:
    width, height = SIZE
    random = np.random.default_rng(2)
    codes = [random.uniform(0.1, 0.9, (height, width, 1)).repeat(3, 2) for _ in range(2)]
    progress, softness = 0.37, 0.25
    layers = [
        Layer(
            picture(width, height, Encoding.SRGB),
            Encoding.SRGB,
            rgb_planes(one),
            reveal=Reveal(kind, direction, progress, incoming, softness),  # type: ignore[arg-type]
        )
        for one, incoming in zip(codes, (False, True), strict=True)
    ]
    (frame,) = Compositor(OutputSpec(width, height), "as-shot").stream([(layers, None)])
    old, new = (((np.rint(one * 255) / 255 + 0.055) / 1.055) ** 2.4 for one in codes)
    if kind == "wipe":
        weight = coverage(width, height, direction, progress, softness)[..., None]
        light = old * (1 - weight) + new * weight
    else:
        light = pushed(old, new, direction, progress)
    wanted = 1.055 * light[..., 0] ** (1 / 2.4) - 0.055
    np.testing.assert_allclose((frame.y.astype(float) - 16) / 219, wanted, atol=2.5 / 219)
