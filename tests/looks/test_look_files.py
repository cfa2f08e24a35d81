"""The files of looks: inheritance, orders, and errors with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.effects import effect_types
from engine.errors import EngineError, RequestError
from engine.looks import (
    ORDERS,
    Look,
    create_look,
    load_look,
    load_looks,
    look_from_json,
    look_names,
    look_problems,
    new_look_text,
    read_look,
    staged_kinds,
)

HEAD = 'title = "Mine"\norder = "classic"\n'


def look(text: str, path: Path = Path("mine.toml")) -> Look:
    return read_look(text, path)


def test_every_effect_has_a_stage_in_both_orders() -> None:
    assert set(effect_types()) <= staged_kinds()
    assert ORDERS == ("classic", "physical")


@pytest.mark.parametrize("name", look_names())
def test_built_in_looks_are_valid(name: str) -> None:
    made = load_look(name)
    assert made.effects
    assert made.description
    assert look_from_json(made.as_json()).digest == made.digest


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[exposure]\nstop = 1\n", 4, "exposure.stop is not a known key; did you mean stops?"),
        ("[exposure]\nstops = nan\n", 4, "exposure.stops must be a finite number"),
        ("[exposure]\nstops = 99\n", 4, "exposure.stops must be at most 16, not 99"),
        ('[exposure]\nstops = "bright"\n', 4, "exposure.stops must be a number"),
        ("[exposur]\nstops = 1\n", 3, "did you mean exposure?"),
        ('[face]\neffect = "exposur"\n', 4, "face.effect: there is no effect “exposur”; did you mean exposure?"),
        ("[wobble]\nx = 1\n", 3, "[wobble] is not an effect"),
        ("titel = 1\n", 3, "titel is not a known key; did you mean title?"),
        ("stops = 3\n", 3, "stops is not a known key"),
        ("[exposure\n", 3, "missing closing ]"),
        ('extends = "naturel"\n', 3, "there is no look “naturel”; did you mean natural?"),
        ('without = ["exposure"]\n', 3, "without needs extends"),
        ('[exposure]\nstops = "1"\n', 4, "exposure.stops must be a number"),
        ("[exposure]\nstops = true\n", 4, "exposure.stops must be"),
        ("exposure = 1\n", 3, "exposure is an effect: write its keys below one [exposure]"),
        ('[exposure]\nmask = "face"\n', 4, "exposure.mask: takes have no mask “face”; use “person”"),
        ("".join(f'[e{n}]\neffect = "exposure"\n' for n in range(100)), 131, "at most 64 effects, not 100"),
        ('[lut]\nfile = "missing.cube"\n', 4, "lut.file: there is no file"),
        ('[lut]\nfile = "/"\n', 4, "lut.file: / is a folder"),
        ('[lut]\nfile = "/dev/null"\n', 4, "lut.file: there is no file /dev/null"),
        ("version = 9\n", 3, "version must be 1 (a newer format needs a newer Cleanwater), not 9"),
    ],
)
def test_errors_name_the_key_the_line_and_what_to_do(text: str, line: int, said: str) -> None:
    (problem,) = look_problems(HEAD + text)

    assert problem.line == line - 1
    assert said in problem.message
    with pytest.raises(RequestError, match=r"^mine\.toml is not valid|^mine\.toml is not a valid look") as refused:
        look(HEAD + text)
    assert f"line {line}" in refused.value.message
    assert refused.value.hint


def test_a_look_inherits_tables_and_adds_at_their_stage(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(HEAD + "[white_balance]\ntemperature = 5000\ntint = 5\n")
    made = look(
        'extends = "base"\ntitle = "Other"\n[white_balance]\ntemperature = 6500\n'
        '[second]\neffect = "exposure"\nstops = -1\n',
        tmp_path / "mine.toml",
    )

    assert [(one.name, one.effect.model_dump()) for one in made.effects] == [
        ("white_balance", {"temperature": 6500.0, "tint": 5.0, "mask": None, "mask_invert": False}),
        ("second", {"stops": -1.0, "mask": None, "mask_invert": False}),
    ]
    assert (made.extends, made.order, made.title) == (("base",), "classic", "Other")
    bare = look('extends = "base"\nwithout = ["white_balance"]\n', tmp_path / "mine.toml")
    assert bare.effects == ()


def test_an_error_of_an_inherited_look_names_it_and_its_line(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(HEAD + "[exposure]\nstops = 99\n")
    (problem,) = look_problems('extends = "base"\n', tmp_path / "mine.toml")
    assert problem.message.startswith("extends base, which has an error in its line 4: exposure.stops must be")


def test_the_digest_is_that_of_what_shapes_the_picture() -> None:
    one = look(HEAD + "[exposure]\nstops = 1\n")
    assert one.digest == look('title = "Else"\n[exposure]\nstops = 1.0 # more\n', Path("other.toml")).digest
    assert one.digest != look(HEAD + "[exposure]\nstops = 1.5\n").digest


def test_a_lut_whose_file_changes_is_another_look(tmp_path: Path) -> None:
    cube, text = tmp_path / "print.cube", HEAD + '[lut]\nfile = "print.cube"\n'
    digests = []
    for level in ("1", "0.5"):
        cube.write_text("LUT_1D_SIZE 2\n0 0 0\n" + " ".join([level] * 3) + "\n")
        digests.append(look(text, tmp_path / "mine.toml").digest)
    assert digests[0] != digests[1]


def test_a_studio_has_looks_of_its_own(tmp_path: Path) -> None:
    name = create_look(tmp_path, "My Film", new_look_text("My film", "natural"))

    stored = load_looks(tmp_path)[name]
    assert (name, stored.own, stored.title, stored.problems()) == ("my-film", True, "My film", [])
    assert stored.text.startswith("#:schema look.schema.json\n")
    assert (tmp_path / "looks" / "look.schema.json").is_file()
    assert load_look("my-film", tmp_path / "looks").extends == ("natural",)
    with pytest.raises(RequestError, match="built-in look"):
        create_look(tmp_path, "natural", "")
    with pytest.raises(RequestError, match="already exists"):
        create_look(tmp_path, "my film", "")


def test_an_unknown_look_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="“naturl” not found") as refused:
        load_look("naturl", tmp_path)
    assert refused.value.hint.startswith("Did you mean natural?")


def test_a_damaged_look_of_a_job_is_refused() -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        look_from_json({"name": "x", "effects": [{"name": "a", "kind": "exposure", "stops": 99}]})


@pytest.mark.parametrize(
    ("cube", "space", "said"),
    [
        ("LUT_3D_SIZE 2\n0 0 0\nnan 0 0\n", "ACEScct", "line 3: “nan 0 0” is not finite; export the LUT again"),
        ("LUT_3D_SIZE 2000000\n0 0 0\n", "ACEScct", "line 1: this is not a LUT"),
        ("no table", "ACEScct", "is not a LUT"),
        ("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n", "nope", "There is no colour space “nope”"),
    ],
)
def test_a_damaged_lut_is_an_error_of_its_look(cube: str, space: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "film.cube").write_text(cube)
    text = f'title = "Mine"\n[lut]\nfile = "film.cube"\ninput_space = "{space}"\n'
    (problem,) = look_problems(text, tmp_path / "mine.toml")
    assert (problem.line, said in problem.message) == (2, True), problem.message
