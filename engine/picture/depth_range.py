"""The depth representation information of a depth stream (ITU-T H.265, Annex G; payload type 177).

It says which inverse distances the lowest and the highest luma code stand for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.picture.bitstream import BitReader, without_emulation_prevention

_PREFIX_SEI, _PAYLOAD = 39, 177
_HEADER = 2
_INVERSE_DISTANCE, _DISPARITY = 0, 1
_LARGEST_EXPONENT = 127


@dataclass(frozen=True, slots=True)
class DepthRange:
    """The values of the lowest and of the highest luma code. Values between them are linear, and larger is nearer."""

    far: float
    near: float


def depth_range(units: Iterable[bytes]) -> DepthRange | None:
    """The range that NAL units of HEVC declare, None if none does.

    Raises ValueError for a kind of depth that is not an inverse distance, and for a message that breaks off.
    """
    for unit in units:
        if unit and (unit[0] >> 1) & 63 == _PREFIX_SEI:
            for kind, payload in _messages(without_emulation_prevention(unit)[_HEADER:]):
                if kind == _PAYLOAD:
                    return _parsed(BitReader(payload))
    return None


def _messages(content: bytes) -> list[tuple[int, bytes]]:
    """The SEI messages of a unit: (type, payload)."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(content) and content[at] != 0x80:
        numbers = []
        for _ in range(2):
            number = 0
            while at < len(content) and content[at] == 0xFF:
                number, at = number + 255, at + 1
            if at >= len(content):
                return found
            numbers.append(number + content[at])
            at += 1
        kind, size = numbers
        found.append((kind, content[at : at + size]))
        at += size
    return found


def _parsed(bits: BitReader) -> DepthRange:
    has_near, has_far, has_least, has_most = (bits.flag() for _ in range(4))
    kind = bits.ue()
    if has_least or has_most:
        bits.ue()
    near, far, least, most = (_number(bits) if has else None for has in (has_near, has_far, has_least, has_most))
    if kind == _DISPARITY and least is not None and most is not None and most > least:
        return DepthRange(least, most)
    if kind == _INVERSE_DISTANCE and near and far and far > near > 0:
        return DepthRange(1 / far, 1 / near)
    raise ValueError(f"depth of kind {kind} without a usable range")


def _number(bits: BitReader) -> float:
    """A number of a sign, 7 bits of exponent, and a mantissa of 1 to 32 bits."""
    sign, exponent = -1.0 if bits.flag() else 1.0, bits.bits(7)
    length = bits.bits(5) + 1
    mantissa = bits.bits(length)
    if exponent == _LARGEST_EXPONENT:
        raise ValueError("a depth without a value")
    if exponent == 0:
        return sign * 2.0 ** -(30 + length) * mantissa
    return sign * 2.0 ** (exponent - 31) * (1 + mantissa / 2.0**length)
