"""Reads the bit fields of codec headers."""

from __future__ import annotations

from collections.abc import Iterator


class BitReader:
    """Reads fields from `data`, most significant bit first. Raises ValueError beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """The number of unread bits."""
        return len(self._data) * 8 - self._at

    def bits(self, count: int) -> int:
        """The next `count` bits as a number: u(n), f(n)."""
        if count > self.left:
            raise ValueError("the header breaks off")
        first, end = self._at, self._at + count
        self._at = end
        held = int.from_bytes(self._data[first // 8 : -(-end // 8)], "big")
        return held >> (-end % 8) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit: u(1)."""
        return self.bits(1) == 1

    def skip(self, count: int) -> None:
        """Skip `count` bits."""
        if count > self.left:
            raise ValueError("the header breaks off")
        self._at += count

    def taken(self, count: int) -> bytes:
        """The next `count` bytes."""
        return self.bits(count * 8).to_bytes(count, "big")

    def ue(self) -> int:
        """An unsigned Exp-Golomb code: ue(v) of ITU-T H.264 9.1 and H.265 9.2, uvlc() of AV1 4.10.3."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise ValueError("no code is as long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb code: se(v) of ITU-T H.264 9.1.1 and H.265 9.2.2."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def leb128(self) -> int:
        """A number in groups of seven bits, least significant first: leb128() of AV1 4.10.5."""
        value = 0
        for group in range(8):
            more, held = self.flag(), self.bits(7)
            value |= held << (7 * group)
            if not more:
                break
        return value


def start_coded_units(data: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream (ITU-T H.264 and H.265 Annex B)."""
    yield from data.split(b"\0\0\1")[1:]


def without_emulation_prevention(unit: bytes) -> bytes:
    """A NAL unit's bytes without emulation prevention bytes (ITU-T H.264 and H.265 7.3.1.1)."""
    return unit.replace(b"\0\0\3", b"\0\0")
