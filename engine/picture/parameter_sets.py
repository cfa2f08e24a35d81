"""Parameter sets of H.264 and HEVC: those of a decoder configuration, and copies of them in packets.

A packet has NAL units with lengths of four bytes, as in MP4 (ISO/IEC 14496-15).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.picture.bitstream import BitReader, start_coded_units
from engine.picture.nal import NalFormat

Sync = Literal["closed", "open"]
"""A picture at which decoding starts. "closed": no later picture refers to an earlier one. "open": pictures that are
shown before it may (HEVC's CRA)."""

_LENGTH = 4
_AVC_SETS, _AVC_DELIMITER, _AVC_IDR = (7, 8), 9, 5
_HEVC_SETS, _HEVC_DELIMITER, _HEVC_CRA = (32, 33, 34), 35, 21
_HEVC_CLOSED = (16, 17, 18, 19, 20)
# A broken link access picture without leading pictures.
_HEVC_BLA = 18


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The parameter sets of a decoder configuration, as a part of a packet. `codec` is h264 or hevc."""

    codec: str
    units: bytes

    @classmethod
    def of(cls, codec: str, configuration: bytes) -> ParameterSets | None:
        """The sets of an `avcC` or `hvcC`; None if it has none, or if its packets have lengths of other sizes."""
        form = NalFormat.of(codec, configuration)
        if form is None or form.length_size != _LENGTH:
            return None
        try:
            units = list(configuration_units(codec, configuration))
        except ValueError:
            return None
        kinds = _HEVC_SETS if codec == "hevc" else _AVC_SETS
        found = b"".join(_framed(unit) for unit in units if _kind(codec, unit) in kinds)
        return cls(codec, found) if found else None

    def insert(self, packet: bytes) -> bytes:
        """The packet of a sync picture with the sets before its pictures; unchanged if it has sets of its own."""
        kinds = _HEVC_SETS if self.codec == "hevc" else _AVC_SETS
        first = next(units(packet), b"")
        if any(_kind(self.codec, unit) in kinds for unit in units(packet)):
            return packet
        delimiter = _HEVC_DELIMITER if self.codec == "hevc" else _AVC_DELIMITER
        # An access unit delimiter is always the first unit.
        at = _LENGTH + len(first) if first and _kind(self.codec, first) == delimiter else 0
        return packet[:at] + self.units + packet[at:]

    def remove(self, packet: bytes) -> bytes:
        """A packet without the sets."""
        return packet.replace(self.units, b"", 1)


def units(packet: bytes) -> Iterator[bytes]:
    """The NAL units of a packet, until a length exceeds it."""
    at = 0
    while at + _LENGTH <= len(packet):
        start = at + _LENGTH
        at = start + int.from_bytes(packet[at:start], "big")
        if at > len(packet):
            return
        yield packet[start:at]


def length_prefixed(stream: bytes) -> bytes:
    """A packet of a byte stream with start codes (Annex B), with lengths instead."""
    return b"".join(_framed(unit) for one in start_coded_units(stream) if (unit := one.rstrip(b"\0")))


def sync_kind(codec: str, packet: bytes) -> Sync | None:
    """Whether decoding can start at a packet; None if it cannot. Codecs without NAL units: "closed"."""
    if codec not in ("h264", "hevc"):
        return "closed"
    kinds = [_kind(codec, unit) for unit in units(packet) if unit]
    if codec == "h264":
        return "closed" if _AVC_IDR in kinds else None
    if any(kind in _HEVC_CLOSED for kind in kinds):
        return "closed"
    return "open" if _HEVC_CRA in kinds else None


def linked(packet: bytes) -> bytes:
    """The packet of an HEVC picture that began an open GOP (CRA) as the start of a sequence (BLA).

    Only the type in the header of its slices changes (ITU-T H.265 7.4.2.2). A CRA picture inside a film would refer to
    the frames before it. After an end of sequence it would not, but decoders would drop frames that they have not
    shown yet (C.5.2.2).
    """
    return _with_kind(packet, _HEVC_CRA, _HEVC_BLA)


def unlinked(packet: bytes) -> bytes:
    """The packet before `linked`."""
    return _with_kind(packet, _HEVC_BLA, _HEVC_CRA)


def _with_kind(packet: bytes, kind: int, new: int) -> bytes:
    found = bytearray(packet)
    at = 0
    for unit in units(packet):
        at += _LENGTH
        if unit and _kind("hevc", unit) == kind:
            found[at] = unit[0] & 0x81 | new << 1
        at += len(unit)
    return bytes(found)


def has_layers(codec: str, packet: bytes) -> bool:
    """Whether an HEVC packet has pictures of a second layer (the other eye of a spatial video)."""
    return codec == "hevc" and any(len(unit) > 1 and (unit[0] & 1 or unit[1] >> 3) for unit in units(packet))


def _framed(unit: bytes) -> bytes:
    return len(unit).to_bytes(_LENGTH, "big") + unit


def _kind(codec: str, unit: bytes) -> int:
    if not unit:
        return -1
    return unit[0] >> 1 & 63 if codec == "hevc" else unit[0] & 31


def configuration_units(codec: str, configuration: bytes) -> Iterator[bytes]:
    """The NAL units in an `avcC` (ISO/IEC 14496-15 5.3.3.1) or `hvcC` (8.3.3.1)."""
    record = BitReader(configuration)
    if codec == "h264":
        record.skip(5 * 8 + 3)
        for _ in range(record.bits(5)):
            yield record.taken(record.bits(16))
        for _ in range(record.bits(8)):
            yield record.taken(record.bits(16))
        return
    record.skip(22 * 8)
    for _ in range(record.bits(8)):
        record.skip(8)
        for _ in range(record.bits(16)):
            yield record.taken(record.bits(16))
