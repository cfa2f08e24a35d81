"""Level meters: a line shows its newest values."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.widgets.level_meters import CellRun, LevelMeter, MeterValue

from ..pilot import opened, settled


async def test_a_meter_told_something_else_while_there_was_no_screen_for_it_shows_that_once_there_is(
    studio_folder: Path,
) -> None:
    async with opened(studio_folder, screen="sound") as (app, pilot):
        meter = app.screen.query(LevelMeter).first()
        bar = list(meter.query(CellRun))[2]
        meter.set_values(MeterValue(-30.0), MeterValue(), None)
        await settled(app, pilot)
        assert "┃" not in bar.render_line(0).text
        await pilot.resize_terminal(1, 1)
        meter.set_values(MeterValue(-30.0), MeterValue(), -16.0)
        await pilot.resize_terminal(120, 40)
        assert "┃" in bar.render_line(0).text
