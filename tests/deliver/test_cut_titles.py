"""Titles in films: where they are in time, in the encoded file, in frames and in the receipt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from engine.deliver import CutRequest, CutTake, CutTitles, build_cut, load_recipe, shows_captions
from engine.deliver.cut_titles import titled, without_caption_titles
from engine.deliver.title_zone import title_zone_results
from engine.errors import RequestError
from engine.picture import overlay_light
from engine.speech import Cue, CueWord
from engine.timeline import Clip, Cut, add_title
from engine.titles import TitleRenderer, load_title
from tests.deliver.flash_films import flash_takes, plain_recipe
from tests.permissions import DELIVER

RATE = Fraction(30)
SIZE = (160, 90)
START, LENGTH = 8, 14
_TALL_FIELDS = {
    "lower-third": {"name": "Ada Lovelace", "role": "Mathematician, London"},
    "title": {"title": "Light and Water", "subtitle": "A walk in the harbour"},
    "progress": {"label": "Part 1"},
    "counter": {"to": "120", "label": "boats"},
}
FIELDS = {"name": "Ada", "role": "Engineer"}


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CutTake]:
    return flash_takes(tmp_path_factory.mktemp("camera"), (RATE,))


def decoded_frames(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


def film(template: str = "lower-third", start: int = START, **fields: str) -> Cut:
    plain = Cut("film", RATE, *SIZE, (Clip("1", "0", 5, 15), Clip("2", "0", 60, 15)))
    found = load_title(template)
    return add_title(plain, found.name, found.revision, found.design, start, LENGTH, fields or FIELDS)


def test_the_film_shows_the_title_in_its_time_and_nowhere_else(takes: dict[str, CutTake], tmp_path: Path) -> None:
    cut, recipe = film(), plain_recipe().model_copy(update={"sound": None})
    made = build_cut(DELIVER, CutRequest(cut, takes, recipe), tmp_path / "titled")
    assert [check.name for check in made.checks if check.failed] == []
    bare = replace(cut, titles=())
    build_cut(DELIVER, CutRequest(bare, takes, recipe), tmp_path / "bare")
    titled, untitled = (decoded_frames(tmp_path / name / "film.mp4") for name in ("titled", "bare"))
    differences = [np.abs(one.astype(int) - other).max() for one, other in zip(titled, untitled, strict=True)]
    assert len(differences) == 30
    # In the first and the last frames the plate is not yet or no longer there; coding changes frames by a few codes.
    assert min(differences[START + 2 : START + LENGTH - 2]) > 40
    assert max(differences[: START - 1] + differences[START + LENGTH + 1 :]) < 25
    assert made.cut is not None
    (use,) = made.cut.titles
    template = load_title("lower-third")
    assert (use.template, use.version, use.digest) == ("lower-third", template.revision, template.digest)
    assert (use.start, use.duration) == (START / RATE, LENGTH / RATE)


def test_frames_of_a_cut_have_the_title_in_scene_linear_light(takes: dict[str, CutTake], tmp_path: Path) -> None:
    cut = film("intro", 0, title="Water")
    order = CutRequest(cut, takes, load_recipe("exr-sequence"))
    made = build_cut(DELIVER, order, tmp_path)
    assert [check.name for check in made.checks if check.failed] == []
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    number = 7
    paths = sorted(folder.glob("*.exr"))
    with OpenEXR.File(str(paths[number])) as frame:
        pixels = frame.channels()["RGB"].pixels.astype(np.float32)
    renderer = TitleRenderer(load_title("intro"), {"title": "Water"}, SIZE, LENGTH / RATE)
    layer = renderer.at((number + Fraction(1, 2)) / RATE)
    assert layer is not None
    assert (layer[..., 3] == 255).all()
    np.testing.assert_allclose(pixels, overlay_light(layer)[..., :3], rtol=2e-3, atol=1e-3)


def words(text: str, start: Fraction, each: Fraction) -> Cue:
    at, found = 0, []
    for number, word in enumerate(text.split()):
        found.append(CueWord(at, at + len(word), start + number * each, start + (number + 1) * each))
        at += len(word) + 1
    return Cue(start, start + each * len(found), text, words=tuple(found))


def test_a_title_for_captions_shows_the_captions_of_the_cut() -> None:
    template = load_title("captions")
    plain = Cut("film", RATE, *SIZE, (Clip("1", None, 0, 90),))
    cut = add_title(plain, template.name, template.revision, template.design, 30, 60, {})
    cues = (
        words("before it", Fraction(0), Fraction(1, 2)),
        words("two words", Fraction(3, 2), Fraction(1, 2)),
    )
    titles = CutTitles(cut, SIZE, cues)
    assert titles.at(Fraction(1, 2)) is None
    assert titles.at(Fraction(5, 4)) is None
    shown = titles.at(Fraction(9, 4))
    spoken = words("two words", Fraction(0), Fraction(1, 2)).words
    renderer = TitleRenderer(template, {"caption": "two words"}, SIZE, Fraction(1), spoken)
    alone = renderer.at(Fraction(3, 4))
    assert shown is not None
    assert alone is not None
    np.testing.assert_array_equal(shown, alone)
    assert shows_captions(cut)
    order = CutRequest(cut, {}, plain_recipe(), cues=cues)
    assert without_caption_titles(order).cues == [cues[0]]
    written = add_title(plain, template.name, template.revision, template.design, 0, 60, {"caption": "Own words"})
    assert not shows_captions(written)
    assert CutTitles(written, SIZE).at(Fraction(1)) is not None


def test_a_title_that_cannot_be_drawn_is_named_before_the_film_is_made(
    takes: dict[str, CutTake], tmp_path: Path
) -> None:
    order = CutRequest(film("lower-third", START, name="\U0001e900"), takes, plain_recipe())
    with pytest.raises(RequestError, match=r"Title 1 at 00:00:00.26: No font on this machine contains"):
        build_cut(DELIVER, order, tmp_path)
    assert not list(tmp_path.glob("*.mp4"))


def test_titles_lie_over_each_other_in_their_order() -> None:
    def layer_of(cut: Cut) -> NDArray[np.uint8]:
        layer = CutTitles(cut, SIZE).at(Fraction(1, 4))
        assert layer is not None
        return layer

    lower, card = film("lower-third", 0, **FIELDS), film("intro", 0, title="Water")
    both = replace(lower, titles=(*lower.titles, *card.titles))
    assert np.array_equal(layer_of(both)[..., 3] == 255, layer_of(card)[..., 3] == 255)
    np.testing.assert_array_equal(layer_of(both), layer_of(card))


@pytest.mark.parametrize("platform", ["youtube-shorts", "instagram-reels", "tiktok"])
@pytest.mark.parametrize("template", ["lower-third", "title", "progress", "counter"])
def test_titles_keep_outside_the_interface_of_the_platform(template: str, platform: str) -> None:
    recipe = load_recipe("shorts-vertical").model_copy(update={"platform": platform})
    order = CutRequest(replace(film(template, **_TALL_FIELDS[template]), width=1080, height=1920), {}, recipe)

    (check,) = title_zone_results(order, date(2026, 12, 1))

    assert check.passed, check
    assert "in 1 title" in str(check.measured)


def test_a_title_that_does_not_fit_in_the_safe_zone_is_drawn_as_in_other_pictures_and_named() -> None:
    recipe = load_recipe("shorts-vertical")
    cut = replace(film("title", title="w" * 16), width=1080, height=1920)

    (check,) = title_zone_results(CutRequest(cut, {}, recipe), date(2026, 12, 1))

    assert check.warning
    assert "outside: title 1 at 00:00:00.2" in str(check.measured)
    layer = titled(CutRequest(cut, {}, recipe), (1080, 1920))
    assert layer is not None
    assert np.array_equal(layer.at(15), CutTitles(cut, (1080, 1920)).at(Fraction(31, 60)))


def test_titles_have_no_safe_zone_in_wide_pictures_and_without_a_platform() -> None:
    today = date(2026, 12, 1)
    assert title_zone_results(CutRequest(film(), {}, plain_recipe()), today) == []
    assert title_zone_results(CutRequest(film(), {}, load_recipe("youtube-4k")), today) == []
