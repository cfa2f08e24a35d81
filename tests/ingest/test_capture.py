"""Capture time and timecode from a file's metadata."""

from __future__ import annotations

import struct
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from engine.ingest import inspect
from fixtures import clips
from fixtures.remux import remux


def broadcast(path: Path, date: str, time: str, samples: int, ixml: str = "") -> Path:
    """Write one second of sound as Broadcast Wave (EBU Tech 3285), with a `bext` chunk, and `iXML` if given."""
    clips.tone(path, 1)
    body = path.read_bytes()[12:]
    bext = struct.pack("<256s32s32s10s8sQH", b"", b"", b"", date.encode(), time.encode(), samples, 1).ljust(602, b"\0")
    chunks = b"bext" + struct.pack("<I", len(bext)) + bext
    if ixml:
        text = ixml.encode() + b" " * (len(ixml) % 2)
        chunks += b"iXML" + struct.pack("<I", len(text)) + text
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks) + len(body)) + b"WAVE" + chunks + body)
    return path


@pytest.mark.parametrize(("date", "time"), [("2025-05-01", "12:34:56"), ("2025:05:01", "12-34-56")])
def test_the_recording_time_of_a_broadcast_wave_file_is_read(tmp_path: Path, date: str, time: str) -> None:
    probe = inspect(broadcast(tmp_path / "a.wav", date, time, 48_000 * 3600)).probe
    assert probe.capture.time is not None
    assert probe.capture.time.replace(tzinfo=None) == datetime(2025, 5, 1, 12, 34, 56)
    assert probe.capture.time.utcoffset() is not None
    assert probe.capture.time_reference == Fraction(3600)
    assert probe.notes == ("audio only",)


@pytest.mark.parametrize(
    ("rate", "flag", "code"),
    [("25/1", "NDF", "01:01:00:12"), ("30000/1001", "DF", "01:01:00;15"), ("24000/1001", "NDF", "01:00:56:20")],
)
def test_the_timecode_of_a_wave_file_counts_at_the_rate_in_ixml(
    tmp_path: Path, rate: str, flag: str, code: str
) -> None:
    speed = f"<SPEED><TIMECODE_RATE>{rate}</TIMECODE_RATE><TIMECODE_FLAG>{flag}</TIMECODE_FLAG></SPEED>"
    path = broadcast(tmp_path / "a.wav", "2025-05-01", "13:01:00", 48_000 * 3660 + 24_000, f"<BWFXML>{speed}</BWFXML>")
    assert inspect(path).probe.capture.timecode == code


@pytest.mark.parametrize("name", [b"RF64", b"BW64"])
def test_ixml_is_read_after_sound_with_a_64_bit_size(tmp_path: Path, name: bytes) -> None:
    path = broadcast(tmp_path / "a.wav", "2025-05-01", "13:01:00", 48_000 * 3660 + 24_000)
    before, data, rest = path.read_bytes()[12:].partition(b"data")
    size = int.from_bytes(rest[:4], "little")
    text = b"<BWFXML><SPEED><TIMECODE_RATE>25/1</TIMECODE_RATE></SPEED></BWFXML> "
    after = b"iXML" + struct.pack("<I", len(text)) + text
    whole = 4 + 36 + len(before) + 8 + size + len(after)
    wide = b"ds64" + struct.pack("<IQQQI", 28, whole, size, 48_000, 0)
    unknown = b"\xff\xff\xff\xff"
    path.write_bytes(name + unknown + b"WAVE" + wide + before + data + unknown + rest[4 : 4 + size] + after)

    assert inspect(path).probe.capture.timecode == "01:01:00:12"


@pytest.mark.parametrize(("date", "time"), [("1904-01-01", "00:00:00"), ("2025-13-40", "99:00:00"), ("", "")])
def test_an_invalid_recording_date_is_ignored(tmp_path: Path, date: str, time: str) -> None:
    probe = inspect(broadcast(tmp_path / "a.wav", date, time, 0)).probe
    assert probe.capture.time is None
    assert probe.capture.time_reference is None


@pytest.mark.parametrize(("created", "year"), [("2025-05-01T10:00:00Z", 2025), ("1970-01-01T00:00:00Z", None)])
def test_the_date_of_a_matroska_file_is_read_unless_it_is_invalid(
    small_take: Path, tmp_path: Path, created: str, year: int | None
) -> None:
    capture = inspect(remux(small_take, tmp_path / "a.mkv", metadata={"creation_time": created})).probe.capture
    assert (capture.time.year if capture.time else None) == year
