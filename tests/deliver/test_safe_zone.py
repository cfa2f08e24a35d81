"""Burnt-in captions of upright pictures stay outside the interface of the platform."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from engine.deliver import Recipe, load_platform, load_recipe
from engine.deliver.safe_zone import burnt_style, check_safe_zone, safe_zone
from engine.text import CaptionRenderer

TODAY = date(2026, 12, 1)
UPRIGHT = (270, 480)
TEXTS = ("Right, so this is\nthe water", "A longer caption that needs\nall the room that there is", "gg")


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    return load_recipe("shorts-words")


@pytest.mark.parametrize("platform", ["youtube-shorts", "instagram-reels", "tiktok"])
def test_captions_are_drawn_inside_the_safe_zone(recipe: Recipe, platform: str) -> None:
    recipe = recipe.model_copy(update={"platform": platform})
    zone = safe_zone(recipe, UPRIGHT)
    assert zone
    (check,) = check_safe_zone(recipe, UPRIGHT, TEXTS, TODAY)
    assert check.passed, check
    assert load_platform(platform).sources[load_platform(platform).safe_zone[0].source].url in str(check.wanted)
    rows, columns = np.nonzero(CaptionRenderer(*UPRIGHT, burnt_style(recipe, UPRIGHT)).draw(TEXTS[1])[..., 3])
    assert rows.max() < UPRIGHT[1] * (1 - zone.bottom) + 1
    assert columns.max() < UPRIGHT[0] * (1 - zone.right) + 1


def test_captions_outside_the_safe_zone_are_found(recipe: Recipe) -> None:
    assert recipe.picture
    own = recipe.picture.captions.text_style()
    (check,) = check_safe_zone(recipe, UPRIGHT, TEXTS, TODAY, own)
    assert not check.passed


def test_wider_margins_of_the_recipe_count(recipe: Recipe) -> None:
    assert recipe.picture
    captions = recipe.picture.captions.model_copy(update={"ends": 0.4, "sides": 0.25})
    wide = recipe.model_copy(update={"picture": recipe.picture.model_copy(update={"captions": captions})})
    style = burnt_style(wide, UPRIGHT)
    assert (style.ends, style.sides, style.right_side) == (0.4, 0.25, 0.25)


def test_there_is_no_safe_zone_for_wide_pictures_and_other_recipes(recipe: Recipe) -> None:
    assert safe_zone(recipe, (480, 270)) is None
    assert safe_zone(load_recipe("review-proxy"), UPRIGHT) is None
    assert recipe.picture
    captions = recipe.picture.captions.model_copy(update={"safe_zone": False})
    free = recipe.model_copy(update={"picture": recipe.picture.model_copy(update={"captions": captions})})
    assert check_safe_zone(free, UPRIGHT, TEXTS, TODAY) == []
    assert burnt_style(free, UPRIGHT) == captions.text_style()


def test_a_source_older_than_a_year_says_so(recipe: Recipe) -> None:
    zone = safe_zone(recipe, UPRIGHT)
    assert zone
    assert "more than a year ago" not in zone.describe(TODAY)
    assert "more than a year ago" in zone.describe(TODAY + timedelta(days=400))
