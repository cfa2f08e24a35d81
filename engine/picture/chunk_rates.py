"""The bit rate of each chunk of a movie, by the bits of others."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from engine.picture.encoders import PictureFormat
from engine.picture.two_pass import MOST, share_bits

# A movie in one pass may have so many seconds of its rate above its average.
_BUFFER = 1

# What a chunk aims at in one pass, as a share of the highest average: encoders miss an average by about as much.
_AIM = Fraction(49, 50)

# The lowest rate of a chunk in one pass, as a share of the movie's.
_LOWEST = Fraction(1, 8)


def first_rate(wanted: PictureFormat) -> int | None:
    """The rate of every chunk in one pass, in bits per second; None for constant quality.

    It depends on no other chunk, so that the chunks can be encoded in any order, on any number of machines.
    """
    if wanted.bit_rate is None:
        return None
    seconds = wanted.frames / wanted.rate
    return int(min(Fraction(wanted.bit_rate), _AIM * wanted.bit_rate * (1 + _BUFFER / seconds)))


def lower_rates(
    bits: Sequence[int], lengths: Sequence[int], rates: Sequence[int], wanted: PictureFormat, spent: int
) -> list[int | None]:
    """The rates at which chunks are encoded again in one pass; None for each chunk that is kept.

    `bits` are the sizes of all chunks, encoded at `rates`; `lengths` in frames; `spent` bits are copied. If together
    they exceed the movie's rate and a buffer of one second, those above their shares get less, in proportion.
    """
    assert wanted.bit_rate
    over = sum(bits) + spent - wanted.bit_rate * (wanted.frames / wanted.rate + _BUFFER)
    excess = [
        max(Fraction(0), size - wanted.bit_rate * count / wanted.rate)
        for size, count in zip(bits, lengths, strict=True)
    ]
    if over <= 0 or not any(excess):
        return [None] * len(bits)
    part = min(Fraction(1), over / sum(excess))
    lowest = int(_LOWEST * wanted.bit_rate)
    return [
        max(lowest, int(rate * _AIM * (1 - part * more / size))) if more and rate > lowest else None
        for size, more, rate in zip(bits, excess, rates, strict=True)
    ]


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
