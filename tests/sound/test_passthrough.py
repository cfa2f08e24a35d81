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


def movie_of(carry: Passthrough, out: Path) -> Path:
    """A movie with only the copied tracks."""
    with av.open(str(out), "w", options={"movflags": "+faststart"}) as movie:
        for packet in carry.join(movie):
            movie.mux(packet)
    carry.finish(out)
    return out


def test_what_was_read_is_what_the_movie_holds(tmp_path: Path) -> None:
    source = clips.apac_lookalike(tmp_path / "IMG_0501.MOV")
    carry = Passthrough(source, sounds(source), "mov", length=Fraction(1))
    out = movie_of(carry, tmp_path / "out.mov")
    found = passthrough_tracks_in(out, carry.carried)
    assert [track.digest for track in found] == [track.digest for track in carry.carried]
    assert [track.name for track in found] == ["original 1: stereo", "original 2: 4-channel APAC"]
    before, after = descriptions(source)[2], descriptions(out)[1]
    assert (before.stsd, before.language, before.kind) == (after.stsd, after.language, "apac")


@pytest.mark.parametrize(
    ("start", "end", "begins", "lasts"),
    [("0", None, 0, 5), ("1", "2", 0, 1), ("9/2", None, 0, Fraction(1, 2)), ("3", "4", 0, 1)],
)
def test_a_stretch_holds_the_packets_that_it_touches(
    tmp_path: Path, start: str, end: str | None, begins: int, lasts: Fraction
) -> None:
    source = write_sound(tmp_path / "five.mov", tone(5, -12), codec="aac")
    over = Fraction(end) if end else None
    carry = Passthrough(source, sounds(source), "mov", start=Fraction(start), end=over, length=lasts)
    (track,) = carry.carried
    assert (track.start, track.duration) == (begins, pytest.approx(lasts, abs=0.001))
    # The decoder's pre-roll of 100 ms is five packets; one packet crosses each end.
    assert 0 <= track.packets - float(lasts) * 48_000 / 1024 <= 8


def test_a_track_with_nothing_in_the_stretch_stays_behind(tmp_path: Path) -> None:
    source = write_sound(tmp_path / "early.mov", tone(3, -12), tone(1, -12), codec="pcm_s16le")
    carry = Passthrough(source, sounds(source), "mov", start=Fraction(2), length=Fraction(1))
    assert [track.index for track in carry.carried] == [0]
    assert carry.left_out == ["sound track 1 has no sound in this range: left out"]


def test_uncompressed_sound_with_a_hole_is_refused(tmp_path: Path) -> None:
    holed = tone(3, -12)
    holed[48 * 1024 : 96 * 1024] = np.nan
    source = write_sound(tmp_path / "holed.mkv", holed, codec="pcm_s16le")
    with pytest.raises(RequestError, match=r"Sound track 0 of holed\.mkv \(pcm_s16le\) has gaps"):
        Passthrough(source, sounds(source), "mov", length=Fraction(3))


def test_a_movie_is_asked_what_it_takes(tmp_path: Path) -> None:
    matroska = write_sound(tmp_path / "sound.mkv", tone(1, -12), codec="pcm_f32le")
    refuse_unsupported_tracks(matroska, sounds(matroska), "mov")
    apac = clips.apac_lookalike(tmp_path / "IMG_0502.MOV")
    refuse_unsupported_tracks(apac, sounds(apac), "mov")
    with pytest.raises(RequestError, match=r"Sound track 2 of IMG_0502\.MOV \(apac\) cannot be copied into an MP4"):
        refuse_unsupported_tracks(apac, sounds(apac), "mp4")


def test_the_two_kinds_of_file_are_told_apart(tmp_path: Path) -> None:
    assert is_quicktime(write_sound(tmp_path / "a.mov", tone(1, -12)))
    assert not is_quicktime(write_sound(tmp_path / "a.m4a", tone(1, -12)))
    assert descriptions(write_sound(tmp_path / "a.wav", tone(1, -12), codec="pcm_s16le")) == {}
