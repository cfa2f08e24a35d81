"""Changed parameters: for previews, and in files of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.looks import change_own_look, create_look_from, load_look, with_parameters

_MINE = """# My look.
version = 1
title = "Mine"

[exposure]
stops = 0.5  # a little

[grain]
strength = 3.0
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "mine.toml").write_text(_MINE)
    return tmp_path / "looks"


def test_values_of_a_look_change_by_path(own: Path) -> None:
    look = load_look("mine", own)
    changed = with_parameters(look, {"exposure.stops": 1.0, "grain.size": 10.0})
    assert (changed.as_json()["effects"][0]["stops"], changed.as_json()["effects"][1]["size"]) == (1, 10)
    assert changed.as_json()["effects"][1]["strength"] == 3
    assert with_parameters(look, {}) is look
    for values in ({"exposure.stops": 99.0}, {"exposure.stops": float("nan")}, {"exposure.none": 1.0}):
        with pytest.raises(RequestError):
            with_parameters(look, values)


def test_a_look_of_ones_own_keeps_its_comments(own: Path) -> None:
    change_own_look(own.parent, "mine", {"exposure.stops": 1.25})
    assert (own / "mine.toml").read_text() == _MINE.replace("0.5", "1.25")
    with pytest.raises(RequestError, match="built-in"):
        change_own_look(own.parent, "natural", {"exposure.stops": 1.0})
    with pytest.raises(RequestError):
        change_own_look(own.parent, "mine", {"exposure.stops": 99.0})
    assert "1.25" in (own / "mine.toml").read_text()


def test_inherited_effects_are_written_in_the_looks_order(own: Path) -> None:
    values = {"grain.strength": 7.0, "exposure.stops": 0.75}
    assert create_look_from(own.parent, "Late night", "mine", values) == "late-night"
    made = load_look("late-night", own)
    assert made.extends == ("mine",)
    assert [(one.name, one.effect.model_dump(exclude_defaults=True)) for one in made.effects] == [
        ("exposure", {"stops": 0.75}),
        ("grain", {"strength": 7.0}),
    ]
    change_own_look(own.parent, "late-night", {"exposure.stops": 0.5})
    # A new table comes before those that the order has later.
    create_look_from(own.parent, "grainy", "mine", {"grain.strength": 9.0})
    change_own_look(own.parent, "grainy", {"exposure.stops": -1.0})
    assert [one.name for one in load_look("grainy", own).effects] == ["exposure", "grain"]
    with pytest.raises(RequestError, match="already exists"):
        create_look_from(own.parent, "grainy", "mine", values)
