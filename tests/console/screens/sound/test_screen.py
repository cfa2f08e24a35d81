"""Sound: settings and meters are drawn as soon as they change."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from cwtui.console.screens.sound.screen import SoundScreen
from cwtui.console.screens.sound.sound_summary import SoundSummary
from cwtui.console.widgets.loudness_plot import LoudnessPlot

from ...pilot import open_console, press, wait_until_idle


async def test_settings_are_shown_as_soon_as_they_change(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="sound") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, SoundScreen)
        summary = screen.query_one(SoundSummary)
        await press(app, pilot, "minus", "space")
        assert summary.data
        assert (summary.data.percent, summary.data.bypassed) == (95, 1)
        kept = app.session.sound
        assert (kept.strength, len(kept.bypassed)) == (95, 1)
        await press(app, pilot, "plus", "space")
        assert (summary.data.percent, summary.data.bypassed) == (100, 0)
    # The next console has them again.
    async with open_console(studio_folder, screen="sound", sound=kept) as (app, _):
        assert app.mode_screen
        assert app.mode_screen.query_one(SoundSummary).data == replace(summary.data, percent=95, bypassed=1)


async def test_meters_stop_at_the_end_and_on_another_take(studio_folder: Path) -> None:
    now = 0.0
    async with open_console(studio_folder, screen="sound", clock=lambda: now) as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, SoundScreen)
        assert screen.take
        plot = screen.query_one(LoudnessPlot)
        await press(app, pilot, "m")
        assert screen.running
        now = 0.5
        screen._tick()
        assert (screen.at, plot.position) == (Fraction(1, 2), Fraction(1, 2))
        await press(app, pilot, "right_square_bracket")
        assert (screen.running, screen.at, plot.position) == (False, 0, None)
        await press(app, pilot, "m")
        now += float(screen.take.probe.duration) + 1
        screen._tick()
        await wait_until_idle(app, pilot)
        assert (screen.running, screen.at, plot.position) == (False, 0, None)
