"""A podcast has its tags, its cover and its chapters, and the checks find a file without them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from engine.credentials import new_credential
from engine.deliver import DeliverableRequest, Recipe, build_deliverable, load_recipe
from engine.deliver.cover import check_cover, cover_digest, cover_of, cover_side
from engine.deliver.recipe_files import find_problems
from engine.deliver.still import sharpest, still_score
from engine.errors import RequestError
from engine.ingest import inspect
from engine.sound import read_tags
from fixtures import clips
from tests.permissions import DELIVER

TEXT = """
title = "t"
platform = "apple-podcasts"
[sound]
codec = "aac"
also = ["mp3", "wav"]
bit_rate = 128_000
lufs = -16
true_peak_dbtp = -1
[tags]
artist = "Ann"
album = "Harbour"
[cover]
"""


def recipe(folder: Path, cover: str) -> Recipe:
    path = folder / "episode.toml"
    path.write_text(TEXT + cover)
    return load_recipe(str(path))


def picture(path: Path, size: tuple[int, int], mode: str = "RGB", **options: object) -> Path:
    Image.new(mode, size, (200, 30, 30, 128)[: len(mode)]).save(path, **options)  # type: ignore[arg-type]
    return path


def test_a_podcast_has_tags_and_the_cover_beside_its_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "keys"))
    new_credential("Ann")
    picture(tmp_path / "cover.png", (1500, 1500))
    footage = inspect(clips.tone(tmp_path / "a.wav", 1))
    wanted = recipe(tmp_path, 'image = "cover.png"\n').signed()
    made = build_deliverable(DELIVER, DeliverableRequest(footage, "One", wanted, None), tmp_path / "out")
    assert [check for check in made.checks if not check.passed] == []
    assert {check.file for check in made.checks if check.name == "tags"} == {"One.m4a", "One.mp3", "One.wav"}
    assert made.notes == ()
    for name in ("One.m4a", "One.mp3", "One.wav"):
        found = read_tags(tmp_path / "out" / name)
        assert found.texts == {"title": "One", "artist": "Ann", "album": "Harbour"}
        assert (cover_side(found.cover) if found.cover else None) == (None if name.endswith("wav") else 1500)
    assert made.platform
    assert [one.outcome for one in made.platform.findings if one.measure == "cover_side"] == ["met"]


def test_a_still_of_the_take_is_placed_on_a_square(tmp_path: Path) -> None:
    footage = inspect(clips.plain_take(tmp_path / "a.mov", 64, 36))
    wanted = recipe(tmp_path, "still = true\n")
    request = DeliverableRequest(footage, "One", wanted, footage.probe.picture.input_transform)  # type: ignore[union-attr]
    made = build_deliverable(DELIVER, request, tmp_path / "out")
    assert [check for check in made.checks if not check.passed] == []
    assert "cover: 64 × 36 pixels placed on a black square of 64" in made.notes
    assert "cover: enlarged from 64 to 1400 pixels" in made.notes
    found = read_tags(tmp_path / "out" / "One.mp3").cover
    assert found
    shown = np.asarray(Image.open(BytesIO(found)))
    assert shown[100].max() < 16
    assert shown[700].max() > 64
    heard = inspect(clips.tone(tmp_path / "b.wav", 1))
    made = build_deliverable(DELIVER, DeliverableRequest(heard, "Two", wanted, None), tmp_path / "out")
    assert "no cover: the source has no picture" in made.notes
    assert made.passed


def test_a_cover_is_reduced_and_keeps_nothing_of_its_file(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 0.0, 0.0)}
    picture(tmp_path / "cover.jpg", (3200, 1600), exif=exif)
    notes: list[str] = []
    cover = cover_of(recipe(tmp_path, 'image = "cover.jpg"\n'), None, notes)
    assert cover
    assert (cover_side(cover), b"Exif" in cover) == (3000, False)
    assert notes == [
        "cover: 3200 × 1600 pixels placed on a black square of 3200",
        "cover: reduced from 3200 to 3000 pixels",
    ]
    picture(tmp_path / "clear.png", (1400, 1400), "RGBA")
    clear = cover_of(recipe(tmp_path, 'image = "clear.png"\n'), None, [])
    assert clear
    assert Image.open(BytesIO(clear)).mode == "RGB"


def test_a_cover_that_cannot_be_used_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    picture(tmp_path / "a.gif", (1400, 1400))
    Image.effect_noise((300, 300), 50).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    first, *_, last = whole.split(b"IDAT")
    assert len(whole) > len(first) + len(last) + 8
    # The last chunk of pixels has no valid kind; a header of 40,000 × 40,000 pixels.
    (tmp_path / "chunk.png").write_bytes(whole[: -len(last) - 4] + b"\x00\x01\x02\x03" + last)
    size = b"IHDR" + (40_000).to_bytes(4, "big") * 2 + whole[24:29]
    (tmp_path / "huge.png").write_bytes(whole[:12] + size + crc32(size).to_bytes(4, "big") + whole[33:])
    for name, message in (
        ("none.png", "does not exist"),
        ("text.png", "is not a picture"),
        ("a.gif", "is GIF"),
        ("chunk.png", "is not a picture"),
        ("huge.png", "is not a picture"),
    ):
        with pytest.raises(RequestError, match=message):
            cover_digest(recipe(tmp_path, f'image = "{name}"\n'))
    picture(tmp_path / "cover.png", (1400, 1400))
    assert cover_digest(recipe(tmp_path, 'image = "cover.png"\n'))
    assert cover_digest(load_recipe("podcast")) is None


def test_a_small_or_missing_cover_fails() -> None:
    small = BytesIO()
    Image.new("RGB", (100, 100)).save(small, "JPEG")
    assert not check_cover(small.getvalue(), small.getvalue()).passed
    assert not check_cover(small.getvalue(), None).passed
    assert not check_cover(None, small.getvalue()).passed
    assert check_cover(small.getvalue(), b"no picture").measured == "not a square picture of this size"


def test_a_cover_of_16_bits_keeps_its_greys(tmp_path: Path) -> None:
    Image.new("I;16", (1400, 1400), 30_000).save(tmp_path / "grey.png")
    cover = cover_of(recipe(tmp_path, 'image = "grey.png"\n'), None, [])
    assert cover
    red, *_ = Image.open(BytesIO(cover)).getpixel((700, 700))  # type: ignore[misc]
    assert red == pytest.approx(30_000 / 257, abs=2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f'{TEXT}image = "a.jpg"\nstill = true\n', "remove one"),
        (TEXT.replace("[sound]", '[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 64\nshort_edge = 64\n[sound]')
         .replace('also = ["mp3", "wav"]\n', ""), "those of sound files"),
        (TEXT.replace('"Ann"', '"Ann\\nBob"'), "artist"),
    ],
)  # fmt: skip
def test_impossible_tags_are_found_in_the_recipe(text: str, message: str) -> None:
    assert any(message in str(problem) for problem in find_problems(text))


def test_the_still_is_sharp_and_neither_dark_nor_blown_out() -> None:
    rng = np.random.default_rng(2)
    detail = rng.integers(0, 255, (36, 64, 3)).astype(np.uint8)
    frames = [np.full_like(detail, 0), detail // 16, detail, 255 - detail // 16, np.full_like(detail, 255)]
    assert max(range(5), key=lambda one: still_score(frames[one])) == 2
    assert sharpest([range(3, 5), range(1, 3)], lambda one: frames[one]) == 2
    assert sharpest([range(7, 8)], lambda _: frames[0]) == 7
    assert still_score(detail[:2]) == 0
