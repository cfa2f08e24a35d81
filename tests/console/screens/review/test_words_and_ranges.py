"""Words are fixed and ranges are kept at the playhead; Cut and Deliver list each range."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from textual.widgets import Input

from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.screens.review.readout import PlayheadReadout
from cwtui.console.screens.review.screen import ReviewScreen
from cwtui.console.widgets.row_list import RowList
from engine.speech import running_text

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle
from ...sample_studio import build


@pytest.fixture
def sample_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    build(tmp_path / "studio")
    return tmp_path / "studio"


async def test_words_are_fixed_and_ranges_kept_where_one_sees_them(sample_folder: Path) -> None:
    async with open_console(sample_folder, screen="review", take="take-1") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, ReviewScreen)

        def said(count: int = 8) -> str:
            transcript = screen.media.transcript
            return running_text(transcript.words[:count]) if transcript else ""

        async def type_keys(*keys: str) -> None:
            await pilot.press(*keys)
            await wait_until_idle(app, pilot)

        assert said() == "Right, so this is the harbour at six"
        # Before the first word, it is the one to correct.
        await press(app, pilot, "c")
        assert app.screen.query_one(Input).value == "Right,"
        await press(app, pilot, "escape")
        # The sixth word, and the next one.
        await type_keys(*"wwwwww")
        await press(app, pilot, "c", "down")
        await type_keys(*["backspace"] * 10, *"quay at", "enter")
        assert said() == "Right, so this is the quay at six"
        assert "“harbour at” → “quay at”" in key_hints(app)
        await press(app, pilot, "z")
        assert said() == "Right, so this is the harbour at six"
        await press(app, pilot, "c")
        await type_keys(*["backspace"] * 7, "enter")
        assert said(6) == "Right, so this is the at"
        await press(app, pilot, "z", "c", "escape", "N", "enter")
        assert said() == "Right, so this is the harbour at six"
        assert screen.media.transcript
        assert screen.media.transcript.words[0].speaker == "S2"
        await press(app, pilot, "z", "minus")
        assert "in no range" in key_hints(app)

        # From the playhead to the next silence; inside, the range is split.
        first = screen.at
        await press(app, pilot, "plus")
        await type_keys(*"wwww")
        second = screen.at
        await press(app, pilot, "plus")
        take = app.take
        assert take

        def spans() -> list[tuple[Fraction, Fraction]]:
            return list(app.snapshot.review(take).spans(take.probe.duration))

        assert [start for start, _ in spans()] == [first, second]
        assert spans()[0][1] == second
        assert spans()[1][1] in [start for start, _ in screen.seek_targets.silences]
        readout = screen.query_one(PlayheadReadout).readout
        assert readout
        assert readout.ranges.startswith("2 ranges, 00:00:")
        assert "--range 2" in screen.command_line("cwtui trim {take} --from {at} {in_range}")
        # The in point of the range at the playhead; the first range is not changed.
        await type_keys(*"ww", "less_than_sign")
        later = screen.at
        assert [start for start, _ in spans()] == [first, later]
        await press(app, pilot, "C")
        assert app.mode_screen
        rows = app.mode_screen.query_one("#cut", RowList)
        assert rows.keys[:3] == ["take-1#1", "take-1#2", "take-3#1"]
        await press(app, pilot, "down")
        await type_keys("full_stop", "comma", "comma")
        assert spans()[1][0] == later
        assert spans()[1][1] in [start - Fraction(1, 30) for start, _ in screen.seek_targets.silences]
        await press(app, pilot, "D")
        deliver = app.mode_screen
        assert isinstance(deliver, DeliverScreen)
        # The first recipe, archive, takes whole takes; the next one, captions, their ranges.
        await press(app, pilot, "down")
        await wait_until(pilot, lambda: deliver._forecasts.ready.forecast.estimates)
        assert [one.label for one in deliver._forecasts.ready.forecast.estimates][:3] == [
            "001-IMG_0001-1",
            "001-IMG_0001-2",
            "003-IMG_0003",
        ]
        await press(app, pilot, "R", "minus")
        await wait_until(pilot, lambda: len(spans()) == 1)
        await press(app, pilot, "backslash")
        assert spans() == [(0, take.probe.duration)]
