"""Market: packages of a repository in a folder are tried on the take, installed and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.market.screen import MarketScreen
from cwtui.console.widgets.frame_view import FrameView
from engine.market import Repository, load_key, new_key
from engine.studio import Studio, trust_repository, try_package
from tests.market.packages import look_package

from ...pilot import open_console, press, wait_until


def screen_of(app: ConsoleApp) -> MarketScreen:
    assert isinstance(app.mode_screen, MarketScreen)
    return app.mode_screen


def frame_of(app: ConsoleApp) -> Any:
    """The picture that is shown."""
    return screen_of(app).query_one(FrameView)._image


def shown_side(app: ConsoleApp) -> str:
    """Which side of the look the picture shows that was requested last."""
    return str(screen_of(app)._side)


def details(app: ConsoleApp) -> dict[str, str]:
    return {label: value for label, value, _ in screen_of(app)._details()}


@pytest.fixture
def trusted(studio_folder: Path, tmp_path: Path) -> Path:
    """The studio, which trusts a repository with a look whose licence leaves a choice."""
    owner = Repository(tmp_path / "repository", tmp_path / "keys")
    owner.create()
    new_key("ada", tmp_path / "mine")
    owner.add_author("ada", load_key("ada", tmp_path / "mine").public_key)
    package = look_package(licence="CC-BY-4.0 OR MIT-0", attribution="Dusk by Ada", summary="Blue hour")
    owner.publish(package, tmp_path / "mine")
    trust_repository(studio_folder, "main", str(owner.folder), owner.root)
    return studio_folder


async def test_a_package_is_tried_installed_and_removed(trusted: Path) -> None:
    async with open_console(trusted, screen="market") as (app, pilot):
        screen = screen_of(app)
        await wait_until(pilot, lambda: screen.package)
        assert screen.package
        assert (screen.package.key, screen.package.preset) == ("ada/dusk@1.0.0", "")
        assert details(app)["CC-BY-4.0"] == "may be used in commercial work, the credits name the author"
        await press(app, pilot, "t")
        await wait_until(pilot, lambda: frame_of(app) is not None)
        assert details(app)["trial"] == "shown on the take; it is not installed"
        assert not (trusted / "looks").exists()
        assert screen.disabled_reason("market_side") == ""
        await press(app, pilot, "w")
        await wait_until(pilot, lambda: shown_side(app) == "before")
        await press(app, pilot, "w", "w")

        await press(app, pilot, "i", "enter")
        await wait_until(pilot, lambda: screen.package and screen.package.preset)
        assert (trusted / "looks" / "ada-dusk-1-0-0.toml").is_file()
        assert details(app)["installed"] == "as ada-dusk-1-0-0"
        assert screen.disabled_reason("install") == "ada/dusk@1.0.0 is installed."
        await press(app, pilot, "x")
        await wait_until(pilot, lambda: screen.package and not screen.package.preset)
        assert not (trusted / "looks" / "ada-dusk-1-0-0.toml").exists()


async def test_a_trial_is_read_once(trusted: Path) -> None:
    """A trial is shown again when the screen is opened, and a second one reads nothing."""
    with Studio(trusted) as studio:
        folder = try_package(studio, "ada/dusk")
    async with open_console(trusted, screen="market") as (app, pilot):
        screen = screen_of(app)
        await wait_until(pilot, lambda: screen.package)
        assert screen.package
        assert screen.package.look == str(folder / "looks" / "ada-dusk-1-0-0.toml")
        await wait_until(pilot, lambda: frame_of(app) is not None)
        await press(app, pilot, "t")
        await wait_until(pilot, lambda: screen.idle)
    with Studio(trusted) as studio:
        assert len([job for job in studio.catalog.queue.jobs() if job.kind == "market-install"]) == 1


async def test_without_a_repository_it_says_how_to_add_one(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="market") as (app, pilot):
        summary = screen_of(app).query_one("#market-summary")
        await wait_until(pilot, lambda: "No repository is trusted" in str(summary.render()))
        assert "cwtui market trust" in screen_of(app).disabled_reason("install")
