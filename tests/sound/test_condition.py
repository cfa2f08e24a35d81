"""Undecodable, zeroed and missing sound is found at its time; silence is not damage."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Damage
from engine.ingest import inspect
from engine.sound import check_sound
from fixtures import clips
from fixtures.atoms import top_level
from fixtures.damage import damaged_file
from fixtures.short_clip import Clip, write_clip

_WAV = Clip("sound.wav", "wav", None, "pcm_s24le")


def condition(path: Path) -> tuple[Damage, ...]:
    return check_sound(path, inspect(path).probe.sound)


@pytest.mark.parametrize("place", [0, 1])
def test_sound_with_halved_sample_sizes_is_damaged(tmp_path: Path, place: int) -> None:
    """With all sample sizes halved, no AAC packet decodes; this must not be reported as a take without sound."""
    damaged = damaged_file(tmp_path, "sizes halved", "aac", place)
    (found,) = condition(damaged.path)
    assert found.media == "sound"
    assert float(found.start or 0) == pytest.approx(float(damaged.start), abs=0.5)
    assert float(found.end or 0) == pytest.approx(float(damaged.end), abs=0.5)


def test_zeros_over_picture_and_uncompressed_sound_are_damage(tmp_path: Path) -> None:
    damaged = damaged_file(tmp_path, "zeroed middle", "prores_ks", 4)
    (expected,) = (stretch for stretch in damaged.truth if stretch.media == "sound")
    (found,) = condition(damaged.path)
    assert found.kind == "silent"
    assert float(found.start or 0) == pytest.approx(float(expected.start), abs=0.1)
    assert float(found.end or 0) == pytest.approx(float(expected.end), abs=0.1)


def test_zeroed_blocks_of_a_wav_are_damage(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "sound.wav", _WAV)
    assert condition(path) == ()
    data = bytearray(path.read_bytes())
    data[64 * 512 : 128 * 512] = bytes(64 * 512)
    path.write_bytes(data)
    (found,) = condition(path)
    assert found.kind == "silent"
    header = path.stat().st_size - 3 * 3 * 48_000
    assert float(found.start or 0) == pytest.approx((64 * 512 - header) / 144_000, abs=0.01)
    assert float(found.end or 0) == pytest.approx((128 * 512 - header) / 144_000, abs=0.01)


@pytest.mark.parametrize("codec", ["aac", "pcm_s24le", "flac", "libmp3lame"])
@pytest.mark.parametrize("sounding", ["silence", "pause"])
def test_recorded_silence_is_not_damage(tmp_path: Path, codec: str, sounding: str) -> None:
    clip = Clip("a.mkv", "matroska", None, codec, sounding=sounding, seconds=Fraction(2))  # type: ignore[arg-type]
    assert condition(write_clip(tmp_path / clip.name, clip)) == ()


def test_a_muted_part_between_pictures_is_not_damage(tmp_path: Path) -> None:
    """Silent packets are between picture frames: it would be damage only if the frames were zero too."""
    clip = Clip("a.mov", "mov", "mjpeg", "pcm_s16le", sounding="pause", seconds=Fraction(2))
    assert condition(write_clip(tmp_path / clip.name, clip)) == ()


def test_zeroed_packets_of_compressed_sound_are_damage(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.m4a", Clip("a.m4a", "ipod", None, "aac"))
    start, end = next((start, end) for kind, start, end in top_level(path) if kind == "mdat")
    data = bytearray(path.read_bytes())
    first, last = start + (end - start) // 3, start + (end - start) // 2
    data[first:last] = bytes(last - first)
    path.write_bytes(data)
    (found,) = condition(path)
    assert float(found.start or 0) == pytest.approx(1.0, abs=0.3)
    assert float(found.end or 0) == pytest.approx(1.5, abs=0.3)


def test_a_track_in_an_unsupported_codec_is_not_damage(tmp_path: Path) -> None:
    assert condition(clips.apac_lookalike(tmp_path / "take.mov")) == ()
