"""Core ML's arrays become values, with any strides and types."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import EngineError
from engine.perception.apple.core_ml_framework import MultiArray

KINDS = {65552: np.float16, 65568: np.float32, 65600: np.float64, 131104: np.int32}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padded", [5, 8])
def test_gaps_between_rows_are_left_out(kind: int, padded: int) -> None:
    values = np.arange(15).reshape(3, 5)
    rows = np.full((3, padded), 77, KINDS[kind])
    rows[:, :5] = values
    # The last row may end with its last value.
    data = rows.tobytes()[: (2 * padded + 5) * rows.itemsize]
    found = MultiArray((1, 1, 3, 5), (3 * padded, 3 * padded, padded, 1), kind, data).array()
    assert found.shape == (1, 1, 3, 5)
    assert np.array_equal(found[0, 0], values)


@pytest.mark.parametrize(("kind", "size"), [(65568, 40), (7, 400)])
def test_other_arrays_are_errors(kind: int, size: int) -> None:
    with pytest.raises(EngineError, match="Core ML returned"):
        MultiArray((3, 5), (5, 1), kind, bytes(size)).array()
