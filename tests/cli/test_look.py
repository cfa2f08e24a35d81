"""`cwtui look` and `cwtui key` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cwtui.commands._delivery_result import look_lines

from .shell import Shell
from .takes import studio_of

TEXT = 'title = "Mine"\norder = "classic"\n[exposure]\nstops = 0.5\n'


@pytest.fixture
def film(cwtui: Shell) -> Shell:
    """A studio with two takes of two seconds at 30 frames per second, a cut of them, and the look `mine`."""
    studio_of(cwtui.studio, 2)
    cwtui("cut", "new")
    path = cwtui.studio / "looks" / "mine.toml"
    path.parent.mkdir()
    path.write_text(TEXT)
    return cwtui


def clip(result: Any, number: int) -> dict[str, Any]:
    return dict(result["cut"]["clips"][number - 1])


def test_looks_are_listed_shown_created_and_compared(film: Shell) -> None:
    listed = film.json("look")
    assert listed == film.json("look", "list")
    own = {one["name"]: one["own"] for one in listed["looks"]}
    assert (own["natural"], own["mine"]) == (False, True)
    shown = film.json("look", "show", "mine")
    assert (shown["title"], shown["order"], shown["version"]) == ("Mine", "classic", 1)
    assert [one["path"] for one in shown["parameters"]] == ["exposure.stops"]
    assert "stops = 0.5" in film("look", "show", "mine").stdout
    made = film.json("look", "new", "Night walk", "--extends", "mine")
    assert Path(made["path"]).read_text().startswith("#:schema look.schema.json\nversion = 1\n")
    assert film.json("look", "diff", "mine", "night-walk")["differences"] == []
    assert "Did you mean mine?" in film("look", "show", "mien", code=2).stderr


def test_numbers_of_a_look_are_set(film: Shell) -> None:
    made = film.json("look", "new", "dusk", "--extends", "mine", "--set", "exposure.stops=-1.5")
    assert "[exposure]\nstops = -1.5" in Path(made["path"]).read_text()
    assert film.json("look", "set", "dusk", "exposure.stops", "-2")["value"] == -2
    assert film.json("look", "show", "dusk")["parameters"][0]["value"] == -2
    assert "at least -16 and at most 16" in film("look", "set", "dusk", "exposure.stops", "99", code=2).stderr
    assert (
        "cwtui look new NAME --extends natural" in film("look", "set", "natural", "tone_curve.toe", "1", code=2).stderr
    )
    assert "--extends LOOK" in film("look", "new", "x", "--set", "exposure.stops=1", code=2).stderr
    assert "PARAMETER=VALUE" in film("look", "new", "x", "--extends", "mine", "--set", "stops", code=2).stderr


def test_lint_names_file_line_and_key(film: Shell) -> None:
    path = film.studio / "looks" / "mine.toml"
    path.write_text(TEXT + "[bloon]\n")
    result = film.json("look", "lint", "mine", code=1)
    (problem,) = result["looks"][0]["problems"]
    assert (problem["line"], problem["key"]) == (5, "bloon")
    assert f"{path}:5: [bloon] is not an effect" in film("look", "lint", code=1).stdout
    assert "✗" in film("look").stdout
    refused = film("look", "apply", "film", "1", "mine", code=2)
    assert "mine.toml is not a valid look" in refused.stderr
    path.write_text(TEXT)
    assert film.json("look", "lint", "mine")["looks"][0]["problems"] == []


def test_an_edited_look_is_saved_only_without_errors(film: Shell) -> None:
    film.environment |= {"VISUAL": "sed -i s/0.5/0.75/"}
    assert film.json("look", "edit", "mine")["state"] == "saved"
    film.environment |= {"VISUAL": "sed -i s/stops/stop/"}
    assert "stop is not a known key; did you mean stops? (line 4)" in film("look", "edit", "mine", code=2).stderr
    assert "stops = 0.75" in (film.studio / "looks" / "mine.toml").read_text()
    assert "built-in look" in film("look", "edit", "natural", code=2).stderr


def test_a_look_is_applied_to_clips_and_undone(film: Shell) -> None:
    applied = film.json("look", "apply", "film", "2", "mine")
    assert applied["edit"]["title"] == "film: look of clip 2: mine"
    assert (clip(applied, 1).get("look"), clip(applied, 2)["look"]) == (None, "mine")
    assert "look mine" in film("cut", "show").stdout
    assert '"look":"mine"' in next(film.studio.rglob("film.otio")).read_text()
    everywhere = film.json("look", "apply", "film", "all", "none")
    assert [one["look"] for one in everywhere["cut"]["clips"]] == ["none", "none"]
    film("undo")
    film("undo")
    assert "look" not in clip(film.json("cut", "show"), 2)
    assert "look" not in clip(film.json("look", "apply", "film", "1-2", "recipe"), 1)
    assert "not found" in film("look", "apply", "film", "1", "gone", code=2).stderr
    assert "There is no clip 9" in film("look", "apply", "film", "9", "mine", code=2).stderr


def test_keys_are_set_moved_listed_and_deleted_on_the_clock_of_the_cut(film: Shell) -> None:
    assert (
        "has no look of its own" in film("key", "set", "film", "2", "exposure.stops", "1", "--at", "3", code=2).stderr
    )
    film("look", "apply", "film", "2", "mine")
    film(
        "key", "set", "film", "2", "exposure.stops", "-1", "--at", "2", "--interpolation", "bezier", "--leave", "12f,0"
    )
    film("key", "set", "film", "2", "exposure.stops", "1.5", "--at", "00:00:03:00", "--arrive", "0.5,-0.25")
    film("key", "move", "film", "2", "exposure.stops", "--at", "3", "--to", "+15f")
    keys = film.json("key", "list", "film")["keys"]
    assert [(one["clip"], one["tick"], one["take_time"], one["value"]) for one in keys] == [
        (2, 60, [0, 1], -1.0),
        (2, 105, [3, 2], 1.5),
    ]
    assert keys[0]["leave"] == {"time": [2, 5], "value": 0.0}
    assert keys[1]["arrive"] == {"time": [1, 2], "value": -0.25}
    assert "00:00:03.50" in film("key", "list", "film", "2").stdout

    film("cut", "trim", "2", "--from", "1")
    kept = film.json("key", "list", "film")["keys"]
    assert [(one["tick"], one["take_time"], one["shown"]) for one in kept] == [(30, [0, 1], False), (75, [3, 2], True)]

    film("key", "delete", "film", "2", "exposure.stops", "--at", "75f")
    assert len(film.json("key", "list", "film")["keys"]) == 1
    film("undo")
    assert len(film.json("key", "list", "film", "2")["keys"]) == 2
    assert film.json("key", "list", "film", "1")["keys"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("set film 2 exposure.stop 1 --at 3", "Did you mean exposure.stops?"),
        ("set film 2 exposure.stops 99 --at 3", "at most 16"),
        ("set film 2 exposure.stops nan --at 3", "may not be nan"),
        ("set film 2 exposure.stops 1 --at 0.5", "is not in clip 2"),
        ("set film 2 exposure.stops 1 --at 3 --leave 4", "is not a handle"),
        ("set film 2 exposure.stops 1 --at 3 --leave -1,2", "is not a handle"),
        ("delete film 2 exposure.stops --at 3", "has no keys"),
        ("move film 2 exposure.stops --at 3 --to 4", "has no keys"),
    ],
)
def test_impossible_keys_are_refused_with_a_hint(film: Shell, words: str, said: str) -> None:
    film("look", "apply", "film", "2", "mine")
    assert said in film("key", *words.split(), code=2).stderr


def test_a_receipt_states_looks_with_their_clips_and_the_least_confidence() -> None:
    samples = [{"confidence": {"person": 0.75}}, {"confidence": {"person": 0.4}}]
    look = {"name": "lift", "digest": "ab" * 32, "clips": [1, 3], "animated": ["relight.stops"], "samples": samples}
    (line,) = look_lines([look])
    assert line == "look lift abababababab, clips 1, 3, keyframes of relight.stops, person 40 %"
