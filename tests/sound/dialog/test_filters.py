"""Streaming filters: the output has the input's length and timing, regardless of block sizes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sound.dialog.filters import LinearPhase, Split

from .voices import Samples, hiss


def apply(stage: LinearPhase, samples: Samples, cuts: list[int]) -> Samples:
    parts = np.split(samples, sorted({cut % (len(samples) + 1) for cut in cuts}))
    return np.concatenate([*[stage.process(part) for part in parts], stage.finish()])


@given(st.integers(1, 9000), st.lists(st.integers(0, 9000), max_size=6))
@settings(max_examples=30)
def test_output_keeps_the_length_and_does_not_depend_on_block_sizes(count: int, cuts: list[int]) -> None:
    samples = hiss(9000, 0.1)[:count]
    taps = np.hanning(101) / 50

    whole = apply(LinearPhase(taps), samples, [])

    assert len(whole) == count
    # The signal is extended by its first and last sample, so that a constant has no edges.
    np.testing.assert_allclose(whole, np.convolve(np.pad(samples, 50, "edge"), taps, "valid"), atol=1e-6)
    np.testing.assert_allclose(apply(LinearPhase(taps), samples, cuts), whole, atol=1e-6)


@given(st.lists(st.integers(0, 20_000), max_size=5))
@settings(max_examples=15)
def test_the_bands_of_a_split_add_up_to_the_input(cuts: list[int]) -> None:
    samples, split = hiss(20_000, 0.1), Split(160, 4095)

    parts = [split.process(part) for part in np.split(samples, sorted(cuts))]
    low, high = (np.concatenate(side) for side in zip(*parts, split.finish(), strict=True))

    np.testing.assert_allclose(low + high, samples, atol=1e-6)
