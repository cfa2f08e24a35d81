"""A master is at its target, below its ceiling, in sync and complete, measured on the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import Cancelled, EngineError, RequestError
from engine.sound import Target, write_master

from .sounds import click_near, clicks, speechlike, tone, write_sound

PODCAST = Target(lufs=-16, true_peak_ceiling_dbtp=-1)


def decoded(path: Path, skipping: bool = True):
    """The decoded samples, (samples, 2); with `skipping`, without frames at negative time stamps."""
    with av.open(str(path)) as file:
        frames = [f.to_ndarray() for f in file.decode(audio=0) if not skipping or f.pts >= 0]
        planar = file.streams.audio[0].codec_context.format.is_planar
    if planar:
        return np.concatenate(frames, axis=1).T
    return np.concatenate([f.reshape(-1, 2) for f in frames]) / 2**31


@pytest.mark.parametrize(
    ("name", "codec"), [("a.m4a", "aac"), ("a.mp4", "aac"), ("a.mov", "aac"), ("a.wav", "wav"), ("a.mp3", "mp3")]
)
def test_quiet_speech_reaches_its_target(tmp_path: Path, name: str, codec: str) -> None:
    import pyloudnorm

    source = write_sound(tmp_path / "in.wav", speechlike(8, -30), codec="pcm_f32le")
    loud = Target(lufs=-24, true_peak_ceiling_dbtp=-1)
    master = write_master(source, None, tmp_path / name, target=loud, codec=codec)
    assert master.gain.held_by == "target"
    assert master.after.integrated_lufs == pytest.approx(-24, abs=0.1)
    measured = pyloudnorm.Meter(48_000).integrated_loudness(decoded(tmp_path / name).astype(np.float64))
    assert measured == pytest.approx(-24, abs=0.1)
    assert master.duration == 8


@pytest.mark.parametrize(("codec", "bit_rate", "under"), [("aac", 384_000, 0.2), ("aac", 64_000, 1.0), ("wav", 0, 0.2)])
def test_a_programme_with_high_peaks_stays_just_below_the_ceiling(
    tmp_path: Path, codec: str, bit_rate: int, under: float
) -> None:
    source = write_sound(tmp_path / "in.wav", speechlike(8, -12), codec="pcm_f32le")
    out = tmp_path / ("out.m4a" if codec == "aac" else "out.wav")
    loud = Target(lufs=-8, true_peak_ceiling_dbtp=-1)
    master = write_master(source, None, out, target=loud, codec=codec, bit_rate=bit_rate)
    assert master.gain.held_by == "ceiling"
    assert -1.0 - under <= master.after.true_peak_dbtp <= -1.0
    assert master.after.integrated_lufs < -8.1
    assert master.attempts <= 6


@pytest.mark.parametrize(("codec", "name"), [("aac", "out.m4a"), ("wav", "out.wav"), ("mp3", "out.mp3")])
def test_silence_is_not_amplified(tmp_path: Path, codec: str, name: str) -> None:
    source = write_sound(tmp_path / "in.wav", np.zeros((48_000, 2), np.float32), codec="pcm_s16le")
    master = write_master(source, None, tmp_path / name, target=PODCAST, codec=codec)
    assert (master.gain.db, master.gain.held_by) == (0, "silence")
    assert np.abs(decoded(tmp_path / name)).max() < 1e-4


@pytest.mark.parametrize(("codec", "name"), [("aac", "out.m4a"), ("wav", "out.wav"), ("mp3", "out.mp3")])
def test_a_clip_of_one_frame_is_mastered(tmp_path: Path, codec: str, name: str) -> None:
    source = write_sound(tmp_path / "in.wav", tone(1 / 30, -3), codec="pcm_s16le")
    master = write_master(source, None, tmp_path / name, target=PODCAST, codec=codec)
    assert master.gain.held_by == "silence"
    assert master.duration == Fraction(1, 30)


AT = (3000, 48_000, 96_000, 143_000)


def test_with_an_edit_list_every_click_is_on_its_sample(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", clicks(3, *AT), codec="pcm_f32le")
    out = tmp_path / "out.m4a"
    write_master(source, None, out, target=PODCAST, codec="aac")
    assert b"elst" in out.read_bytes()
    assert all(abs(click_near(decoded(out), at) - at) <= 2 for at in AT)


def test_every_click_of_mp3_is_on_its_sample(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", clicks(3, *AT), codec="pcm_f32le")
    out = tmp_path / "out.mp3"
    write_master(source, None, out, target=PODCAST, codec="mp3")
    samples = decoded(out)
    assert len(samples) == 3 * 48_000
    assert all(abs(click_near(samples, at) - at) <= 2 for at in AT)


def test_without_an_edit_list_every_click_is_on_its_sample(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", clicks(3, *AT), codec="pcm_f32le")
    out = tmp_path / "out.m4a"
    write_master(source, None, out, target=PODCAST, codec="aac", edit_list=False)
    assert b"elst" not in out.read_bytes()
    with av.open(str(out)) as file:
        packets = [packet for packet in file.demux(audio=0) if packet.size]
        assert packets[0].pts == 0
        assert not any(packet.is_discard for packet in packets)
        assert packets[-1].pts + packets[-1].duration == 144_000
    raw = decoded(out, skipping=False)
    assert all(abs(click_near(raw, at) - at) <= 2 for at in AT)


def test_duration_cuts_and_pads_exactly(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", tone(2, -20), codec="pcm_s16le")
    for seconds in (Fraction(3), Fraction(1001, 1000)):
        master = write_master(source, None, tmp_path / "out.wav", target=PODCAST, codec="wav", duration=seconds)
        assert master.duration == seconds
        samples = decoded(tmp_path / "out.wav")
        assert len(samples) == seconds * 48_000
        assert np.abs(samples[96_000:]).max(initial=0) == 0


def test_a_range_of_the_source_is_mastered(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", clicks(3, 60_000), codec="pcm_f32le")
    out = tmp_path / "out.wav"
    write_master(source, None, out, target=PODCAST, codec="wav", start=Fraction(1), end=Fraction(2))
    samples = decoded(out)
    assert len(samples) == 48_000
    assert click_near(samples, 12_000) == 12_000


@pytest.mark.parametrize(("codec", "name"), [("aac", "out.m4a"), ("wav", "out.wav"), ("mp3", "out.mp3")])
def test_the_same_request_gives_the_same_bytes(tmp_path: Path, codec: str, name: str) -> None:
    source = write_sound(tmp_path / "in.m4a", speechlike(3, -12, rate=44_100), rate=44_100)
    once, twice = tmp_path / "1" / name, tmp_path / "2" / name
    for out in (once, twice):
        out.parent.mkdir()
        write_master(source, None, out, target=PODCAST, codec=codec)
    assert once.read_bytes() == twice.read_bytes()


def test_progress_rises_to_one(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", tone(3, -20), codec="pcm_s16le")
    seen: list[float] = []
    write_master(source, None, tmp_path / "out.m4a", target=PODCAST, codec="aac", progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)


@pytest.mark.parametrize("when", [1, 10, 20])
def test_cancelling_leaves_no_partial_file(tmp_path: Path, when: int) -> None:
    source = write_sound(tmp_path / "in.wav", tone(5, -20), codec="pcm_s16le")
    calls = iter(range(1000))
    with pytest.raises(Cancelled):
        write_master(
            source, None, tmp_path / "out.m4a", target=PODCAST, codec="aac", cancelled=lambda: next(calls) >= when
        )
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


def test_an_invalid_request_is_refused(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "in.wav", tone(1, -20), codec="pcm_s16le")
    with pytest.raises(RequestError, match=r"out\.mp3 cannot contain AAC"):
        write_master(source, None, tmp_path / "out.mp3", target=PODCAST, codec="aac")
    with pytest.raises(EngineError, match="cannot be created"):
        write_master(source, None, source / "out.m4a", target=PODCAST, codec="aac")
