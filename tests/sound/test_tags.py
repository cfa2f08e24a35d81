"""Tags, cover and chapters of sound files: read back by a second reader, beside unchanged sound."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from pymediainfo import MediaInfo

from engine.file_digest import sha256_of
from engine.sound import Codec, SoundTags, read_tags, write_tagged
from engine.sound.encode import encode

TEXTS = {"title": "Épisode 1", "artist": "Ann", "album": "Harbour ☂", "description": "About\nboats", "genre": "Podcast"}
CHAPTERS = ((Fraction(0), "Intro"), (Fraction(1, 2), "Middle ß"), (Fraction(3, 2), "End"))
SUFFIXES: dict[Codec, str] = {"aac": ".m4a", "mp3": ".mp3", "wav": ".wav"}


def cover() -> bytes:
    out = BytesIO()
    Image.new("RGB", (1400, 1400), (200, 30, 30)).save(out, "JPEG")
    return out.getvalue()


def samples(path: Path) -> np.ndarray:
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)


@pytest.fixture(params=SUFFIXES)
def plain(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Codec, Path]:
    codec: Codec = request.param
    path = tmp_path / f"plain{SUFFIXES[codec]}"
    wave = np.sin(np.arange(96_000) / 20).astype(np.float32)[:, None].repeat(2, axis=1) * np.float32(0.2)
    container = {"aac": "ipod"}.get(codec, codec)
    encode(iter([wave]), path, container, codec=codec, bit_rate=128_000, rate=48_000, edit_list=True)
    return codec, path


def test_tags_are_read_back_and_the_sound_is_unchanged(plain: tuple[Codec, Path], tmp_path: Path) -> None:
    codec, path = plain
    tagged, again = tmp_path / f"tagged{path.suffix}", tmp_path / f"again{path.suffix}"
    wanted = SoundTags(TEXTS, cover(), CHAPTERS)
    for out in (tagged, again):
        write_tagged(path, out, codec, wanted, Fraction(2))
    assert sha256_of(tagged) == sha256_of(again)
    found = read_tags(tagged)
    assert found.texts == TEXTS
    assert found.chapters == CHAPTERS
    assert found.cover == (None if codec == "wav" else wanted.cover)
    assert np.array_equal(samples(tagged), samples(path))
    general = MediaInfo.parse(tagged).general_tracks[0]
    assert general.genre == "Podcast"
    if codec != "wav":
        # RIFF names no character set: MediaInfo reads Latin-1, FFmpeg UTF-8.
        assert (general.title, general.album) == ("Épisode 1", "Harbour ☂")
        assert (general.performer, general.cover) == ("Ann", "Yes")


def test_chapters_of_mp3_have_a_table_of_contents(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    noise = np.random.default_rng(1).normal(0, 0.1, (96_000, 2)).astype(np.float32)
    encode(iter([noise]), path, "mp3", codec="mp3", bit_rate=128_000, rate=48_000, edit_list=True)
    tagged = tmp_path / "b.mp3"
    write_tagged(path, tagged, "mp3", SoundTags({}, None, CHAPTERS), Fraction(2))
    content = tagged.read_bytes()
    assert content[:4] == b"ID3\x03"
    assert (content.count(b"CTOC"), content.count(b"CHAP")) == (1, 3)


def test_a_file_of_odd_length_and_another_programs_chunks_stay_whole(tmp_path: Path) -> None:
    path, tagged = tmp_path / "a.wav", tmp_path / "b.wav"
    encode(iter([np.zeros((4801, 2), np.float32)]), path, "wav", codec="wav", bit_rate=0, rate=48_000, edit_list=True)
    write_tagged(path, tagged, "wav", SoundTags({"title": "x"}, None, ((Fraction(0), "one"),)), Fraction(1, 10))
    content = tagged.read_bytes()
    assert int.from_bytes(content[4:8], "little") == len(content) - 8
    assert content[8 : path.stat().st_size] == path.read_bytes()[8:]
    assert np.array_equal(samples(tagged), samples(path))


@pytest.mark.parametrize("codec", ["aac", "mp3"])
def test_no_tags_are_found_where_none_are(codec: Codec, tmp_path: Path) -> None:
    path = tmp_path / f"a{SUFFIXES[codec]}"
    noise = np.random.default_rng(1).normal(0, 0.1, (9_600, 2)).astype(np.float32)
    container = {"aac": "ipod"}.get(codec, codec)
    encode(iter([noise]), path, container, codec=codec, bit_rate=128_000, rate=48_000, edit_list=True)
    assert read_tags(path).empty
