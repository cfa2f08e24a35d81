"""The results column of Deliver: faults, estimates, unsaved changes and deliveries of a recipe."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from cwtui.console.screens.deliver.results import RecipeOutcome, recipe_row, render_outcome, render_results
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import DARK
from engine.catalog import Job, JobState
from engine.deliver import Estimate, StoredRecipe

from ...records import NOW, PROJECT, a_job, row_text

EMPTY = Snapshot(Path("studio"), project=PROJECT)


def a_recipe(**fields: Any) -> StoredRecipe:
    return StoredRecipe("sound", Path("sound.toml"), True, "lufs = -23.0\n", None, **fields)


def delivery(state: JobState, **fields: Any) -> Job:
    return a_job("deliver", state, "sound: 001", parameters={"recipe": {"name": "sound"}}, **fields)


def outcome(shown: RecipeOutcome, snapshot: Snapshot = EMPTY, plain: bool = False) -> str:
    return render_outcome(shown, snapshot, DARK, plain, 60).plain


def test_a_recipe_row_shows_changes_and_the_last_delivery() -> None:
    good = a_recipe(checks=12, delivered_at=NOW - timedelta(hours=3))
    assert row_text(recipe_row(good, True, NOW, RowStyle(DARK, 40, here=True))).split() == [
        "▸", "sound", "*", "✓", "12", "3", "h",
    ]  # fmt: skip
    bad = a_recipe(checks=12, failed=2, delivered_at=NOW)
    assert row_text(recipe_row(bad, False, NOW, RowStyle(DARK, 40))).split() == ["sound", "✗", "2/12", "now"]


def test_a_text_with_faults_has_no_estimate() -> None:
    text = outcome(RecipeOutcome(a_recipe(), "lufs = x", faults=[(0, "not a number")], estimates=[Estimate("001")]))
    assert "✗ line 1  not a number" in text
    assert "Estimate" not in text


def test_an_estimate_lists_its_takes_and_the_changed_lines() -> None:
    found = [Estimate("001", Fraction(2), lufs=-16.0, measured_lufs=-20.0), Estimate("002", refused="no sound")]
    text = outcome(RecipeOutcome(a_recipe(), "lufs = -16.0\n", estimates=found))
    assert "1 take · 2.0 s" in text
    assert "· no sound" in text
    assert text.endswith("not saved yet\n  - lufs = -23.0\n  + lufs = -16.0\n")


def test_running_deliveries_replace_the_estimate_unless_editing() -> None:
    running = EMPTY.replace(jobs=(delivery(JobState.RUNNING, done=1, total=4, unit="files"),))
    shown = RecipeOutcome(a_recipe(), "lufs = -23.0\n", estimates=[Estimate("001")])
    assert outcome(shown, running).split() == ["Deliveries", "001", "▰▰▱▱▱▱▱▱▱▱", "1", "/", "4", "files"]
    assert "25%" in outcome(shown, running, plain=True)
    editing = RecipeOutcome(shown.recipe, shown.text, True, estimates=shown.estimates)
    assert outcome(editing, running) == ""


def test_a_failed_check_stays_failed_beside_an_accepted_one() -> None:
    checks = [
        {"name": "source complete", "passed": False, "accepted": True, "measured": ["x"], "wanted": "all"},
        {"name": "loudness", "passed": False, "accepted": False, "measured": -20.0, "wanted": -16.0},
    ]
    delivered = {"checks": checks, "files": [], "complete": False, "damage": []}
    summary = render_results(
        [delivery(JobState.DONE, result={"delivered": delivered, "folder": "f"})], DARK, False, 80
    ).plain
    assert "✗ 1 of 2 failed" in summary
    assert "! source complete" in summary
