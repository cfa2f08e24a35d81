"""The packages that a delivery uses: what they owe is in the receipt, and a policy can refuse it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Catalog
from engine.deliver import DeliverableRequest, credits_of, deliver_values, load_recipe
from engine.ingest import inspect
from engine.looks import load_look
from engine.market import install
from engine.policy import Gate, PolicyError
from engine.tasks import packages_of

from ..market.packages import look_package

RULE = """
title = "Clients"
kind = "rules"
owner = "Ada"
change = "Ask Ada."
[[rule]]
id = "commercial-only"
effect = "forbid"
actions = ["deliver"]
reason = "This studio works for clients."
when = { commercial = false }
"""


def test_a_look_and_those_that_it_extends_are_found(tmp_path: Path) -> None:
    recipe = load_recipe("podcast")
    assert packages_of(tmp_path, recipe, []) == ()
    record = install(tmp_path, look_package(licence="CC-BY-NC-4.0", attribution="Dusk by Ada"), "main")
    (tmp_path / "looks" / "mine.toml").write_text(f'title = "Mine"\nextends = "{record.preset}"\n')
    assert packages_of(tmp_path, recipe, [load_look("natural")]) == ()
    for name in (record.preset, "mine"):
        (used,) = packages_of(tmp_path, recipe, [load_look(name, tmp_path / "looks")])
        assert (used.package, used.licence, used.commercial) == ("ada/dusk", "CC-BY-NC-4.0", False)
        assert used.sha256 == record.sha256
        assert credits_of((used,)) == ("Dusk by Ada",)


def test_a_licence_without_attribution_asks_for_no_credit(tmp_path: Path) -> None:
    record = install(tmp_path, look_package(licence="CC0-1.0", attribution="Dusk by Ada"), "main")
    used = packages_of(tmp_path, load_recipe("podcast"), [load_look(record.preset, tmp_path / "looks")])
    assert credits_of(used) == ()
    assert used[0].commercial


def test_a_policy_refuses_a_package_that_is_not_for_commercial_work(tmp_path: Path, small_take: Path) -> None:
    record = install(tmp_path, look_package(licence="CC-BY-NC-4.0"), "main")
    look = load_look(record.preset, tmp_path / "looks")
    plain = DeliverableRequest(inspect(small_take), "a", load_recipe("podcast"), None, Fraction(0))
    order = replace(plain, packages=packages_of(tmp_path, plain.recipe, [look]))
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "clients.toml").write_text(RULE)
    gate = Gate(tmp_path, Catalog.in_studio(tmp_path))
    gate.check("deliver", **deliver_values(plain))
    with pytest.raises(PolicyError, match="works for clients"):
        gate.check("deliver", **deliver_values(order))
