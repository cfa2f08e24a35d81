"""Values and combinations that no delivery can have are found by the lint, at their line."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

from engine.deliver import (
    CutRequest,
    DeliverableRequest,
    Recipe,
    explain_recipe,
    find_problems,
    load_recipe,
    refuse_impossible,
    refuse_impossible_cut,
)
from engine.errors import RequestError
from engine.ingest import inspect
from engine.timeline import Cut
from fixtures import clips

PICTURE = '[picture]\nview = "sdr"\ncodec = "h264"\nlong_edge = 640\nshort_edge = 360\n'
SOUND = '[sound]\ncodec = "aac"\nlufs = -16\ntrue_peak_dbtp = -1\n'


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("", "the recipe makes no file; add picture, frames, sound, captions or archive", None),
        (f'name = "other"\n{SOUND}', "name is not a key of recipes", 1),
        (f"{PICTURE}bit_rate = {{ sdr = {{ 0 = [0, 0] }} }}", "must be at least 0.01, not 0", 6),
        (f"{PICTURE}bit_rate = {{ sdr = {{ 0 = [nan, 8] }} }}", "must be a finite number, not NaN", 6),
        (f"{PICTURE}bit_rate = {{ sdr = {{ -5 = [1, 8] }} }}", "the key -5 must be at least 0", 6),
        (f"{PICTURE}gop_seconds = inf", "gop_seconds must be a finite number", 6),
        (PICTURE.replace("640", "320"), "long_edge is shorter than short_edge; exchange them", 1),
        (f"{PICTURE}[poster]\nat = inf", "at must be a finite number", 7),
        (f'{PICTURE}[poster]\nmarker = ""', "marker must have at least 1 character", 7),
        (f'{PICTURE}{SOUND}also = ["mp3"]', "further sound files need a recipe without a picture", None),
        (f'{SOUND}also = ["mp3", "mp3"]', "also repeats a format", 1),
        (f'{SOUND}dialog = "dialogue"', "dialog must be dialog, dialog-gentle or dialog-strong, or a .toml file", 5),
        (f'{SOUND}[tags]\nartist = "a\\nb"', "artist must be one line of text", 6),
        ("[frames]\nfirst_number = 10_000_000", "first_number must be at most 9999999, not 10000000", 2),
    ],
)
def test_the_lint_names_a_value_that_cannot_be_delivered(text: str, said: str, line: int | None) -> None:
    problems = find_problems(f'title = "t"\n{text}')
    assert said in str(problems[0])
    assert problems[0].line == line


def recipe(accepts: str) -> Recipe:
    return Recipe.model_validate(
        {"name": "own", "title": "Own", "captions": {"formats": ["srt"]}, "source": {"accepts": accepts}}
    )


def test_a_recipe_refuses_a_source_that_it_does_not_accept(tmp_path: Path) -> None:
    footage = inspect(clips.tone(tmp_path / "A.WAV", 1))
    film = Cut("film", Fraction(25), 640, 360, ())
    with pytest.raises(RequestError, match="own delivers cuts, and A is not a cut") as take:
        refuse_impossible(DeliverableRequest(footage, "A", recipe("cut"), None))
    with pytest.raises(RequestError, match="own delivers takes, and “film” is a cut") as cut:
        refuse_impossible_cut(CutRequest(film, {}, recipe("take")))
    assert "--cut" in take.value.hint
    assert "without --cut" in cut.value.hint
    refuse_impossible(DeliverableRequest(footage, "A", recipe("take"), None))
    with pytest.raises(RequestError, match="no clips"):
        refuse_impossible_cut(CutRequest(film, {}, recipe("cut")))


def test_the_accepted_source_is_explained_and_changes_no_file() -> None:
    said = [one.text for one in explain_recipe(recipe("cut"))]
    assert "It delivers cuts only." in said
    assert recipe("cut").digest == recipe("any").digest == recipe("take").digest


def test_two_passes_are_explained() -> None:
    values = tomllib.loads(f"{PICTURE}passes = 2\nbit_rate = {{ sdr = {{ 0 = [2, 3] }} }}")
    said = [one.text for one in explain_recipe(Recipe.model_validate({"name": "own", "title": "Own", **values}))]
    assert (
        "It is encoded in two passes: the first measures where the picture needs bits, the second spends them." in said
    )


def test_every_built_in_recipe_delivers_takes_and_cuts() -> None:
    assert load_recipe("youtube-4k").source.accepts == "any"
