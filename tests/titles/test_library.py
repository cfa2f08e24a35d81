"""Templates as files: built in, one's own, inherited, and wrong."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from engine.errors import EngineError, RequestError
from engine.resources import resource_root
from engine.titles import (
    READABLE,
    create_title,
    design_of,
    field_values,
    find_title_problems,
    list_titles,
    load_title,
    parse_assignments,
    text_contrasts,
    title_names,
    title_path,
    title_schema,
)

PLAIN = """
version = 1
[fields.title]
default = "Hello"
[[layers]]
kind = "text"
text = "{title}"
"""


def test_there_is_a_template_of_each_kind() -> None:
    kinds = [load_title(name).kind for name in title_names()]
    assert sorted(kinds) == ["captions", "counter", "intro", "lower-third", "progress", "title"]


@pytest.mark.parametrize("name", title_names())
def test_built_in_templates_are_valid_and_readable(name: str) -> None:
    text = (resource_root("presets") / "titles" / f"{name}.toml").read_text(encoding="utf-8")
    jsonschema.validate(tomllib.loads(text), title_schema())
    template = load_title(name)
    assert find_title_problems(text) == []
    assert design_of(template.design, name) == template
    contrasts = text_contrasts(template, {})
    assert contrasts
    assert min(one.ratio for one in contrasts) >= READABLE


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        ('[[layers]]\nkind = "text"\ntext = "{titel}"', None, "no field titel"),
        ('[[layers]]\nkind = "text"\ntext = "{title}"\nfont = "gone.ttf"', 12, "there is no font file gone.ttf"),
        ('[[layers]]\nkind = "rule"\nsize = 4', None, "has the key size, which a rule does not have"),
        ('[[layers]]\nkind = "box"\naround = "plate"', None, "no layer plate"),
        ('[[layers]]\nkind = "text"\ntext = "x"\nsize = nan', 12, "finite"),
        ('[[layers]]\nkind = "text"\ntext = "x"\nsize = -4', 12, "more than 0"),
        ('[[layers]]\nkind = "text"\ntext = "x"\ncolour = "red"', 12, "#rrggbb"),
        ("shape = 1", 9, "shape"),
        ("[layout]\nanchor = 'middle'", 10, "anchor"),
    ],
)
def test_an_error_is_named_with_its_line(change: str, line: int | None, message: str) -> None:
    problems = find_title_problems(PLAIN + "\n" + change + "\n")
    assert problems
    assert message in str(problems[0])
    if line is not None:
        assert problems[0].line == line - 1


def test_a_template_of_ones_own_inherits_and_replaces(tmp_path: Path) -> None:
    made = create_title(tmp_path, "Our Lower Third", "lower-third")
    assert made.name == "our-lower-third.toml"
    assert (tmp_path / "title.schema.json").is_file()
    template = load_title("our-lower-third", tmp_path)
    assert (template.kind, template.layers) == ("lower-third", load_title("lower-third").layers)
    made.write_text(made.read_text().replace("Ada Lovelace", "Grace Hopper").replace("revision = 1", "revision = 2"))
    changed = load_title("our-lower-third", tmp_path)
    assert (changed.revision, changed.fields["name"].default) == (2, "Grace Hopper")
    assert changed.digest != template.digest
    assert [one.name for one in list_titles(tmp_path) if one.own] == ["our-lower-third"]
    with pytest.raises(RequestError, match="already exists"):
        create_title(tmp_path, "our lower third", "title")
    with pytest.raises(RequestError, match="built-in"):
        create_title(tmp_path, "intro", "title")
    broken = tmp_path / "broken.toml"
    broken.write_text('version = 1\nextends = "nowhere"\n')
    assert [str(one.problems[0]) for one in list_titles(tmp_path) if one.problems]
    with pytest.raises(RequestError, match="nowhere"):
        load_title("broken", tmp_path)


def test_a_missing_template_has_a_suggestion() -> None:
    with pytest.raises(RequestError) as caught:
        title_path("lower-thrid")
    assert "lower-third" in caught.value.hint


def test_a_damaged_design_is_an_error() -> None:
    with pytest.raises(EngineError, match="not valid"):
        design_of(json.dumps({"layers": []}), "intro")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"titel": "x"}, "no field titel"),
        ({"label": "x" * 71}, "71 characters"),
        ({"to": "many"}, "is no number"),
        ({"to": ""}, "is empty"),
        ({"accent": "blue"}, "is no colour"),
    ],
)
def test_values_of_another_kind_are_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        field_values(load_title("counter"), values)


def test_a_missing_image_is_refused() -> None:
    with pytest.raises(RequestError, match="is not a file"):
        field_values(load_title("intro"), {"logo": "/nowhere/logo.png"})


def test_assignments_are_read() -> None:
    assert parse_assignments(["title=a=b", r"sub=one\ntwo"]) == {"title": "a=b", "sub": "one\ntwo"}
    with pytest.raises(RequestError, match="sets no field"):
        parse_assignments(["title"])
