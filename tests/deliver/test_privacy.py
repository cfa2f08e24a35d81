"""Deliverables say nothing about the recording but what their recipe keeps; the check reads the finished file."""

from __future__ import annotations

import struct
import wave
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from engine.catalog import Capture, Encoding
from engine.deliver import DeliverableRequest, Recipe, build_deliverable, load_recipe
from engine.deliver.checks import Finished, find_rule, kept_tags
from engine.deliver.checks.privacy import judge_privacy
from engine.errors import RequestError
from engine.ingest import inspect
from engine.isobmff import private_metadata
from tests.permissions import DELIVER

LOCATION = "com.apple.quicktime.location.ISO6709"


def test_a_movie_with_location_and_device_fails(small_take: Path) -> None:
    check = judge_privacy(small_take)
    assert not check.passed
    assert {LOCATION, "com.apple.quicktime.make", "com.apple.quicktime.creationdate"} <= set(check.measured)
    assert not [name for name in check.measured if "iPhone" in name]
    assert judge_privacy(small_take, ("location",)).measured == [
        name for name in check.measured if "location" not in name
    ]


def test_what_ffmpeg_reads_counts_too(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"")
    check = judge_privacy(path, read={"location-eng": "+50/", "handler_name": "x", "encoder": "y"})
    assert (check.passed, check.measured) == (False, ["location-eng"])


def test_kept_tags_are_those_that_all_takes_have_alike() -> None:
    one = Capture(make="Apple", model="iPhone 16", location="+50/")
    other = one.model_copy(update={"location": "+51/"})
    assert kept_tags(("device", "location"), [one]) == {
        LOCATION: "+50/", "com.apple.quicktime.make": "Apple", "com.apple.quicktime.model": "iPhone 16",
    }  # fmt: skip
    assert LOCATION not in kept_tags(("device", "location"), [one, other])
    assert kept_tags((), [one]) == kept_tags(("date",), [one]) == kept_tags(("device",), []) == {}


def test_a_wav_file_with_a_recorders_data_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(bytes(200))
    assert judge_privacy(path).passed
    info = b"INFO" + b"ICRD" + struct.pack("<I", 4) + b"2025"
    added = b"bext" + struct.pack("<I", 4) + b"Zoom" + b"LIST" + struct.pack("<I", len(info)) + info
    path.write_bytes(path.read_bytes() + added)
    assert judge_privacy(path).measured == ["ICRD", "bext"]


@pytest.mark.parametrize("version", [2, 3, 4])
def test_the_tags_of_an_mp3_file_are_read_by_name(tmp_path: Path, version: int) -> None:
    """ID3v2 of each version and ID3v1: persons, dates, devices, and users' names of them, but no words of comments."""
    letters = 3 if version == 2 else 4

    def frame(name: str, body: bytes) -> bytes:
        length = struct.pack(">I", len(body))[4 - letters :]
        return name[:letters].encode() + length + bytes(0 if version == 2 else 2) + body

    user, comment, artist = ("TXX", "COM", "TP1") if version == 2 else ("TXXX", "COMM", "TPE1")
    place = "gps_location".encode("utf-16") + b"\0\0" + "50, 14".encode("utf-16")
    body = frame(user, b"\1" + place) + frame(comment, b"\0eng\0How I clean my camera") + frame(artist, b"\0Ann")
    tag = b"ID3" + bytes([version, 0, 0]) + bytes([0, 0, len(body) >> 7, len(body) & 0x7F]) + body
    old = b"TAG" + bytes(30) + b"Ann".ljust(30, b"\0") + bytes(30) + b"2026" + bytes(31)
    path = tmp_path / "a.mp3"
    path.write_bytes(tag + bytes(200))
    assert judge_privacy(path).measured == sorted([f"ID3 {artist}", f"ID3 {user}"])
    path.write_bytes(tag + bytes(200) + old)
    assert judge_privacy(path, stated=("person",)).measured == [f"ID3 {user}", "ID3v1 year"]


@pytest.fixture
def tiny(tmp_path: Path) -> Recipe:
    """A recipe of a small movie that keeps the location and the device."""
    path = tmp_path / "tiny.toml"
    path.write_text(
        'title = "t"\n[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 64\nshort_edge = 64\nquality = 30\n'
        'effort = "quick"\n[metadata]\nkeep = ["location", "device"]\n'
    )
    return load_recipe(str(path))


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_a_movie_keeps_what_its_recipe_asks_for(small_take: Path, tmp_path: Path, tiny: Recipe, kind: str) -> None:
    recipe = tiny.model_copy(update={"container": tiny.container.model_copy(update={"format": kind})})
    request = DeliverableRequest(inspect(small_take), "x", recipe, Encoding.HLG, end=Fraction(1, 10))
    found: list[Finished] = []
    out = tmp_path / "out"
    delivered = build_deliverable(DELIVER, request, out, examined=lambda finished, _: found.append(finished))
    (check,) = (one for one in delivered.checks if one.id == "privacy")
    assert (check.passed, check.measured) == (True, [])
    assert "but the location and device that the recipe keeps" in check.wanted
    path = tmp_path / "out" / f"x.{kind}"
    assert {item.kind for item in private_metadata(path)} == {"location", "device"}
    with av.open(str(path)) as movie, av.open(str(small_take)) as source:
        for name in (LOCATION, "com.apple.quicktime.make", "com.apple.quicktime.model"):
            assert movie.metadata[name] == source.metadata[name]
        assert "creation_time" not in movie.metadata
    source = replace(found[0].source, tags={"com.apple.quicktime.creationdate": "2025"})
    (missing,) = find_rule("kept-metadata").results(replace(found[0], movie_source=source))
    assert (missing.passed, missing.measured) == (False, ["com.apple.quicktime.creationdate is missing"])


@pytest.mark.parametrize(
    ("recipe", "message"),
    [("podcast", "kept metadata needs a movie"), ("master-prores", "original sound leaves no room")],
)
def test_metadata_that_cannot_be_kept_is_refused(tmp_path: Path, recipe: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'extends = "{recipe}"\n[metadata]\nkeep = ["date"]\n')
    with pytest.raises(RequestError, match=message):
        load_recipe(str(path))
