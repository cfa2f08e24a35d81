"""The guided upsample of masks: against NumPy, and against masks that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, zoom

from engine.effects import guided_upsample
from engine.picture import PictureWindow
from tests.effects.guided_oracle import bilinear
from tests.effects.guided_oracle import guided_upsample as oracle
from tests.perception.scenes import Floats, Scene

ROWS, COLUMNS = 39, 50
RADIUS = 2


def mixed(scene: Scene, backdrop: Floats | None = None) -> tuple[Floats, Floats]:
    """A picture of a scene as light, without noise, and the true mask."""
    alpha = scene.alpha(0)[..., None]
    person, behind = ((codes / 255) ** 2.2 for codes in (scene.colours(0), scene.backdrop_colours(0)))
    behind = behind if backdrop is None else backdrop
    return (alpha * person + (1 - alpha) * behind).astype(np.float32), alpha[..., 0]


def analysed(alpha: Floats, softness: float = 2.0) -> Floats:
    """A mask as a small net finds it: soft."""
    height, width = alpha.shape
    small = zoom(gaussian_filter(alpha, softness), (ROWS / height, COLUMNS / width), order=1)
    return np.clip(small, 0, 1).astype(np.float32)


@pytest.mark.parametrize("size", [(117, 150), (97, 141), (39, 50), (21, 33)])
def test_a_mask_has_the_values_of_the_reference(size: tuple[int, int]) -> None:
    light, alpha = mixed(Scene(*size))
    mask = analysed(alpha, size[0] / 60)
    expected = oracle(light.astype(float), mask.astype(float), RADIUS)
    difference = np.abs(guided_upsample(mask, light) - expected)
    # Where all cells around are unsure, the sums of float32 differ.
    assert difference.max() < 0.1
    assert np.quantile(difference, 0.995) < 5e-3
    assert difference.mean() < 3e-4


def test_edges_are_those_of_the_picture() -> None:
    light, alpha = mixed(Scene(234, 300))
    mask = analysed(alpha)
    made = guided_upsample(mask, light)
    soft = bilinear(mask.astype(float), 234, 300)
    assert np.abs(made - alpha).sum() < 0.55 * np.abs(soft - alpha).sum()


def test_without_a_difference_in_colour_a_mask_is_bilinear() -> None:
    _, alpha = mixed(Scene(117, 150))
    mask = analysed(alpha)
    light = np.full((117, 150, 3), 0.3, np.float32)
    np.testing.assert_allclose(guided_upsample(mask, light), bilinear(mask.astype(float), 117, 150), atol=2e-3)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_mask_without_edges_stays(value: float) -> None:
    light, _ = mixed(Scene(117, 150))
    made = guided_upsample(np.full((ROWS, COLUMNS), value, np.float32), light)
    np.testing.assert_array_equal(made, np.full((117, 150), value, np.float32))


def test_a_lamp_behind_does_not_spoil_the_edge() -> None:
    lamp = np.full((117, 150, 3), 0.05, np.float32)
    lamp[:, 90:] = 60
    light, alpha = mixed(Scene(117, 150), lamp)
    mask = analysed(alpha)
    made = guided_upsample(mask, light)
    assert np.isfinite(made).all()
    assert np.abs(made - alpha).sum() < np.abs(bilinear(mask.astype(float), 117, 150) - alpha).sum()


def test_a_window_has_the_part_of_the_mask_that_it_shows() -> None:
    light, alpha = mixed(Scene(156, 200))
    mask = analysed(alpha)
    whole = guided_upsample(mask, light)
    part = guided_upsample(mask, light[40:140, 20:170], PictureWindow(0.1, 40 / 156, 0.75, 100 / 156))
    inner = np.s_[12:-12, 12:-12]
    assert np.abs(part[inner] - whole[40:140, 20:170][inner]).max() < 0.02
    # Beside the picture there is nobody.
    beside = guided_upsample(mask, light, PictureWindow(-0.5, 0, 1.5, 1))
    assert not beside[:, :66].any()


def test_the_same_mask_has_the_same_bytes() -> None:
    light, alpha = mixed(Scene(117, 150))
    mask = analysed(alpha)
    assert guided_upsample(mask, light).tobytes() == guided_upsample(mask, light).tobytes()
