"""Recipes on the command line: listed, created, edited, checked, compared, explained and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cwtui.console.documents.drafts import Draft, files_with_drafts, read_draft, write_draft
from engine.deliver import recipe_names

from .shell import Shell

TEXT = 'title = "Evening"\n[sound]\ncodec = "aac"\nlufs = -18.0\ntrue_peak_dbtp = -1.0\n'


@pytest.fixture
def own_recipe(cwtui: Shell) -> Path:
    """The file of the user's own recipe `evening`."""
    path = cwtui.studio / "recipes" / "evening.toml"
    path.parent.mkdir(parents=True)
    path.write_text(TEXT)
    return path


def listed(cwtui: Shell, name: str) -> dict[str, Any]:
    (found,) = [one for one in cwtui.json("recipes")["recipes"] if one["name"] == name]
    return dict(found)


def test_own_recipes_are_listed_last(cwtui: Shell, own_recipe: Path) -> None:
    result = cwtui.json("recipes", "list")
    assert result == cwtui.json("recipes")
    assert result["folder"] == str(own_recipe.parent)
    assert [one["name"] for one in result["recipes"]] == [*recipe_names(), "evening"]
    assert result["recipes"][-1] == {
        "name": "evening", "title": "Evening", "own": True, "replaces_built_in": False, "path": str(own_recipe),
            "problems": [], "delivered": None,
    }  # fmt: skip
    table = cwtui("recipes").stdout.splitlines()
    assert [line.split()[0] for line in table[1:]] == [*recipe_names(), "evening"]
    assert table[-1].split() == ["evening", "Evening", "own"]


def test_built_in_recipes_need_no_studio(cwtui: Shell) -> None:
    assert {one["own"] for one in cwtui.json("recipes")["recipes"]} == {False}
    assert "studio" not in cwtui.files


def test_the_studio_option_precedes_or_follows_the_subcommand(cwtui: Shell, own_recipe: Path) -> None:
    other = cwtui.folder / "other"
    cwtui("recipes", "--studio", other, "copy", "evening", "night", code=2)
    cwtui("recipes", "--studio", other, "copy", "podcast", "night")
    assert cwtui.json("recipes", "list", "--studio", other)["recipes"][-1]["name"] == "night"
    assert cwtui.json("recipes", "--studio", other)["recipes"][-1]["name"] == "night"
    assert listed(cwtui, "evening")["own"]


def test_a_copied_recipe_has_the_text_of_its_original(cwtui: Shell) -> None:
    copied = cwtui.json("recipes", "copy", "podcast", "Evening walk")
    assert copied == {"name": "evening-walk", "path": str(cwtui.studio / "recipes" / "evening-walk.toml")}
    path = Path(copied["path"])
    assert path.read_text().startswith("#:schema recipe.schema.json\n")
    path.write_text(path.read_text().replace("title", "# mine\ntitle", 1))
    cwtui("recipes", "copy", "evening-walk", "night")
    assert path.with_name("night.toml").read_text() == path.read_text()


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["podcast", "evening"], "A recipe evening already exists", "another name"),
        (["podcast", "Web-AV1"], "web-av1 is a built-in recipe", "another name"),
        (["podcast", "?"], "“?” is not a valid recipe name", "one letter or digit"),
        (["podkast", "night"], "Recipe “podkast” not found", "Choose one of: youtube-4k"),
    ],
)
def test_an_invalid_copy_is_refused_with_a_hint(
    cwtui: Shell, own_recipe: Path, arguments: list[str], message: str, hint: str
) -> None:
    error = cwtui.json("recipes", "copy", *arguments, code=2)["error"]
    assert message in error["message"]
    assert hint in error["hint"]
    assert [path.read_text() for path in own_recipe.parent.iterdir()] == [TEXT]


def test_a_recipe_that_is_not_utf8_is_not_copied(cwtui: Shell, own_recipe: Path) -> None:
    own_recipe.write_bytes(b"# caf\xe9\n")
    error = cwtui.json("recipes", "copy", "evening", "night", code=2)["error"]
    assert error["message"].startswith("evening cannot be copied: line 1: not UTF-8")
    assert str(own_recipe) in error["hint"]


def test_an_own_recipe_is_removed_after_confirmation(cwtui: Shell, own_recipe: Path) -> None:
    assert "Removing evening requires confirmation" in cwtui("recipes", "remove", "evening", code=3).stderr
    assert own_recipe.exists()
    assert cwtui.json("recipes", "remove", "evening", "--yes") == {"removed": "evening"}
    assert not own_recipe.exists()
    assert "Recipe “evening” not found" in cwtui("recipes", "remove", "evening", "--yes", code=2).stderr


def test_removing_a_recipe_removes_its_draft(cwtui: Shell, own_recipe: Path) -> None:
    write_draft(own_recipe, Draft(text="# mine", base=None))
    write_draft(own_recipe.with_name("night.toml"), Draft(text="# night", base=None))
    cwtui("recipes", "remove", "evening", "--yes")
    assert files_with_drafts(own_recipe.parent) == [own_recipe.with_name("night.toml")]


def test_a_built_in_recipe_is_not_removed(cwtui: Shell) -> None:
    error = cwtui.json("recipes", "remove", "podcast", "--yes", code=2)["error"]
    assert error["message"] == "podcast is a built-in recipe."


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            'title = "Evening"\nlufs = = 3\n',
            {"line": 2, "key": None, "message": "the value is not valid; text needs quotes"},
        ),
        (
            TEXT.replace("aac", "flac"),
            {"line": 3, "key": "sound.codec", "message": 'sound.codec must be aac, wav or mp3, not "flac"'},
        ),
    ],
)
def test_a_broken_recipe_is_listed_with_its_problem(
    cwtui: Shell, own_recipe: Path, content: str, problem: dict[str, Any]
) -> None:
    own_recipe.write_text(content)
    assert listed(cwtui, "evening")["problems"] == [problem]
    assert cwtui("recipes").stdout.splitlines()[-1] == (
        f"✗ evening: {problem['message'].removeprefix('sound.')} (line {problem['line']})"
    )


def test_a_delivered_recipe_shows_its_result(cwtui: Shell, small_take: Path) -> None:
    cwtui("new", "Walk")
    cwtui.add_sound_recipe()
    cwtui("ingest", small_take, "--no-prepare")
    checks = cwtui.json("deliver", "sound-only")["checks"]
    delivered = listed(cwtui, "sound-only")["delivered"]
    assert (delivered["checks"], delivered["failed"], delivered["complete"]) == (len(checks), 0, True)
    assert f"✓ {len(checks)} checks" in cwtui("recipes", "list", "-p", "Walk").stdout
    forecast = cwtui.json("deliver", "sound-only", "--dry-run")
    assert [one["files"] for one in forecast["estimates"]] == [["001-IMG_0101.m4a", "001-IMG_0101.wav"]]
    assert [one["fate"] for one in forecast["existing"]] == ["skipped", "skipped"]
    own = Path(cwtui.json("recipes", "copy", "sound-only", "quiet")["path"])
    own.write_text(own.read_text().replace("lufs = -16", "lufs = -20"))
    folder = cwtui.studio / "walk" / "deliverables" / "sound-only"
    there = cwtui.json("deliver", "quiet", "-o", folder, "--dry-run")["existing"]
    assert [one["fate"] for one in there] == ["refused", "refused"]
    assert "already contains 001-IMG_0101.m4a, written by sound-only" in there[0]["reason"]
    there = cwtui.json("deliver", "quiet", "-o", folder, "--replace", "--dry-run")["existing"]
    assert [one["fate"] for one in there] == ["replaced", "replaced"]
    assert "would be replaced by --replace" in cwtui("deliver", "quiet", "-o", folder, "--replace", "--dry-run").stdout
    cwtui("new", "Night")
    assert listed(cwtui, "sound-only")["delivered"] is None
    assert (
        cwtui.json("recipes", "list", "-p", "Harbour", code=2)["error"]["message"] == "There is no project “Harbour”."
    )


def editor(cwtui: Shell, script: str) -> None:
    """Sets the user's editor to a shell script; `$1` is the file."""
    path = cwtui.folder / "editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    cwtui.environment |= {"VISUAL": "", "EDITOR": str(path)}


def test_a_new_recipe_extends_another(cwtui: Shell) -> None:
    created = cwtui.json("recipes", "new", "Evening walk", "--extends", "youtube-4k")
    assert created == {
        "name": "evening-walk", "path": str(cwtui.studio / "recipes" / "evening-walk.toml"), "extends": "youtube-4k",
    }  # fmt: skip
    text = Path(created["path"]).read_text()
    assert text.splitlines()[0] == "#:schema recipe.schema.json"
    assert (cwtui.studio / "recipes" / "recipe.schema.json").is_file()
    assert cwtui.json("recipes", "diff", "youtube-4k", "evening-walk")["differences"] == [
        {"key": "title", "values": ["YouTube 4K", "Evening walk"]}
    ]
    cwtui("recipes", "new", "night")
    assert cwtui.json("recipes", "lint", "night")["recipes"][0]["problems"] == []
    for name, message in (("youtube-4k-sdr", "is a variant"), ("nothing", "not found"), ("x.toml", "not a file")):
        assert message in cwtui.json("recipes", "new", "mine", "--extends", name, code=2)["error"]["message"]


def test_an_edited_recipe_is_saved(cwtui: Shell, own_recipe: Path) -> None:
    editor(cwtui, 'sed -i.bak s/-18.0/-20.0/ "$1"; rm "$1.bak"; echo talks')
    assert cwtui.json("recipes", "edit", "evening")["state"] == "saved"
    assert own_recipe.read_text() == TEXT.replace("-18.0", "-20.0")
    editor(cwtui, "true")
    assert cwtui.json("recipes", "edit", "evening")["state"] == "unchanged"
    assert files_with_drafts(own_recipe.parent) == []
    assert list(own_recipe.parent.glob(".*.toml")) == []


def test_a_text_with_errors_is_kept_as_a_draft(cwtui: Shell, own_recipe: Path) -> None:
    editor(cwtui, 'sed -i.bak s/aac/flac/ "$1"; rm "$1.bak"')
    error = cwtui.json("recipes", "edit", "evening", code=2)["error"]
    assert error["message"] == 'evening was not saved: codec must be aac, wav or mp3, not "flac" (line 3).'
    assert own_recipe.read_text() == TEXT
    draft = read_draft(own_recipe)
    assert draft
    assert draft.text == TEXT.replace("aac", "flac")
    editor(cwtui, 'sed -i.bak s/flac/wav/ "$1"; rm "$1.bak"')
    assert cwtui.json("recipes", "edit", "evening")["state"] == "saved"
    assert own_recipe.read_text() == TEXT.replace("aac", "wav")
    assert read_draft(own_recipe) is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('echo "# mine" >> "$1"; echo "# theirs" >> "$(dirname "$1")/evening.toml"', "another program has changed it"),
        ('echo "# mine" >> "$1"; exit 3', "editor ended with exit code 3"),
        ('printf "# caf\\351" >> "$1"', "not UTF-8: save the file as UTF-8 (line 6)"),
    ],
)
def test_nothing_is_lost_when_a_recipe_is_not_saved(cwtui: Shell, own_recipe: Path, script: str, message: str) -> None:
    editor(cwtui, script)
    error = cwtui.json("recipes", "edit", "evening", code=2)["error"]
    assert message in error["message"]
    assert own_recipe.read_text().startswith(TEXT)
    draft = read_draft(own_recipe)
    assert draft
    assert draft.text.startswith(f"{TEXT}# ")
    editor(cwtui, 'printf "%s" "$(cat "$1" | head -5)" > "$1"; echo >> "$1"; echo "# again" >> "$1"')
    assert cwtui.json("recipes", "edit", "evening")["state"] == "saved"
    assert own_recipe.read_text() == f"{TEXT}# again\n"


def test_a_text_that_a_killed_editor_left_is_continued(cwtui: Shell, own_recipe: Path) -> None:
    own_recipe.with_name(".evening.toml").write_text(f"{TEXT}# left\n")
    editor(cwtui, "true")
    assert cwtui.json("recipes", "edit", "evening")["state"] == "saved"
    assert own_recipe.read_text() == f"{TEXT}# left\n"


def test_only_an_own_recipe_is_edited_with_an_editor(cwtui: Shell, own_recipe: Path) -> None:
    error = cwtui.json("recipes", "edit", "podcast", code=2)["error"]
    assert error["hint"] == "Make one of your own: cwtui recipes new NAME --extends podcast"
    cwtui.environment |= {"VISUAL": "", "EDITOR": "no-such-editor -w"}
    assert "no-such-editor was not found" in cwtui.json("recipes", "edit", "evening", code=2)["error"]["message"]


def test_lint_names_the_file_and_the_line(cwtui: Shell, own_recipe: Path) -> None:
    assert cwtui("recipes", "lint").stdout.count("✓") == len(recipe_names()) + 1
    own_recipe.write_text(TEXT.replace("aac", "flac"))
    (found,) = cwtui.json("recipes", "lint", "evening", code=1)["recipes"]
    assert [one["line"] for one in found["problems"]] == [3]
    assert f"✗ {own_recipe}:3: sound.codec must be" in cwtui("recipes", "lint", own_recipe, code=1).stdout
    assert cwtui("recipes", "lint", code=1).stdout.count("✓") == len(recipe_names())
    assert cwtui.json("recipes", "lint", "nothing.toml", code=2)["error"]["message"] == "There is no file nothing.toml."


def test_recipes_are_compared_by_their_values(cwtui: Shell, own_recipe: Path) -> None:
    assert "have the same values" in cwtui("recipes", "diff", "podcast", "podcast").stdout
    found = {one["key"]: one["values"] for one in cwtui.json("recipes", "diff", own_recipe, "podcast")["differences"]}
    assert found["sound.lufs"] == [-18.0, -16.0]
    assert found["sound.dialog"] == [None, "dialog"]
    assert "picture" not in found
    table = cwtui("recipes", "diff", "evening", "web-av1").stdout
    assert ["picture.codec", "—", "av1"] in [line.split() for line in table.splitlines()]


def test_a_recipe_is_explained_in_sentences(cwtui: Shell) -> None:
    said = cwtui("recipes", "explain", "shorts-words").stdout
    assert said.splitlines()[0] == "Vertical short, words highlighted"
    for sentence in (
        "It extends shorts-vertical.",
        "It is cropped to 1080×1920 pixels.",
        "Its bit rate is 8 Mb/s (12 above 30 frames per second).",
        "Its loudness becomes −14 LUFS ± 0.1, with true peaks of at most −1 dBTP.",
        "Footage longer than 180 s is refused.",
        "✓ Ready for YouTube Shorts (2 rules to be checked on the file)",
    ):
        assert sentence in said


def test_a_recipe_is_explained_for_a_take(cwtui: Shell, small_take: Path) -> None:
    cwtui.import_takes(small_take)
    explained = cwtui.json("recipes", "explain", "youtube-4k-sdr", "1")
    assert explained["name"] == "youtube-4k-sdr"
    (one,) = explained["deliverables"]
    said = " ".join(each["text"] for each in one["statements"])
    assert "scaled as a whole, at " in said
    assert "It writes 001-IMG_0101.mp4, about " in said
    assert one["platform"]["ready"]
    assert one["platform"]["summary"] == "Ready for YouTube (1 recommendation not followed)"
    assert one["platform"]["remarks"][0].startswith("video codec: HEVC; H.264 (https://support.google.com/")
    (reel,) = cwtui.json("recipes", "explain", "instagram-reel", "1")["deliverables"]
    assert not reel["platform"]["ready"]
    assert "length: 1 s; 3 s to 15:00 (https://" in reel["platform"]["summary"]
    assert "! Not ready for Instagram Reels: length: 1 s; " in cwtui("recipes", "explain", "instagram-reel", "1").stdout
