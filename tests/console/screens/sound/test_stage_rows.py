"""The settings and measurements of a stage are shown with their units."""

from __future__ import annotations

import pytest

from cwtui.console.screens.sound.stage_rows import StageResult, StageRow, stage_help, stage_row, with_unit
from cwtui.console.theme import DARK
from engine.sound import load_preset


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("cutoff_hz", 70.0, ("cutoff", "70 Hz")),
        ("strength", 0.97, ("strength", "97 %")),
        ("most_db", 8.0, ("most", "8 dB")),
        ("path", None, ("path", "—")),
        ("enabled", True, ("enabled", "True")),
    ],
)
def test_a_value_has_the_unit_that_its_name_ends_with(name: str, value: object, shown: tuple[str, str]) -> None:
    assert with_unit(name, value) == shown


def test_stage_help_contains_the_values_of_the_stage() -> None:
    text, settings = stage_help(load_preset("dialog"), "rumble")
    assert "`" not in text
    assert ("cutoff", "70 Hz") in {(name, value) for name, value, _ in settings}


def test_the_reason_of_a_skipped_stage_has_the_room_of_the_gain() -> None:
    why = "rumble is 63 dB below the voice, so that it is not heard"
    result = StageResult("skipped", "skipped", why)
    row = StageRow("rumble", "below 70 Hz; wind max 15 dB", False, result, True, False)
    assert why in "".join(segment.text for segment in stage_row(row, DARK, 120, False))
