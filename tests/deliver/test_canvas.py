"""A canvas: exact sizes, pads and crops of a recipe, and what the lint says about impossible ones."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.deliver import Recipe, explain_recipe, find_problems
from engine.deliver.canvas import background_light, crop_anchor
from engine.deliver.movie import output_spec
from engine.deliver.picture_recipe import PictureRecipe

HEAD = 'title = "t"\n[picture]\nview = "sdr"\ncodec = "h264"\n'


def picture(**keys: object) -> PictureRecipe:
    return PictureRecipe.model_validate({"view": "sdr", "codec": "h264", **keys})


def test_a_canvas_is_the_size_for_every_footage() -> None:
    padded = picture(canvas="1080x1350")
    assert (padded.fit, padded.long_edge, padded.short_edge) == ("pad", 1350, 1080)
    assert padded.size_of(3840, 2160) == padded.size_of(64, 64) == (1080, 1350)
    assert not padded.crops
    assert picture(canvas="1080x1350", fit="crop").crops
    assert picture(long_edge=1920, short_edge=1080, fit="fill-upright").exact_size == (1080, 1920)
    assert picture(long_edge=1920, short_edge=1080).exact_size is None


def test_the_encoder_gets_the_background_and_the_part_of_the_crop() -> None:
    spec = output_spec(picture(canvas="1080x1350", background="#ff8000"), (1080, 1350))
    assert (spec.fit, spec.background) == ("fit", (1.0, pytest.approx(128 / 255), 0.0))
    assert output_spec(picture(canvas="64x64", background="blur"), (64, 64)).background is None
    assert output_spec(picture(canvas="64x64", fit="crop", crop=0.25), (64, 64)).anchor == Fraction(1, 4)
    assert [crop_anchor(part) for part in ("left", "top", "centre", "right", 1.0)] == [0, 0, Fraction(1, 2), 1, 1]
    assert background_light("#000000") == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", "the picture has no size; set canvas, or long_edge and short_edge"),
        ('canvas = "1080*1920"', "canvas must be a size in pixels, as 1080x1920"),
        ('canvas = "1081x1920"', "a canvas has even sides"),
        ('canvas = "1080x1920"\nfit = "within"', "its fit is pad, crop or follow"),
        ('fit = "pad"\nlong_edge = 64\nshort_edge = 64', 'fit = "pad" needs a canvas'),
        ('canvas = "64x64"\ncrop = 2', "crop must be"),
        ('canvas = "64x64"\nbackground = "#00000080"', "the background has no transparency"),
        ('canvas = "64x64"\nframe_rate = 60\nmax_rate = 30', "frame_rate is higher than max_rate"),
    ],
)
def test_lint_names_an_impossible_canvas(keys: str, said: str) -> None:
    assert said in "; ".join(map(str, find_problems(f"{HEAD}{keys}\n")))


def test_an_explanation_says_how_the_picture_is_placed() -> None:
    padded = Recipe(name="own", title="Own", picture=picture(canvas="1080x1350", background="blur", frame_rate="29.97"))
    cropped = Recipe(name="own", title="Own", picture=picture(canvas="1080x1350", fit="crop", crop="left"))
    followed = Recipe(name="own", title="Own", picture=picture(canvas="1080x1350", fit="follow", follow={"hold": 2}))
    said = " ".join(one.text for recipe in (padded, cropped, followed) for one in explain_recipe(recipe))
    for part in (
        "scaled as a whole into 1080×1350 pixels",
        "shows a blurred copy of it",
        "has 29.97 frames per second",
        "cropped to 1080×1350 pixels",
        "keeps the part at the left",
        "The crop follows the speaker; it cuts to the next person, or pans if one crop has both heads, after 2 s",
    ):
        assert part in said
