"""Recipes: every preset loads, sizes and rates are correct, and errors name their key."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Encoding, Picture
from engine.deliver import load_recipe, recipe_names
from engine.errors import RequestError


def picture(width: int, height: int) -> Picture:
    return Picture(
        index=0, codec="hevc", pixel_format="yuv420p10le", width=width, height=height, display_width=width,
        display_height=height, frame_rate=Fraction(30), frames=1, encoding=Encoding.HLG, input_transform=Encoding.HLG,
    )  # fmt: skip


def test_built_in_recipes_load() -> None:
    assert recipe_names() == [
        "youtube-4k", "youtube-hdr10", "shorts-vertical", "shorts-words", "shorts-follow", "instagram-reel", "tiktok",
        "web-av1", "review-proxy", "captions", "podcast", "master-prores", "exr-sequence", "archive",
    ]  # fmt: skip
    for name in recipe_names():
        assert load_recipe(name).name == name


def test_recipes_for_platforms_limit_peaks_and_masters_do_not() -> None:
    sounds = {name: sound for name in recipe_names() if (sound := load_recipe(name).sound)}
    limiters = {name: (sound.limiter_db, sound.limiter_share) for name, sound in sounds.items()}
    assert limiters.pop("master-prores")[0] == 0
    assert set(limiters.values()) == {(6.0, 0.05)}


def test_a_recipe_without_a_limiter_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('title = "t"\n[sound]\ncodec = "wav"\nlufs = -16\ntrue_peak_dbtp = -1\n')
    sound = load_recipe(str(path)).sound
    assert sound
    assert sound.limiter_db == 0


@given(st.integers(2, 9000), st.integers(2, 9000))
def test_fit_within_keeps_the_aspect_ratio_and_never_enlarges(width: int, height: int) -> None:
    recipe = load_recipe("youtube-4k").picture
    assert recipe is not None
    wide, high = recipe.size(picture(width, height))
    assert wide % 2 == high % 2 == 0
    assert max(wide, high) <= 3840
    assert min(wide, high) <= 2160
    assert wide <= width + 1
    assert high <= height + 1
    assert abs(wide * height - high * width) <= max(width, height) * 2 + 2 * max(wide, high)


def test_a_short_is_vertical_for_any_footage() -> None:
    recipe = load_recipe("shorts-vertical").picture
    assert recipe is not None
    assert recipe.size(picture(3840, 2160)) == recipe.size(picture(720, 1280)) == (1080, 1920)


@pytest.mark.parametrize(
    ("size", "rate", "view", "megabits"),
    [
        ((3840, 2160), Fraction(30000, 1001), "hlg", 50),
        ((3840, 2160), Fraction(60), "hlg", 75),
        ((2160, 3840), Fraction(24), "sdr", 40),
        ((1920, 1080), Fraction(30), "sdr", 8),
        ((320, 180), Fraction(30), "hlg", 4),
    ],
)
def test_bit_rates_follow_youtubes_recommendation(
    size: tuple[int, int], rate: Fraction, view: str, megabits: float
) -> None:
    recipe = load_recipe("youtube-4k")
    chosen = (recipe.in_sdr() if view == "sdr" else recipe).picture
    assert chosen is not None
    assert chosen.bits_per_second(*size, rate) == megabits * 1_000_000


def test_the_sdr_variant_is_a_separate_recipe() -> None:
    recipe = load_recipe("youtube-4k")
    assert recipe.in_sdr().name == "youtube-4k-sdr"
    assert recipe.in_sdr().digest != recipe.digest
    with pytest.raises(RequestError, match="podcast has no picture"):
        load_recipe("podcast").in_sdr()


def test_a_variant_is_loaded_by_its_name() -> None:
    variant = load_recipe("youtube-4k").in_sdr().with_rendering("aces")
    assert variant.name == "youtube-4k-sdr-aces"
    assert load_recipe(variant.name) == variant
    assert load_recipe("youtube-4k").with_rendering("as-shot").name == "youtube-4k"
    with pytest.raises(RequestError, match="podcast has no picture"):
        load_recipe("podcast-aces")
    with pytest.raises(RequestError, match="“vimeo-sdr” not found"):
        load_recipe("vimeo-sdr")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 'x'\nloud = 3", r"loud is not a known key \(line 2\)"),
        (
            "title = 'x'\n[sound]\ncodec = 'flac'\nlufs = -14\ntrue_peak_dbtp = -1",
            r"codec must be aac, wav or mp3, not .flac. \(line 3\)",
        ),
        (
            "title = 'x'\n[sound]\ncodec = 'aac'\nlufs = -14\ntrue_peak_dbtp = 3",
            r"true_peak_dbtp must be at most 0, not 3 \(line 5\)",
        ),
        ("title = 'x'\n[captions]\nspeakers = true", "the captions have no output"),
        ("title = 'x'\n[captions]\nembed = true", "embedded captions need a movie"),
        ("title = ", "is not valid TOML"),
    ],
)
def test_an_error_names_its_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(RequestError, match=message) as refused:
        load_recipe(str(path))
    assert "mine.toml" in refused.value.message


def test_a_recipe_of_the_studio_is_found_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "festival.toml").write_text("title = 'Festival'\n[captions]\nformats = ['srt']\n")
    assert load_recipe("festival", tmp_path).title == "Festival"
    with pytest.raises(RequestError) as refused:
        load_recipe("vimeo", tmp_path)
    assert "festival" in refused.value.hint


def test_an_unknown_recipe_lists_the_known_ones() -> None:
    with pytest.raises(RequestError, match="Recipe “vimeo” not found") as refused:
        load_recipe("vimeo")
    assert "shorts-vertical" in refused.value.hint


PICTURE = """title = "t"
[picture]
view = "{view}"
codec = "{codec}"
long_edge = 1920
short_edge = 1080
{more}
"""


@pytest.mark.parametrize(
    ("view", "codec", "more", "message"),
    [
        ("hlg", "h264", "", "h264 supports only 8-bit SDR"),
        ("sdr", "h264", "bits = 10", "h264 supports only 8-bit SDR"),
        ("pq", "hevc", "bits = 8", "HDR and ProRes use 10 bits"),
        ("sdr", "prores", "bits = 8", "HDR and ProRes use 10 bits"),
        ("sdr", "prores", "quality = 20", "ProRes 422 HQ sets its own rate"),
        ("sdr", "h264", "passes = 2", "two passes need h264 or hevc with a bit_rate for the view"),
        ("sdr", "av1", "passes = 2\nbit_rate = { sdr = { 0 = [1, 1] } }", "two passes need h264 or hevc"),
        ("sdr", "hevc", "quality = 60", "quality of hevc must be between 0 and 51"),
        ("sdr", "prores", '[container]\nformat = "mp4"', "ProRes needs QuickTime"),
        (
            "sdr", "hevc", "[picture.captions]\nsize = 0.5",
            r"size must be at most 0\.25, not 0\.5 \(line 8\)",
        ),
        (
            "sdr", "hevc", '[picture.captions]\ncolour = "white"',
            r"colour must be a colour, #rrggbb or #rrggbbaa, not \"white\" \(line 8\)",
        ),
        (
            "sdr", "hevc", '[sound]\ncodec = "wav"\nlufs = -14.0\ntrue_peak_dbtp = -1.0',
            "MP4 cannot contain PCM sound",
        ),
    ],
)  # fmt: skip
def test_an_impossible_combination_is_refused_with_the_reason(
    tmp_path: Path, view: str, codec: str, more: str, message: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PICTURE.format(view=view, codec=codec, more=more))

    with pytest.raises(RequestError, match=message):
        load_recipe(str(path))


@pytest.mark.parametrize(
    ("view", "codec", "bits", "chroma", "kind"),
    [
        ("sdr", "h264", 8, "420", "mp4"),
        ("sdr", "av1", 8, "420", "mp4"),
        ("hlg", "av1", 10, "420", "mp4"),
        ("pq", "hevc", 10, "420", "mp4"),
        ("sdr", "prores", 10, "422", "mov"),
    ],
)
def test_depth_chroma_and_container_follow_the_codec(
    tmp_path: Path, view: str, codec: str, bits: int, chroma: str, kind: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(PICTURE.format(view=view, codec=codec, more=""))

    recipe = load_recipe(str(path))

    assert recipe.picture is not None
    assert (recipe.picture.bit_depth, recipe.picture.chroma, recipe.movie_format) == (bits, chroma, kind)
