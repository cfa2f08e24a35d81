"""The studio's folder and the current project: what a command creates, and which project it uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.catalog import Catalog

from .shell import Shell


@pytest.mark.parametrize(
    "arguments",
    [
        ("takes",),
        ("ingest", "card"),
        ("jobs",),
        ("studio", "--detach"),
        ("keep", "1"),
        ("use",),
        ("deliver", "podcast"),
    ],
)
def test_a_command_that_needs_a_studio_does_not_create_one(cwtui: Shell, arguments: tuple[str, ...]) -> None:
    result = cwtui(*arguments, code=2)
    assert f"There is no studio in {cwtui.studio} yet." in result.stderr
    assert "cwtui new" in result.stderr
    assert not Catalog.exists_in(cwtui.studio)


def test_an_invalid_name_creates_no_studio(cwtui: Shell) -> None:
    assert "needs a name" in cwtui("new", " ", code=2).stderr
    assert not Catalog.exists_in(cwtui.studio)


def test_a_new_studio_is_announced_once_and_not_in_the_json_result(cwtui: Shell) -> None:
    first = cwtui("new", "Harbour", "--json")
    assert f"Creating a studio in {cwtui.studio}\n" == first.stderr
    assert first.stdout.startswith("{")
    assert cwtui("new", "Night", "--json").stderr == ""


def test_the_current_project_is_that_of_use(cwtui: Shell) -> None:
    cwtui("new", "Harbour walk")
    # A single project needs no name.
    assert cwtui("takes").stderr == ""
    cwtui("new", "Night")
    result = cwtui("takes", "--json")
    assert '"project": "Night"' in result.stdout
    assert "Project “Night”" in result.stderr
    assert "▸ Harbour walk  current" in cwtui("use", "harbour-walk").stdout
    assert cwtui.json("takes")["project"] == "Harbour walk"
    assert cwtui.json("takes", "-p", "Night")["project"] == "Night"
    used = cwtui.json("use", "--none")
    assert used == {"studio": str(cwtui.studio), "project": None, "projects": ["Harbour walk", "Night"]}
    error = cwtui.json("takes", code=2)["error"]
    assert "“Harbour walk”, “Night”" in error["message"]
    assert "cwtui use Night" in error["hint"]
    assert "-p NAME" in error["hint"]
    assert "There is no project “gone”" in cwtui("use", "gone", code=2).stderr


def test_the_options_before_a_command_are_those_after_it(cwtui: Shell, tmp_path: Path) -> None:
    cwtui("new", "Harbour walk")
    cwtui("new", "Night")
    other = tmp_path / "films"
    cwtui("--studio", other, "new", "Dunes")
    for option in ("-p", "--project"):
        assert cwtui.json(option, "Harbour walk", "takes") == cwtui.json("takes", option, "Harbour walk")
    # The option after the command has precedence.
    assert cwtui.json("-p", "Night", "takes", "-p", "Harbour walk")["project"] == "Harbour walk"
    assert cwtui.json("--studio", other, "-p", "Dunes", "takes") == cwtui.json("takes", "--studio", other)
    assert "no project “gone”" in cwtui("-p", "gone", "takes", code=2).stderr
    # A command for all projects refuses the option at both places.
    refused = cwtui.json("-p", "Night", "cancel", "--all", code=2)
    assert refused == cwtui.json("cancel", "--all", "-p", "Night", code=2) | {"error": refused["error"]}
    assert refused["error"]["message"] == "cwtui cancel has no option --project."


def test_a_chosen_default_studio_is_used_without_other_options(cwtui: Shell, tmp_path: Path) -> None:
    cwtui("new", "Harbour", "--studio", tmp_path / "films")
    cwtui.environment["XDG_CONFIG_HOME"] = str(tmp_path / "config")
    cwtui("use", "--default", "--studio", tmp_path / "films")
    # CWTUI_STUDIO has precedence.
    assert "no studio" in cwtui("takes", code=2).stderr
    del cwtui.environment["CWTUI_STUDIO"]
    assert cwtui.json("use")["studio"] == str(tmp_path / "films")
