"""`cwtui checks` lists the checks of finished files and explains one."""

from __future__ import annotations

import json

import pytest

from cwtui.cli import run
from engine.deliver import check_rules


def test_all_checks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [rule.id for rule in check_rules()]
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
