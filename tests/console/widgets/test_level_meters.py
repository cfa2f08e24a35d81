"""Level meters: a line shows its newest values."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.widgets.level_meters import CellRun, LevelMeter, MeterValue

from ..pilot import open_console, wait_until_idle


async def test_a_meter_shows_values_that_were_set_while_it_was_hidden(
    studio_folder: Path,
) -> None:
    async with open_console(studio_folder, screen="sound") as (app, pilot):
        meter = app.screen.query(LevelMeter).first()
        bar = list(meter.query(CellRun))[2]
        meter.set_values(MeterValue(-30.0), MeterValue(), None)
        await wait_until_idle(app, pilot)
        assert "┃" not in bar.render_line(0).text
        await pilot.resize_terminal(1, 1)
        meter.set_values(MeterValue(-30.0), MeterValue(), -16.0)
        await pilot.resize_terminal(120, 40)
        assert "┃" in bar.render_line(0).text
