"""Checks NAL units as stored in MP4 and Matroska: invalid bytes reveal damage that a decoder does not detect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# Byte sequences forbidden in a NAL unit: an encoder inserts 03 before the last byte (ITU-T H.264 and H.265, 7.4.1).
_FORBIDDEN = (b"\0\0\0", b"\0\0\1", b"\0\0\2")


@dataclass(frozen=True, slots=True)
class NalFormat:
    """`codec` is h264 or hevc; `length_size` is the size in bytes of a NAL unit's length field (ISO/IEC 14496-15)."""

    codec: str
    length_size: int

    @classmethod
    def of(cls, codec: str, configuration: bytes | None) -> NalFormat | None:
        """The format declared by a decoder configuration record; None for other codecs and for start codes."""
        if not configuration or configuration[0] != 1:
            return None
        if codec == "h264" and len(configuration) > 6:
            return cls(codec, (configuration[4] & 3) + 1)
        if codec == "hevc" and len(configuration) > 22:
            return cls(codec, (configuration[21] & 3) + 1)
        return None

    def is_slice(self, header: int) -> bool:
        """Whether a NAL unit with this first byte is a slice."""
        return 1 <= header & 31 <= 5 if self.codec == "h264" else (header >> 1) & 63 < 32


def is_malformed(packet: bytes, form: NalFormat) -> bool:
    """Whether the NAL unit lengths do not match the packet, or a unit contains forbidden bytes."""
    try:
        for unit in _units(packet, form):
            if not unit or form.is_slice(unit[0]):
                body = unit.rstrip(b"\0")
                if not body or any(three in body for three in _FORBIDDEN):
                    return True
    except ValueError:
        return True
    return False


def is_disposable(packet: bytes, form: NalFormat) -> bool:
    """Whether no other picture references this one: nal_ref_idc 0 in H.264. Always False for HEVC."""
    if form.codec != "h264":
        return False
    try:
        header = next((unit[0] for unit in _units(packet, form) if unit and form.is_slice(unit[0])), None)
    except ValueError:
        return False
    return header is not None and not header & 0x60


def _units(packet: bytes, form: NalFormat) -> Iterator[bytes]:
    """Yields each NAL unit. Raises ValueError if the lengths do not match the packet."""
    at = 0
    while at < len(packet):
        start = at + form.length_size
        length = int.from_bytes(packet[at:start], "big")
        at = start + length
        if at > len(packet):
            raise ValueError("a NAL unit extends beyond its packet")
        yield packet[start:at]
