"""The gate: plans, privacy steps, what it says, and what it keeps."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from engine.catalog import Catalog
from engine.deliver import CutRequest, deliver_values, load_recipe, recipe_names
from engine.errors import GateError
from engine.policy import LEAVES, Gate, Permission, PolicyError, PolicyRequest, explanation, load_policies
from engine.timeline import Cut

MATERIALS = ("deliverables", "proxies", "originals")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.in_studio(tmp_path)


@pytest.fixture
def gate(tmp_path: Path, catalog: Catalog) -> Gate:
    return Gate(tmp_path, catalog)


@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160)])
@pytest.mark.parametrize("recipe", recipe_names())
def test_plans_permit_recipes_within_their_limits(
    gate: Gate, catalog: Catalog, recipe: str, size: tuple[int, int]
) -> None:
    request = CutRequest(Cut("film", Fraction(25), *size), {}, load_recipe(recipe))
    values = deliver_values(request)
    assert gate.require("deliver", **values)
    catalog.policies.choose_plan("free")
    picture = request.recipe.picture
    within = picture is None or (max(request.frame_size or ()) <= 1920 and picture.codec != "prores")
    within = within and request.recipe.frames is None
    assert gate.decide(PolicyRequest("deliver", {**values, "watermark": True})).permitted is within
    assert gate.decide(PolicyRequest("deliver", values)).permitted is (not request.recipe.shows)


@pytest.mark.parametrize(("leaves", "material"), list(product(LEAVES, MATERIALS)))
def test_each_privacy_step_includes_the_ones_before(gate: Gate, leaves: str, material: str) -> None:
    request = PolicyRequest("send", {"material": material, "leaves": leaves})
    assert gate.decide(request).permitted is (LEAVES.index(material) <= LEAVES.index(leaves))


def test_a_refusal_names_the_rule_its_line_its_owner_and_the_change(gate: Gate, catalog: Catalog) -> None:
    catalog.policies.choose_plan("free")
    with pytest.raises(PolicyError, match="at most 1920 pixels") as caught:
        gate.require("export", format="png", long_edge=3840)
    assert isinstance(caught.value, GateError)
    policy = load_policies(None).policies["free"]
    line = policy.path.read_text().splitlines().index('id = "free-longest-side"')
    # The line of the rule's header.
    assert caught.value.hint == (
        f"Rule free-longest-side of the policy Free applies ({policy.path}, line {line}). "
        "The owner of the studio decides: cwtui policy plan creator chooses the plan without limits."
    )


def test_decisions_are_kept_with_their_rules(gate: Gate, catalog: Catalog) -> None:
    gate.require("export", format="exr", long_edge=1920)
    catalog.policies.choose_plan("free")
    with pytest.raises(PolicyError):
        gate.require("export", format="exr", long_edge=1920)
    gate.decide(PolicyRequest("export", {"format": "exr", "long_edge": 1920}))
    refused, permitted = catalog.policies.decisions(9)
    assert (permitted.permitted, permitted.rule) == (True, "creator-delivers")
    assert (refused.permitted, refused.rule, refused.is_error) == (False, "free-exr", False)
    assert refused.attributes == {"format": "exr", "long_edge": 1920}
    assert refused.line


def test_a_broken_policy_file_refuses_everything_and_says_so(gate: Gate, catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    own = tmp_path / "policies" / "mine.toml"
    own.write_text('title = "Mine"\nowner = "me"\nchange = "ask me"\n[[rule]]\nid = "a"\neffect = "allow"\n')
    with pytest.raises(PolicyError, match="effect must be permit or forbid"):
        gate.require("export", format="png", long_edge=1)
    assert catalog.policies.decisions(1)[0].is_error


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("{ length = 3 }", "deliver has no attribute length"),
        ('{ long_edge = "4k" }', "when.long_edge must be a whole number"),
        ("{ recipe = { above = 3 } }", "when.recipe must be text"),
    ],
)
def test_a_rule_about_unknown_attributes_is_an_error(gate: Gate, tmp_path: Path, when: str, message: str) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "mine.toml").write_text(
        'title = "Mine"\nowner = "me"\nchange = "ask me"\n'
        f'[[rule]]\nid = "a"\neffect = "forbid"\nactions = ["deliver"]\nreason = "No."\nwhen = {when}\n'
    )
    (path, error) = gate.library.unreadable[0]
    assert path.name == "mine.toml"
    assert message in error.message


def test_a_studios_own_rule_forbids_what_the_plan_permits(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "offline.toml").write_text(
        'title = "Offline"\nowner = "The owner of this Mac"\nchange = "edit the file"\n'
        '[[rule]]\nid = "no-downloads"\neffect = "forbid"\nactions = ["download"]\nreason = "This Mac stays offline."\n'
    )
    decision = gate.decide(PolicyRequest("download", {"material": "model", "host": "models.example"}))
    assert (decision.permitted, decision.reason) == (False, "This Mac stays offline.")
    assert "no-downloads of the policy Offline" in explanation(decision)


def test_nobody_but_the_gate_gives_permission() -> None:
    with pytest.raises(TypeError, match="only Gate"):
        Permission("deliver", object())
    with pytest.raises(PolicyError, match="Writing a deliverable is not permitted"):
        Gate(None, None).require("export", format="png", long_edge=1).check("deliver")
