"""The meters' own drawing: what a line shows is what it was last told."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.widgets.level_meters import MeterLine, Piece, Reading

from ..pilot import opened, settled


async def test_a_meter_told_something_else_while_there_was_no_room_for_it_shows_that_once_there_is(desk: Path) -> None:
    async with opened(desk, room="sound") as (app, pilot):
        meter = app.screen.query(MeterLine).first()
        bar = list(meter.query(Piece))[2]
        meter.put(Reading(-30.0), Reading(), None)
        await settled(app, pilot)
        assert "┃" not in bar.render_line(0).text
        await pilot.resize_terminal(1, 1)
        meter.put(Reading(-30.0), Reading(), -16.0)
        await pilot.resize_terminal(120, 40)
        assert "┃" in bar.render_line(0).text
