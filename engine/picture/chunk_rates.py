"""The bit rate of each chunk of a movie, by the bits of others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.picture.encoders import PictureFormat
from engine.picture.two_pass import MOST, share_bits

# What a chunk aims at in one pass, as a share of its limit: encoders miss an average by about as much.
_AIM = Fraction(49, 50)

# A chunk that exceeds its limit in one pass is encoded again, at no less than this share of the movie's rate.
_LOWEST = Fraction(3, 4)


def first_rate(wanted: PictureFormat) -> int | None:
    """The rate at which a chunk is encoded in one pass, in bits per second; None for constant quality."""
    return None if wanted.bit_rate is None else int(min(Fraction(wanted.bit_rate), _AIM * _limit(wanted)))


def lower_rate(rate: int, bits: int, frames: int, wanted: PictureFormat) -> int | None:
    """The rate at which a chunk is encoded again that has `bits` after one pass at `rate`; None if it is kept.

    It depends on the chunk alone, so that chunks can be encoded in any order, on any number of machines. No chunk
    exceeds the movie's rate and a share of the buffer of one second, so that the movie does not either.
    """
    assert wanted.bit_rate
    limit = _limit(wanted) * frames / wanted.rate
    lowest = int(_LOWEST * wanted.bit_rate)
    if bits <= limit or rate <= lowest:
        return None
    return max(lowest, int(rate * _AIM * limit / bits))


def _limit(wanted: PictureFormat) -> Fraction:
    """The highest average of a chunk in one pass, in bits per second: the movie's, and the buffer of one second."""
    assert wanted.bit_rate
    return wanted.bit_rate * (1 + wanted.rate / wanted.frames)


def highest_rate(wanted: PictureFormat) -> int:
    """The highest rate of any second of a chunk, in bits per second; in two passes, also its highest average."""
    assert wanted.bit_rate
    return int(MOST * wanted.bit_rate) if wanted.passes == 2 else wanted.bit_rate


def shared_rates(costs: Sequence[int], lengths: Sequence[int], wanted: PictureFormat, spent: int) -> list[int]:
    """The bit rates of all chunks in the second pass, by their costs and lengths in frames; `spent` bits are copied.

    They depend on the first passes alone, so that the chunks can be encoded in any order, on any number of machines.
    """
    assert wanted.bit_rate
    budget = wanted.bit_rate * wanted.frames / wanted.rate - spent
    shares = share_bits(budget, costs, lengths, highest_rate(wanted) / wanted.rate)
    return [max(1, int(bits * wanted.rate / frames)) for bits, frames in zip(shares, lengths, strict=True)]
