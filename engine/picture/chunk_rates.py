"""The bit rate of each chunk of a movie, by the bits of others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.picture.encoders import PictureFormat
from engine.picture.two_pass import MOST, share_bits

# A chunk after one above its share gets less than the recipe's rate, but never less than this share of it.
_LOWEST_SHARE = Fraction(3, 4)


def chunks_are_independent(wanted: PictureFormat) -> bool:
    """Whether the chunks of a movie can be encoded in any order.

    With an average bit rate in one pass, the rate of a chunk depends on the sizes of those before it.
    """
    return wanted.bit_rate is None or wanted.passes == 2


def rate_of_next(before: int, stretch: range, wanted: PictureFormat) -> int | None:
    """The bit rate of a chunk after `before` bits, in one pass: the movie's rate, less the excess of earlier chunks.

    It depends only on earlier chunks, so that a resumed movie has the same rates.
    """
    if wanted.bit_rate is None:
        return None
    budget = wanted.bit_rate * stretch.stop / wanted.rate - before
    share = budget * wanted.rate / len(stretch) / wanted.bit_rate
    return int(wanted.bit_rate * min(Fraction(1), max(_LOWEST_SHARE, share)))


def highest_rate(wanted: PictureFormat) -> int:
    """The highest rate of a chunk and of any second in two passes, in bits per second."""
    assert wanted.bit_rate
    return int(MOST * wanted.bit_rate)


def shared_rates(costs: Sequence[int], lengths: Sequence[int], wanted: PictureFormat, spent: int) -> list[int]:
    """The bit rates of all chunks in the second pass, by their costs and lengths in frames; `spent` bits are copied.

    They depend on the first passes alone, so that the chunks can be encoded in any order, on any number of machines.
    """
    assert wanted.bit_rate
    budget = wanted.bit_rate * wanted.frames / wanted.rate - spent
    shares = share_bits(budget, costs, lengths, highest_rate(wanted) / wanted.rate)
    return [max(1, int(bits * wanted.rate / frames)) for bits, frames in zip(shares, lengths, strict=True)]
