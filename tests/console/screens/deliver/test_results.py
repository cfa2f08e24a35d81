"""The results column of Deliver: faults, estimates, unsaved changes and deliveries of a recipe."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from cwtui.commands._job_table import job_verdict
from cwtui.console.screens.deliver.check_view import render_passed
from cwtui.console.screens.deliver.recipe_rows import recipe_row
from cwtui.console.screens.deliver.results import (
    RecipeOutcome,
    render_outcome,
    render_readiness,
    render_results,
)
from cwtui.console.screens.row_style import RowStyle
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import DARK
from engine.catalog import Job, JobState
from engine.deliver import (
    Check,
    Deliverable,
    Estimate,
    StoredRecipe,
    find_rule,
    load_recipe,
    planned_readiness,
)
from engine.studio import DeliveryForecast, LastDelivery, OutputFile

from ...records import NOW, PROJECT, a_job, row_text

EMPTY = Snapshot(Path("studio"), project=PROJECT)


def a_recipe(**fields: Any) -> StoredRecipe:
    return StoredRecipe("sound", Path("sound.toml"), True, "lufs = -23.0\n", None, **fields)


def delivery(state: JobState, **fields: Any) -> Job:
    return a_job("deliver", state, "sound: 001", parameters={"recipe": {"name": "sound"}}, **fields)


def outcome(shown: RecipeOutcome, snapshot: Snapshot = EMPTY, plain: bool = False) -> str:
    return render_outcome(shown, snapshot, DARK, plain, 60).plain


def test_a_recipe_row_shows_changes_and_the_last_delivery() -> None:
    good = a_recipe(checks=12, delivered_at=NOW - timedelta(days=2))
    bad = a_recipe(checks=12, failed=1, delivered_at=NOW - timedelta(minutes=5))
    rows = [
        row_text(recipe_row(one, one is good, NOW, RowStyle(DARK, 48, here=True), 12))
        for one in (good, bad, a_recipe(), a_recipe(checks=9, incomplete=True, delivered_at=NOW))
    ]
    assert rows == [
        " sound *        ✓ 12 checks           2 days ago",
        " sound          ✗ failed 1 of 12       5 min ago",
        " sound                             not delivered",
        " sound          ! incomplete            just now",
    ]
    narrow = [row_text(recipe_row(one, False, NOW, RowStyle(DARK, 30), 12)) for one in (good, bad, a_recipe())]
    assert narrow == [
        " sound          ✓ 12       2 d",
        " sound          ✗ 1/12   5 min",
        " sound           not delivered",
    ]
    # The list of a window of 120 columns has room for the longest name of the built-in recipes.
    assert row_text(recipe_row(replace(good, name="shorts-vertical"), False, NOW, RowStyle(DARK, 50), 15)) == (
        " shorts-vertical   ✓ 12 checks          2 days ago"
    )


def test_a_text_with_faults_has_no_estimate() -> None:
    forecast = DeliveryForecast((Estimate("001"),))
    text = outcome(RecipeOutcome(a_recipe(), "lufs = x", faults=[(0, "not a number")], forecast=forecast))
    assert text.startswith("No estimate: the recipe has errors in line 1\n")
    assert "not a number" not in text
    assert outcome(RecipeOutcome(a_recipe(), "lufs = -23.0\n", error="No SDR.")) == "No estimate: No SDR.\n"


def test_an_estimate_says_which_metadata_is_kept() -> None:
    forecast = DeliveryForecast((Estimate("001", Fraction(2)),))
    archive = outcome(RecipeOutcome(a_recipe(), "", forecast=forecast, kept=("location", "device", "date")))
    assert "! keeps location, camera and dates" in archive
    assert "removed" not in archive
    movie = outcome(RecipeOutcome(a_recipe(), "", forecast=forecast, kept=("device", "date")))
    assert "! keeps camera and dates" in movie
    assert "location is removed" in movie


def test_an_estimate_lists_its_takes_and_the_changed_lines() -> None:
    found = [Estimate("001", Fraction(2), lufs=-16.0, measured_lufs=-20.0), Estimate("002", refused="no sound")]
    text = outcome(RecipeOutcome(a_recipe(), "lufs = -16.0\n", forecast=DeliveryForecast(tuple(found))))
    assert "1 take · 2.0 s" in text
    assert "· no sound" in text
    assert text.endswith("not saved yet\n  - lufs = -23.0\n  + lufs = -16.0\n")


def test_metadata_that_deliverables_keep_is_named() -> None:
    forecast = DeliveryForecast((Estimate("001", Fraction(2)),))
    for kept, sentences in (
        ((), ["location, camera and dates are removed"]),
        (("device",), ["! keeps camera", "location and dates are removed"]),
        (("location", "device", "date"), ["! keeps location, camera and dates"]),
    ):
        text = outcome(RecipeOutcome(a_recipe(), "lufs = -23.0\n", forecast=forecast, kept=kept))
        assert [line.strip() for line in text.splitlines() if "keeps" in line or "removed" in line] == sentences


def test_the_estimate_stands_beside_what_came_out_last_time() -> None:
    found = (Estimate("001", Fraction(20), size=(1920, 1080), rate=Fraction(30), bits=8e6, copied=Fraction(15)),)
    forecast = DeliveryForecast(found, last=LastDelivery(19_800_000, 38.0, NOW), seconds=41.0)
    text = outcome(RecipeOutcome(a_recipe(), "lufs = -23.0\n", forecast=forecast))
    assert "1 take · 20 s · about 20.0 MB\n" in text
    assert "takes about 40 s · 15 s copied without encoding\n  last time 19.8 MB in 38 s\n" in text


def test_a_gate_is_explained_once_for_all_takes() -> None:
    hint = (
        "Rule free-masters of the policy Free applies (free.toml, line 27). The owner decides: cwtui policy plan NAME."
    )
    found = tuple(Estimate(name, refused="No ProRes.", hint=hint, by_policy=True) for name in ("001", "002"))
    shown = RecipeOutcome(a_recipe(), "lufs = -23.0\n", forecast=DeliveryForecast(found), plan_key="x")
    text = " ".join(outcome(shown).split())
    assert text == f"Estimate · 2 of 2: No ProRes. → {hint} x chooses another plan"


def test_a_failure_stands_first_with_what_to_do() -> None:
    checks = (
        Check(name="size", passed=True, measured=[1920, 1080], wanted=[1920, 1080]),
        Check(id="loudness", name="loudness", passed=False, measured=-20.0, wanted="-16 ±0.1 LUFS"),
        Check(name="002 Sound of the second microphone: packets unchanged", passed=False, measured=1, wanted=2),
    )
    made = Deliverable(
        take="001", source_digest="", recipe="sound", recipe_digest="", input_transform=None, start=Fraction(0),
        duration=Fraction(1), files=(), checks=checks, made_at=NOW,
    )  # fmt: skip
    shown = RecipeOutcome(a_recipe(deliveries=((made, None),)), "lufs = -23.0\n")
    lines = render_outcome(shown, EMPTY, DARK, False, 40).plain.splitlines()
    assert lines[:4] == [
        "✗ 001: 2 checks of 3 failed",
        "  ✗ loudness",
        "    measured −20.00 LUFS, wanted -16",
        "    ±0.1 LUFS",
    ]
    remedy = find_rule("loudness").remedy
    assert f"→ {remedy}" in " ".join(" ".join(lines).split())
    # A long name is wrapped, not cut.
    assert "  ✗ 002 Sound of the second microphone:\n    packets unchanged\n" in "\n".join(lines)
    assert max(map(len, lines)) <= 40
    passed = render_passed([check.model_dump() for check in checks if check.passed], DARK, 40).plain
    assert passed == "  ✓ size  1920×1080\n"


def test_the_verdict_of_the_platform_follows_the_estimate() -> None:
    recipe, day = load_recipe("shorts-vertical"), date(2026, 12, 1)
    lengths = (Fraction(20), Fraction(200), Fraction(300))
    estimates = [Estimate("a", duration=length, size=(1080, 1920), rate=Fraction(30), bits=8e6) for length in lengths]
    verdicts = [verdict for one in estimates if (verdict := planned_readiness(recipe, one, day))]
    assert render_readiness(verdicts[:1], DARK, 60).plain == "  ✓ Ready for YouTube Shorts\n"
    assert render_readiness(verdicts, DARK, 60).plain.splitlines() == [
        "  ! 2 of 3: Not ready for YouTube Shorts: length: 3:20; at",
        "    most 3:00",
    ]
    assert render_readiness((), DARK, 60).plain == ""


def test_existing_files_are_listed_with_what_happens_to_them() -> None:
    folder = Path("walk/deliverables/sound")
    foreign = folder / "003.m4a"
    existing = (
        OutputFile("001", folder / "001.m4a", "skipped"),
        OutputFile("002", folder / "002.m4a", "replaced"),
        OutputFile("003", foreign, "refused", f"{foreign} was not written by a delivery."),
    )
    estimates = (Estimate("001", Fraction(2), files=("001.m4a", "001.srt")), Estimate("002", Fraction(3)))
    forecast = DeliveryForecast(estimates, existing, (folder / "001-2.m4a",))
    text = outcome(RecipeOutcome(a_recipe(), "lufs = -23.0\n", forecast=forecast))
    assert "+ 001.srt\n" in text
    assert "· 001-2.m4a stays: it is from an earlier trim\n" in text
    assert "2 takes · 5.0 s · size unknown: constant quality\n  2 files\n" in text
    assert "! 002.m4a will be replaced\n" in text
    assert "✓ 001.m4a identical, not built again\n" in text
    assert "✗ 003.m4a not replaced: was not written by a delivery." in text


def test_running_deliveries_replace_the_estimate_unless_editing() -> None:
    running = EMPTY.replace(jobs=(delivery(JobState.RUNNING, done=1, total=4, unit="files"),))
    shown = RecipeOutcome(a_recipe(), "lufs = -23.0\n", forecast=DeliveryForecast((Estimate("001"),)))
    assert outcome(shown, running).split() == ["Deliveries", "001", "▰▰▱▱▱▱▱▱▱▱", "1", "/", "4", "files"]
    assert "25 %" in outcome(shown, running, plain=True)
    editing = RecipeOutcome(shown.recipe, shown.text, True, forecast=shown.forecast)
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


def test_a_warning_is_shown_with_its_reason_and_is_no_failure() -> None:
    wanted = "-16 ±0.1 LUFS; 1.9 LU quieter: the limiter is at its bounds (6 dB, 5% of the time)"
    checks = [
        {"name": "loudness", "passed": False, "warning": True, "measured": -17.9, "wanted": wanted},
        {"name": "true peak", "passed": True, "measured": -1.0, "wanted": "≤ -1 dBTP"},
    ]
    delivered = {"checks": checks, "files": [], "complete": True, "damage": []}
    job = delivery(JobState.DONE, result={"delivered": delivered, "folder": "f"})
    summary = render_results([job], DARK, False, 60).plain
    assert "! 1 warning in 2 checks" in summary
    assert "the limiter is at its bounds" in " ".join(summary.split())
    assert "✗" not in summary
    assert job_verdict(job)[1] == "done, warning: loudness"
    row = recipe_row(a_recipe(checks=2, warnings=1, delivered_at=NOW), False, NOW, RowStyle(DARK, 48), 12)
    assert "! 1 warning " in row_text(row)


def test_the_limiter_of_a_delivery_is_shown_over_time() -> None:
    limiter = {"most_db": 2.3, "share": 0.014, "worst_second": 12.0, "curve": [0.0] * 120 + [-2.3] + [0.0] * 50}
    delivered = {"checks": [], "files": [], "limiter": limiter}
    summary = render_results(
        [delivery(JobState.DONE, result={"delivered": delivered, "folder": "f"})], DARK, False, 90
    ).plain
    assert "limiter −2.3 dB at most, over 0.5 dB for 1.4 % of the time, most of it at 0:12" in summary
    chart = next(line for line in summary.splitlines() if "█" in line)
    assert chart.strip() == "█"
    assert 0.6 < (len(chart.rstrip()) - 4) / 40 < 0.8
