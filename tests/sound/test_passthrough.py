"""Original sound tracks in a movie: names, ranges, and tracks that a movie does not support."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine.errors import RequestError
from engine.ingest import inspect
from engine.isobmff.track_description import descriptions, is_quicktime
from engine.sound import Passthrough, passthrough_tracks_in, refuse_unsupported_tracks
from fixtures import clips

from .sounds import tone, write_sound


def sounds(path: Path) -> Any:
    return inspect(path).probe.sound


def movie_of(passthrough: Passthrough, out: Path) -> Path:
    """A movie with only the copied tracks."""
    with av.open(str(out), "w", options={"movflags": "+faststart"}) as movie:
        for packet in passthrough.join(movie):
            movie.mux(packet)
    passthrough.finish(out)
    return out


def test_copied_tracks_are_unchanged_in_the_movie(tmp_path: Path) -> None:
    source = clips.apac_lookalike(tmp_path / "IMG_0501.MOV")
    passthrough = Passthrough(source, sounds(source), "mov", length=Fraction(1))
    out = movie_of(passthrough, tmp_path / "out.mov")
    found = passthrough_tracks_in(out, passthrough.carried)
    assert [track.digest for track in found] == [track.digest for track in passthrough.carried]
    assert [track.name for track in found] == ["original 1: stereo", "original 2: 4-channel APAC"]
    before, after = descriptions(source)[2], descriptions(out)[1]
    assert (before.stsd, before.language, before.kind) == (after.stsd, after.language, "apac")


@pytest.mark.parametrize(
    ("start", "end", "track_start", "length"),
    [("0", None, 0, 5), ("1", "2", 0, 1), ("9/2", None, 0, Fraction(1, 2)), ("3", "4", 0, 1)],
)
def test_a_range_contains_the_packets_it_overlaps(
    tmp_path: Path, start: str, end: str | None, track_start: int, length: Fraction
) -> None:
    source = write_sound(tmp_path / "five.mov", tone(5, -12), codec="aac")
    stop = Fraction(end) if end else None
    passthrough = Passthrough(source, sounds(source), "mov", start=Fraction(start), end=stop, length=length)
    (track,) = passthrough.carried
    assert (track.start, track.duration) == (track_start, pytest.approx(length, abs=0.001))
    # The decoder's pre-roll of 100 ms is five packets; one packet crosses each end.
    assert 0 <= track.packets - float(length) * 48_000 / 1024 <= 8


def test_a_track_without_sound_in_the_range_is_left_out(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "early.mov", tone(3, -12), tone(1, -12), codec="pcm_s16le")
    passthrough = Passthrough(source, sounds(source), "mov", start=Fraction(2), length=Fraction(1))
    assert [track.index for track in passthrough.carried] == [0]
    assert passthrough.left_out == ["sound track 1 has no sound in this range: left out"]


def test_uncompressed_sound_with_a_gap_is_refused(tmp_path: Path) -> None:
    with_gap = tone(3, -12)
    with_gap[48 * 1024 : 96 * 1024] = np.nan
    source = write_sound(tmp_path / "holed.mkv", with_gap, codec="pcm_s16le")
    with pytest.raises(RequestError, match=r"Sound track 0 of holed\.mkv \(pcm_s16le\) has gaps"):
        Passthrough(source, sounds(source), "mov", length=Fraction(3))


def test_tracks_that_a_container_does_not_support_are_refused(tmp_path: Path) -> None:
    matroska = write_sound(tmp_path / "sound.mkv", tone(1, -12), codec="pcm_f32le")
    refuse_unsupported_tracks(matroska, sounds(matroska), "mov")
    apac = clips.apac_lookalike(tmp_path / "IMG_0502.MOV")
    refuse_unsupported_tracks(apac, sounds(apac), "mov")
    with pytest.raises(RequestError, match=r"Sound track 2 of IMG_0502\.MOV \(apac\) cannot be copied into an MP4"):
        refuse_unsupported_tracks(apac, sounds(apac), "mp4")


def test_quicktime_is_distinguished_from_mp4(tmp_path: Path) -> None:
    assert is_quicktime(write_sound(tmp_path / "a.mov", tone(1, -12)))
    assert not is_quicktime(write_sound(tmp_path / "a.m4a", tone(1, -12)))
    assert descriptions(write_sound(tmp_path / "a.wav", tone(1, -12), codec="pcm_s16le")) == {}
