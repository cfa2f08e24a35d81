"""The recipe library: built-in recipes and a studio's own are listed with their errors, copied and removed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Project
from engine.deliver import (
    Check,
    Deliverable,
    copy_recipe,
    load_library,
    load_recipe,
    own_recipe_paths,
    recipe_names,
    recipe_path,
    recipe_schema,
    remove_recipe,
)
from engine.deliver.receipt import write_receipt
from engine.errors import RequestError

TEXT = 'title = "Mine"\n[sound]\ncodec = "aac"\nlufs = -18.0\ntrue_peak_dbtp = -1.0\n'


def own_recipe(studio: Path, name: str, content: str | bytes = TEXT) -> Path:
    path = studio / "recipes" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems_of(studio: Path, name: str) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.message) for problem in load_library(studio).recipe(name).problems()]


def test_built_in_recipes_come_first_and_have_no_problems(tmp_path: Path) -> None:
    own_recipe(tmp_path, "evening")
    library = load_library(tmp_path)
    assert list(library.by_name) == [*recipe_names(), "evening"]
    assert [one.name for one in library.own] == ["evening"]
    assert library.recipe("evening").title == "Mine"
    assert [one.name for one in library.by_name.values() if one.problems()] == []


def test_a_folder_that_is_not_a_studio_has_the_built_in_recipes(tmp_path: Path) -> None:
    assert list(load_library(tmp_path / "nowhere").by_name) == recipe_names()
    assert not (tmp_path / "nowhere").exists()


def test_a_copy_is_a_recipe_that_can_be_delivered(tmp_path: Path) -> None:
    podcast = load_library(tmp_path).recipe("podcast")
    assert copy_recipe(tmp_path, "My Évening walk", podcast.text) == "my-évening-walk"
    copied = load_library(tmp_path).recipe("my-évening-walk")
    assert (copied.own, copied.text) == (True, f"#:schema recipe.schema.json\n{podcast.text}")
    assert json.loads((copied.path.parent / "recipe.schema.json").read_text()) == recipe_schema()
    assert load_recipe(str(copied.path)).sound == load_recipe("podcast").sound


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("?!", "not a valid recipe name"),
        ("../-", "not a valid recipe name"),
        ("podcast", "is a built-in recipe"),
        ("Evening", "A recipe evening already exists"),
        ("written soon", "A recipe written-soon already exists"),
    ],
)
def test_a_copy_needs_a_free_name(tmp_path: Path, name: str, message: str) -> None:
    path = own_recipe(tmp_path, "evening")
    with pytest.raises(RequestError) as refused:
        copy_recipe(tmp_path, name, "", drafts=[path.with_name("written-soon.toml")])
    assert message in refused.value.message
    assert refused.value.hint
    assert own_recipe_paths(tmp_path) == [path]
    assert path.read_text() == TEXT


def test_a_free_name_has_the_next_number(tmp_path: Path) -> None:
    assert load_library(tmp_path).free_name("podcast") == "podcast-mine"
    own_recipe(tmp_path, "podcast-mine")
    assert load_library(tmp_path).free_name("podcast") == "podcast-mine-2"


def test_only_a_recipe_of_the_studio_is_removed(tmp_path: Path) -> None:
    path = own_recipe(tmp_path, "evening")
    library = load_library(tmp_path)
    remove_recipe(library.recipe("evening"))
    assert not path.exists()
    with pytest.raises(RequestError, match="podcast is a built-in recipe"):
        remove_recipe(library.recipe("podcast"))
    assert load_recipe("podcast")


def test_an_unknown_recipe_lists_the_known_ones(tmp_path: Path) -> None:
    own_recipe(tmp_path, "evening")
    with pytest.raises(RequestError, match="Recipe “evning” not found") as refused:
        load_library(tmp_path).recipe("evning")
    assert refused.value.hint.endswith("archive, evening.")


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("evening", 'title = "Mine"\nlufs = = 3\n', 1, "the value is not valid"),
        ("evening", TEXT.replace("aac", "flac"), 2, 'sound.codec must be aac, wav or mp3, not "flac"'),
        ("evening", 'title = "Mine"\n# caf\xe9\n'.encode("latin-1"), 1, "not UTF-8"),
        ("my evening", TEXT, None, "rename it"),
    ],
)
def test_a_broken_recipe_is_listed_with_its_error(
    tmp_path: Path, name: str, content: str | bytes, line: int | None, message: str
) -> None:
    own_recipe(tmp_path, name, content)
    ((found_line, found_message),) = problems_of(tmp_path, name)
    assert found_line == line
    assert message in found_message


def test_unfinished_and_hidden_files_are_not_recipes(tmp_path: Path) -> None:
    path = own_recipe(tmp_path, "evening")
    own_recipe(tmp_path, ".evening.4711.partial")
    own_recipe(tmp_path, "._evening")
    assert own_recipe_paths(tmp_path) == [path]


def test_a_draft_is_listed_before_it_is_written(tmp_path: Path) -> None:
    draft = load_library(tmp_path, drafts=[tmp_path / "recipes" / "soon.toml"]).recipe("soon")
    assert (draft.own, draft.text, draft.stamp) == (True, "", None)


def test_a_recipe_has_the_results_of_its_last_delivery(tmp_path: Path) -> None:
    at = datetime(2025, 6, 14, 12, tzinfo=UTC)
    checks = (
        Check(name="loudness", passed=True, measured=-16.0, wanted=-16.0),
        Check(name="length", passed=False, measured=1, wanted=2),
        Check(name="source complete", passed=False, accepted=True, measured=[], wanted=[]),
    )
    project = Project(id="p", name="Walk", folder="walk", created_at=at)
    folder = tmp_path / "walk" / "deliverables" / "podcast"
    folder.mkdir(parents=True)
    delivered = Deliverable(
        take="001-IMG_0001", source_digest="", recipe="podcast", recipe_digest="", input_transform=None,
        start=Fraction(0), duration=Fraction(2), files=(), checks=checks, complete=False, made_at=at,
    )  # fmt: skip
    write_receipt(folder, delivered)
    podcast = load_library(tmp_path, project).recipe("podcast")
    assert (podcast.checks, podcast.failed, podcast.incomplete, podcast.delivered_at) == (3, 1, True, at)
    assert load_library(tmp_path).recipe("podcast").delivered_at is None


def test_an_own_recipe_replaces_the_built_in_one_of_its_name_everywhere(tmp_path: Path) -> None:
    own_recipe(tmp_path, "podcast", 'extends = "podcast"\ntitle = "Our podcast"\n[sound]\nlufs = -18\n')
    own_recipe(tmp_path, "shorts-vertical", 'extends = "shorts-vertical"\n[picture]\ncodec = "hevc"\n')
    own_recipe(tmp_path, "vertical", 'extends = "tiktok"\n')
    own, built_in = tmp_path / "recipes", load_recipe("podcast")
    library = load_library(tmp_path)
    assert [one.name for one in library.by_name.values() if one.replaces_built_in] == ["shorts-vertical", "podcast"]
    assert not any(one.problems() for one in library.by_name.values())
    assert library.recipe("podcast").title == load_recipe("podcast", own).title == "Our podcast"
    mine = load_recipe("podcast", own).sound
    assert mine
    assert built_in.sound
    assert mine == built_in.sound.model_copy(update={"lufs": -18.0})
    assert recipe_path("podcast", own) == own / "podcast.toml"
    # A built-in recipe extends only built-in ones, whether it is named or extended.
    pictures = [load_recipe(name, own).picture for name in ("shorts-vertical", "tiktok", "vertical")]
    assert [picture.codec for picture in pictures if picture] == ["hevc", "h264", "h264"]
