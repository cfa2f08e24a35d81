"""`cwtui checks` lists the checks of finished files and explains one."""

from __future__ import annotations

import json
import re
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cwtui.cli import command_tree, run
from cwtui.commands._delivery_result import show_delivery
from engine.deliver import Check, check_ids, check_rules, find_rule, recipe_schema


def test_all_checks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [rule.id for rule in check_rules()]
    assert sorted(ids) == check_ids()
    assert run(["checks", "--json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)["checks"]] == ids
    assert run(["checks"]) == 0
    words = capsys.readouterr().out.split()
    assert set(ids) <= set(words)


def test_a_check_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["checks", "edit-list"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "No track has an edit list" in text
    assert "→ If it fails: Deliver it again" in text
    assert run(["checks", "edit-list", "--json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert (one["title"], one["applies_to"]) == ("Edit list", ["movie"])


def test_an_unknown_check_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["checks", "edit-lists"]) == 2
    assert "Did you mean edit-list?" in capsys.readouterr().err


def test_remedies_name_commands_and_keys_of_recipes_that_exist() -> None:
    commands = {one.name for one in command_tree().commands}
    tables = recipe_schema()["properties"]
    for rule in check_rules():
        assert set(re.findall(r"cwtui (\w+)", rule.remedy)) <= commands, rule.id
        for table, key in re.findall(r"`(picture|sound|captions|container|metadata)\.(\w+)`", rule.remedy):
            assert key in tables[table]["properties"], rule.id


@pytest.mark.parametrize(
    ("more", "explained"), [({"id": "loudness"}, True), ({"id": "loudness", "warning": True}, False), ({}, False)]
)
def test_a_failed_check_is_printed_with_what_to_do(more: dict[str, Any], explained: bool) -> None:
    check = Check(name="loudness", passed=False, measured=-20.0, wanted="-16 LUFS", **more).model_dump()
    text = StringIO()
    entry = {"take": "1", "files": [], "checks": [check], "notes": [], "complete": True}
    show_delivery(Console(file=text, width=400), [entry])
    assert "loudness: -20.0, expected -16 LUFS" in text.getvalue()
    assert (find_rule("loudness").remedy in text.getvalue()) is explained
