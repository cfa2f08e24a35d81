"""Two sides become one voice."""

import numpy as np
import pytest

from engine.sound.dialog.fold import fold_of

from .voices import Samples, blocks, hiss, voice


def sides(left: Samples, right: Samples) -> list[Samples]:
    return list(blocks(np.stack([left, right], axis=1)))


@pytest.mark.parametrize(
    ("right", "wanted", "why"),
    [
        (1.0, (1.0, 0.0), "the same"),
        (0.8, (0.5, 0.5), "mean"),
        (0.01, (1.0, 0.0), "left side alone"),
        (-1.2, (0.0, 1.0), "cancel"),
    ],
)
def test_the_sides_are_looked_at_first(right: float, wanted: tuple[float, float], why: str) -> None:
    said = voice()
    fold = fold_of(sides(said, (said * right).astype(np.float32)))

    assert (fold.left, fold.right) == wanted
    assert why in fold.why
    mono = np.concatenate([fold.mono(block) for block in sides(said, said)])
    np.testing.assert_allclose(mono, said, atol=1e-7)


def test_a_dead_left_side_is_left_out() -> None:
    fold = fold_of(sides(hiss(48_000, 1e-5), voice()[:48_000]))
    assert (fold.left, fold.right) == (0.0, 1.0)
