"""Pixel aspect, track order and track flags of containers are used, and invalid values are noted."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engine.catalog import Probe
from engine.export import write_and_watch
from engine.ingest import inspect
from engine.ingest.shape import pixel_aspect
from engine.matroska import read_tracks
from engine.sound import measure_file, mono_16k
from fixtures.atoms import Atom, rewrite, sample_entry, tracks
from fixtures.containers import grey_frame, stored_circle, tone, write_clip
from tests.permissions import EXPORT


@pytest.mark.parametrize(
    ("name", "codec", "size", "aspect", "shown"),
    [
        ("pasp.mov", "libx264", (192, 144), Fraction(4, 3), (256, 144)),
        ("display.mkv", "libx264", (160, 128), Fraction(64, 45), (228, 128)),
        ("tall.mp4", "libx264", (160, 96), Fraction(8, 9), (142, 96)),
        ("broadcast.mxf", "mpeg2video", (160, 128), Fraction(64, 45), (228, 128)),
        ("bitstream.avi", "libx264", (160, 96), Fraction(3, 2), (240, 96)),
    ],
)
def test_a_circle_in_non_square_pixels_is_exported_round(
    tmp_path: Path, name: str, codec: str, size: tuple[int, int], aspect: Fraction, shown: tuple[int, int]
) -> None:
    circle = grey_frame(stored_circle(*size, aspect))
    path = write_clip(tmp_path / name, [circle] * 3, codec, aspect=aspect, options={"qmin": "1", "qmax": "2"})
    footage = inspect(path)
    picture = footage.probe.picture
    assert picture is not None
    assert (picture.width, picture.height) == size
    assert picture.pixel_aspect == aspect
    assert (picture.display_width, picture.display_height) == shown
    next(write_and_watch(EXPORT, footage, Fraction(0), tmp_path / "frame.png"))
    assert _roundness(tmp_path / "frame.png") == pytest.approx(1, abs=0.01)


def _roundness(path: Path) -> float:
    """Return the ratio of horizontal to vertical spread of the white in a picture, from its second moments."""
    white = np.asarray(Image.open(path).convert("L")).astype(float)
    down, across = np.mgrid[: white.shape[0], : white.shape[1]]
    return float(np.sqrt(np.cov(across.ravel(), aweights=white.ravel()) / np.cov(down.ravel(), aweights=white.ravel())))


def test_pixels_are_made_square_before_the_picture_is_rotated(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "turned.mov", [grey_frame(stored_circle(96, 64, Fraction(2)))] * 2, aspect=Fraction(2))

    def turn(moov: Atom) -> None:
        header = tracks(moov, "vide")[0].child("tkhd")
        quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 64 << 16, 0, 1 << 30)
        header.head = header.head[:40] + quarter + header.head[76:]

    rewrite(path, turn)
    picture = inspect(path).probe.picture
    assert picture is not None
    assert picture.rotation == -90
    assert (picture.display_width, picture.display_height) == (64, 192)


@pytest.mark.parametrize(("across", "down"), [(0, 1), (1, 0), (90_000, 1)])
def test_an_invalid_pixel_aspect_is_ignored_and_noted(tmp_path: Path, across: int, down: int) -> None:
    path = write_clip(tmp_path / "odd.mov", [grey_frame(stored_circle(96, 64, Fraction(1)))] * 2, aspect=Fraction(4, 3))

    def spoil(moov: Atom) -> None:
        sample_entry(tracks(moov, "vide")[0]).child("pasp").head = struct.pack(">II", across, down)

    rewrite(path, spoil)
    probe = inspect(path).probe
    assert probe.picture is not None
    # The bitstream still has 4:3.
    assert (probe.picture.display_width, probe.picture.display_height) == (128, 64)
    assert any(f"{across}:{down}" in note and "ignored" in note for note in probe.notes)


def test_the_pixel_aspect_of_the_container_has_priority() -> None:
    assert pixel_aspect(Fraction(1), Fraction(16, 15)) == (
        Fraction(1),
        ("pixel aspect is 1:1 in the container, 16:15 in the bitstream: the container's is used",),
    )
    assert pixel_aspect(None, Fraction(16, 15)) == (Fraction(16, 15), ())
    assert pixel_aspect(None, None) == (Fraction(1), ())


def _chosen(probe: Probe) -> int:
    assert probe.chosen_sound is not None
    return probe.chosen_sound.index


@pytest.mark.parametrize("name", ["phone.mov", "camera.mp4", "obs.mkv"])
def test_the_default_sound_track_is_used(tmp_path: Path, name: str) -> None:
    second = Fraction(1)
    frames = [grey_frame(stored_circle(64, 64, Fraction(1)))] * 5
    path = write_clip(tmp_path / name, frames, sounds=[tone(second, 0), tone(second)], default_sound=1)
    probe = inspect(path).probe
    assert _chosen(probe) == 2
    first, second_track = probe.sound
    assert (first.default, second_track.enabled, second_track.default) == (False, True, True)
    assert first.enabled == (path.suffix == ".mkv")
    assert any(note.startswith("sound track 2 is used (track 1 is ") for note in probe.notes)
    assert measure_file(path).integrated_lufs > -20
    assert np.abs(mono_16k(path)).max() > 0.1
    assert np.abs(mono_16k(path, 1)).max() < 0.01


def test_a_disabled_matroska_track_is_not_used(tmp_path: Path) -> None:
    second = Fraction(1, 2)
    frames = [grey_frame(stored_circle(64, 64, Fraction(1)))] * 5
    path = write_clip(tmp_path / "cut.mkv", frames, sounds=[tone(second, 0), tone(second)], default_sound=0)
    # FlagLacing = 0 is optional and has the same size: replace it with FlagEnabled = 0 in the first sound track.
    content = path.read_bytes()
    at = content.index(b"\x9c\x81\x00", content.index(b"A_AAC") - 80)
    path.write_bytes(content[:at] + b"\xb9\x81\x00" + content[at + 3 :])
    assert [track.enabled for track in read_tracks(path)] == [True, False, True]
    probe = inspect(path).probe
    assert [track.enabled for track in probe.sound] == [False, True]
    assert _chosen(probe) == 2
    assert measure_file(path).integrated_lufs > -25


def test_the_first_track_is_used_if_every_track_is_disabled(tmp_path: Path) -> None:
    frames = [grey_frame(stored_circle(64, 64, Fraction(1)))] * 5
    path = write_clip(tmp_path / "off.mov", frames, sounds=[tone(Fraction(1, 2))])

    def disable(moov: Atom) -> None:
        for track in moov.all("trak"):
            head = track.child("tkhd").head
            track.child("tkhd").head = head[:3] + bytes([head[3] & ~1]) + head[4:]

    rewrite(path, disable)
    probe = inspect(path).probe
    assert probe.picture is not None
    assert not probe.picture.enabled
    assert _chosen(probe) == 1
    assert any("every track is disabled" in note for note in probe.notes)


def test_other_video_tracks_are_listed_and_noted(tmp_path: Path) -> None:
    path = tmp_path / "two.mov"
    with av.open(str(path), "w") as file:
        streams = []
        for size, disposition in (((64, 48), 0), ((96, 64), 1)):
            stream = file.add_stream("libx264", rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            stream.disposition = disposition  # type: ignore[assignment]
            streams.append((stream, grey_frame(stored_circle(*size, Fraction(1)))))
        for stream, frame in streams:
            frame.pts, frame.time_base = 0, Fraction(1, 25)
            file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    probe = inspect(path).probe
    assert probe.picture is not None
    assert (probe.picture.index, probe.picture.width) == (1, 96)
    (other,) = probe.other_pictures
    assert (other.index, other.kind, other.width, other.enabled) == (0, "picture", 64, False)
    assert any("track 0 is disabled" in note and "0 stays in the original" in note for note in probe.notes)


@pytest.mark.parametrize(
    ("name", "codec", "expected"),
    [("a.mkv", "libsvtav1", "av1"), ("v.webm", "libvpx-vp9", "vp9"), ("h.mp4", "libx265", "hevc")],
)
def test_a_picture_codec_has_its_standard_name(tmp_path: Path, name: str, codec: str, expected: str) -> None:
    path = write_clip(tmp_path / name, [grey_frame(stored_circle(128, 64, Fraction(1)))] * 2, codec)
    picture = inspect(path).probe.picture
    assert picture is not None
    assert picture.codec == expected


@pytest.mark.parametrize(("name", "codec", "expected"), [("a.mp3", "libmp3lame", "mp3"), ("o.ogg", "libopus", "opus")])
def test_a_sound_codec_has_its_standard_name(tmp_path: Path, name: str, codec: str, expected: str) -> None:
    with av.open(str(tmp_path / name), "w") as file:
        stream = file.add_stream(codec, rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(Fraction(1, 2))[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout="mono", frame_size=stream.codec_context.frame_size or 960
        )
        for part in resampler.resample(frame):
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    assert [track.codec for track in inspect(tmp_path / name).probe.sound] == [expected]
