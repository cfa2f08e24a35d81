"""A cut in a console, beside the one that is stored."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.cut.screen import CutScreen
from cwtui.console.shown_cut import ShownCut
from engine.studio import ProjectCuts, Studio
from engine.timeline import Cut

from ...pilot import press


def make_cut(folder: Path, name: str = "film") -> Cut:
    studio = Studio(folder)
    cuts = ProjectCuts(studio, studio.project(None))
    made = cuts.new(name)
    cuts.add(made)
    studio.close()
    return made


def stored_cut(folder: Path, name: str = "film") -> Cut:
    studio = Studio(folder)
    found = ProjectCuts(studio, studio.project(None)).read(name)
    studio.close()
    return found


def shown_cut(app: ConsoleApp) -> ShownCut:
    assert app.snapshot.cut
    return app.snapshot.cut


def cut_screen(app: ConsoleApp) -> CutScreen:
    assert isinstance(app.mode_screen, CutScreen)
    return app.mode_screen


async def edit(app: ConsoleApp, pilot: Pilot[None], folder: Path, *keys: str) -> Cut:
    """Press keys; the cut that is shown is then also the one that is stored."""
    await press(app, pilot, *keys)
    cut = shown_cut(app).cut
    assert stored_cut(folder) == cut
    return cut
