"""Farm: machines and their work from the catalog; changes of a machine's state."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from cwtui.console.app import ConsoleApp
from cwtui.console.screens.farm.screen import FarmScreen
from engine.catalog import Catalog
from engine.studio import Studio

from ...pilot import key_hints, open_console, press, wait_until
from .farms import add_farm


def screen_of(app: ConsoleApp) -> FarmScreen:
    assert isinstance(app.mode_screen, FarmScreen)
    return app.mode_screen


def state_of(folder: Path, name: str) -> str:
    catalog = Catalog.in_studio(folder)
    machine = catalog.farm.machine(name)
    catalog.close()
    assert machine
    return machine.state


async def test_machines_are_drained_forgiven_and_removed(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    Studio(folder).close()
    add_farm(folder, datetime.now(UTC))
    async with open_console(folder, screen="farm") as (app, pilot):
        screen = screen_of(app)
        await wait_until(pilot, lambda: screen.machine)
        assert screen.machine
        assert screen.machine.name == "m-1"
        await press(app, pilot, "d")
        assert state_of(folder, "m-1") == "draining"
        await wait_until(pilot, lambda: screen.machine and screen.machine.state == "draining")
        assert "drain" not in key_hints(app)
        await press(app, pilot, "a")
        assert state_of(folder, "m-1") == "active"
        await press(app, pilot, "x", "escape")
        assert state_of(folder, "m-1") == "active"
        await press(app, pilot, "x", "down", "enter")
        assert state_of(folder, "m-1") == "revoked"
        await wait_until(pilot, lambda: screen.machine and screen.machine.state == "revoked")
        assert "was removed" in screen.disabled_reason("forgive")


async def test_a_lease_has_its_machine_and_says_why_it_waits(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    Studio(folder).close()
    add_farm(folder, datetime.now(UTC))
    async with open_console(folder, screen="farm") as (app, pilot):
        screen = screen_of(app)
        await wait_until(pilot, lambda: screen.machine)
        await press(app, pilot, "end")
        assert screen.lease
        assert (screen.lease.state, screen.machine and screen.machine.label) == ("answered", "Studio two")
        offered = next(one for one in app.snapshot.farm.leases if one.state == "offered")
        assert screen.rows
        screen.rows.move_to(f"lease {offered.id}")
        await wait_until(pilot, lambda: screen.lease and screen.lease.id == offered.id)
        assert [value for label, value, _ in screen._details() if label == "now"] == ["waits for a free machine"]


async def test_a_studio_without_a_farm_says_that_nothing_listens(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    Studio(folder).close()
    async with open_console(folder, screen="farm") as (app, pilot):
        await wait_until(pilot, lambda: app.snapshot.loaded)
        assert "nothing listens" in str(screen_of(app).query_one("#farm-summary").render())
