"""cwtui policy, and commands that a policy refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.policy import load_policies
from fixtures import clips
from tests.cli.shell import Shell

FREE = load_policies(None).policies["free"]


@pytest.fixture
def studio(cwtui: Shell) -> Shell:
    cwtui("new", "Walk")
    return cwtui


def test_policies_are_listed_with_the_plan_and_the_privacy_of_projects(studio: Shell) -> None:
    listed = studio.json("policy")
    assert listed == studio.json("policy", "list")
    assert (listed["plan"], listed["leaves"]) == ("creator", {"Walk": "nothing"})
    assert [(one["name"], one["active"]) for one in listed["policies"]] == [
        ("creator", True), ("free", False), ("privacy", True),
    ]  # fmt: skip
    text = studio("policy").stdout
    assert "Creator  chosen plan" in text
    assert (
        "forbids deliver, export: The plan Free has at most 1920 pixels on the longest side. free-longest-side" in text
    )
    assert "May leave this machine from “Walk”: nothing" in text


def test_why_explains_a_delivery_by_a_recipe_and_records_nothing(studio: Shell) -> None:
    assert studio.json("policy", "why", "deliver", "recipe=youtube-4k")["rule"] == "creator-delivers"
    assert studio.json("policy", "plan", "free") == {"plan": "free"}
    decision = studio.json("policy", "why", "deliver", "recipe=youtube-4k", code=3)
    assert (decision["rule"], decision["file"], decision["permitted"]) == ("free-longest-side", str(FREE.path), False)
    assert decision["attributes"] == {
        "recipe": "youtube-4k", "codec": "hevc", "long_edge": 3840, "watermark": False,
    }  # fmt: skip
    explained = studio("policy", "why", "deliver", "recipe=youtube-4k", "long_edge=1280", "watermark=true").stdout
    assert "✓ The plan Free writes deliverables and frames within its limits." in explained
    assert studio.json("policy", "decisions") == {"decisions": []}


def test_a_privacy_step_needs_a_yes_and_permits_to_send(studio: Shell) -> None:
    send = ("policy", "why", "send", "material=deliverables")
    refused = studio.json(*send, code=3)
    assert refused["message"] == ("Sending files to another machine is not permitted: No rule permits it.")
    assert "requires confirmation" in studio("policy", "privacy", "proxies", code=3).stderr
    assert studio.json("policy", "privacy", "proxies", "--yes") == {
        "project": "Walk", "leaves": "proxies", "before": "nothing",
    }  # fmt: skip
    assert studio.json(*send)["rule"] == "deliverables-leave"
    # Less needs no yes.
    studio("policy", "privacy", "nothing")
    studio.json(*send, code=3)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("why", "delivr"), "There is no action “delivr”.", "Did you mean deliver?"),
        (("why", "deliver", "recipe"), "“recipe” is not an attribute.", "Write NAME=VALUE"),
        (("why", "deliver", "lenght=3"), "deliver has no attribute “lenght”.", "Attributes of deliver: recipe"),
        (("why", "deliver", "long_edge=big"), "long_edge must be a whole number, not “big”.", "the longest side"),
        (("plan", "fre"), "There is no plan “fre”.", "Did you mean free?"),
        (("privacy", "all"), "There is no privacy step “all”.", "Steps: nothing, deliverables, proxies, originals."),
    ],
)
def test_unknown_names_are_errors(studio: Shell, arguments: tuple[str, ...], message: str, hint: str) -> None:
    error = studio.json("policy", *arguments, code=2)["error"]
    assert error["message"] == message
    assert hint in error["hint"]


def test_a_refused_export_writes_nothing_and_exits_with_3(studio: Shell, tmp_path: Path) -> None:
    clip = clips.one_frame(tmp_path / "IMG_0001.MOV")
    studio("policy", "plan", "free")
    error = studio.json("frame", str(clip), "-o", str(tmp_path / "x.exr"), code=3)["error"]
    assert error["message"] == "Writing frames as images is not permitted: The plan Free has no OpenEXR frames."
    assert f"Rule free-exr of the policy Free applies ({FREE.path}, line " in error["hint"]
    assert not (tmp_path / "x.exr").exists()
    studio("frame", str(clip), "-o", str(tmp_path / "x.png"))
    (refused,) = [one for one in studio.json("policy", "decisions")["decisions"] if not one["permitted"]]
    assert (refused["action"], refused["rule"], refused["attributes"]["format"]) == ("export", "free-exr", "exr")


def test_a_refused_delivery_starts_no_job(studio: Shell, tmp_path: Path) -> None:
    clip = clips.one_frame(tmp_path / "IMG_0001.MOV")
    studio("policy", "plan", "free")
    error = studio.json("deliver", "master-prores", str(clip), "-o", str(tmp_path / "out"), code=3)["error"]
    assert "The plan Free" in error["message"]
    assert studio.json("jobs")["jobs"] == []
    assert not (tmp_path / "out").exists()
