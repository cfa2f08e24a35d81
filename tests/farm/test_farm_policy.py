"""Which content of a project goes to which machine, by its privacy step and the studio's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from engine.catalog import Catalog, FarmMachine
from engine.farm import FarmPolicy
from engine.farm.work_order import Content

CONTENTS: tuple[Content, ...] = get_args(Content)
MACHINE = FarmMachine(name="mini-0001", label="Mini", fingerprint="0", state="active", joined_at=datetime.now(UTC))
OFFICE = MACHINE.model_copy(update={"name": "office-0002"})


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog.in_studio(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("step", "permitted"),
    [
        ("nothing", set()),
        ("deliverables", set()),
        ("proxies", {"proxies", "intermediates"}),
        ("originals", {"proxies", "intermediates", "originals"}),
    ],
)
def test_the_privacy_step_decides(step: str, permitted: set[str], catalog: Catalog, tmp_path: Path) -> None:
    project = catalog.add_project("Harbour", "harbour")
    catalog.policies.set_leaves(project, step)
    with closing(FarmPolicy(tmp_path)) as policy:
        assert {one for one in CONTENTS if policy.may_send(MACHINE, project.id, one) is None} == permitted
        assert all(policy.may_send(MACHINE, None, one) for one in CONTENTS)
        assert all(policy.may_send(MACHINE, "unknown", one) for one in CONTENTS)


def test_a_rule_keeps_content_from_one_machine(catalog: Catalog, tmp_path: Path) -> None:
    project = catalog.add_project("Harbour", "harbour")
    catalog.policies.set_leaves(project, "originals")
    (tmp_path / "policies").mkdir()
    rule = 'id = "home"\neffect = "forbid"\nactions = ["send"]\nreason = "Originals stay at home."\n'
    when = 'when = { machine = "office-0002", material = "originals" }\n'
    (tmp_path / "policies" / "home.toml").write_text(
        f'title = "Home"\nowner = "Me"\nchange = "ask"\n[[rule]]\n{rule}{when}'
    )
    with closing(FarmPolicy(tmp_path)) as policy:
        assert policy.may_send(OFFICE, project.id, "originals") == "Originals stay at home."
        assert policy.may_send(OFFICE, project.id, "proxies") is None
        assert policy.may_send(MACHINE, project.id, "originals") is None


def test_the_same_decision_is_kept_once(catalog: Catalog, tmp_path: Path) -> None:
    project = catalog.add_project("Harbour", "harbour")
    with closing(FarmPolicy(tmp_path)) as policy:
        for _ in range(3):
            policy.may_send(MACHINE, project.id, "proxies")
        catalog.policies.set_leaves(project, "proxies")
        for _ in range(3):
            policy.may_send(MACHINE, project.id, "proxies")
    kept = catalog.policies.decisions(10)
    assert [(one.action, one.permitted, one.attributes["leaves"]) for one in kept] == [
        ("send", True, "proxies"),
        ("send", False, "nothing"),
    ]
