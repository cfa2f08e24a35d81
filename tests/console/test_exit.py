"""The console at its exit."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.actions import MODE_NAMES
from cwtui.console.workers.studio_worker import SnapshotUpdated

from .pilot import open_console


@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_a_snapshot_that_arrives_while_the_widgets_are_removed_is_ignored(studio_folder: Path, mode: str) -> None:
    async with open_console(studio_folder, screen=mode) as (app, pilot):
        assert app.mode_screen
        await app.mode_screen.query("*").remove()
        # Textual's shutdown begins with this, then removes the widgets of the screens.
        app._running = False
        app.post_message(SnapshotUpdated(app.snapshot))
        await pilot.pause()
        app._running = True
