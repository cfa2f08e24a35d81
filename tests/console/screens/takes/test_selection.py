"""Takes: several selected takes are decided on together, in one step of the journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.takes.summary import TakesSummary
from cwtui.console.session import read_session
from engine.catalog import Catalog, Encoding
from engine.studio import Studio
from tests.cli.takes import a_take, studio_of

from ...pilot import key_hints, open_console, press, wait_until


@pytest.fixture
def catalog_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A studio with nine takes in the catalog only."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    studio_of(tmp_path / "studio", 9)
    return tmp_path / "studio"


def verdicts(app: ConsoleApp) -> str:
    """The first letter of each verdict; - for none."""
    return "".join((app.snapshot.review(take).verdict or "-")[0] for take in app.snapshot.takes)


def summary(app: ConsoleApp) -> str:
    assert app.mode_screen
    return app.mode_screen.query_one(TakesSummary).render().plain


async def test_selected_takes_are_kept_and_undone_together(catalog_studio: Path) -> None:
    async with open_console(catalog_studio) as (app, pilot):
        await press(app, pilot, "escape")
        assert "No take is selected" not in key_hints(app)
        await press(app, pilot, "space", "j", "j", "v")
        assert "✓ 4 selected   esc none" in summary(app)
        assert app.mode_screen
        assert app.mode_screen.command_line("cwtui keep {takes}").endswith("keep 1-4")
        await press(app, pilot, "y")
        assert "4 takes kept" in key_hints(app)
        assert verdicts(app) == "kkkk-----"
        # The selection is kept while the list has another filter and order, and decisions apply to all of it.
        await press(app, pilot, "f", "o", "asterisk")
        assert "5 of 9 takes   f filter: undecided   o order: longest first" in summary(app)
        assert "4 selected, 4 not listed" in summary(app)
        assert sum(review.star for review in app.snapshot.reviews.values()) == 4
        await press(app, pilot, "x", "enter")
        assert verdicts(app) == "rrrr-----"
        assert "4 takes marked as retakes" in key_hints(app)
        await press(app, pilot, "z", "z")
        assert "Undid: 4 takes starred" in key_hints(app)
        assert verdicts(app) == "kkkk-----"
        await press(app, pilot, "z")
        assert verdicts(app) == "---------"
        assert app.session.selected == tuple(take.id for take in app.snapshot.takes[:4])
        # The list of undecided takes has all of them again.
        await press(app, pilot, "V")
        assert "✓ 9 selected" in summary(app)
        await press(app, pilot, "escape")
        assert "selected" not in summary(app)
        assert "f filter: undecided" in summary(app)
        await press(app, pilot, "escape")
        assert "f filter: all" in summary(app)


async def test_each_project_has_its_own_selection(catalog_studio: Path) -> None:
    catalog = Catalog.in_studio(catalog_studio)
    other = catalog.add_project("Other", "other")
    catalog.add_take(a_take(other, 1).model_copy(update={"id": "other-1"}))
    catalog.close()
    async with open_console(catalog_studio, project="Walk") as (app, pilot):
        await press(app, pilot, "space", "space")
        walk = app.session.selected
        assert len(walk) == 2
        app.studio_worker.switch_project("Other")
        await wait_until(pilot, lambda: app.session.project == "Other")
        assert app.session.selected == ()
        await press(app, pilot, "space", "y")
        assert verdicts(app) == "k"
        app.studio_worker.switch_project("Walk")
        await wait_until(pilot, lambda: app.session.project == "Walk")
        assert app.session.selected == walk
        assert "✓ 2 selected" in summary(app)
        await wait_until(pilot, lambda: read_session(catalog_studio).selected == walk)


async def test_log_takes_are_confirmed_together(catalog_studio: Path) -> None:
    with Studio(catalog_studio) as studio:
        project = studio.project(None)
        for number in (10, 11):
            studio.catalog.add_take(a_take(project, number, None))
    async with open_console(catalog_studio, size=(200, 60)) as (app, pilot):
        await press(app, pilot, "space", "a")
        assert "not waiting for an answer" in key_hints(app)
        await press(app, pilot, "V", "a")
        assert app.screen is not app.mode_screen
        # The last choice leaves them waiting.
        await press(app, pilot, *["down"] * 6, "right", "enter")
        assert len(app.snapshot.needs_confirmation) == 2
        await press(app, pilot, "a", "down", "enter")
        assert "2 takes: input transform pq" in key_hints(app)
        assert [take.input_transform for take in app.snapshot.takes[9:]] == [Encoding.PQ, Encoding.PQ]
        await press(app, pilot, "z")
        assert len(app.snapshot.needs_confirmation) == 2
