"""`p` in Ingest: the studio listens and the code is shown, in one step where there is one network."""

from __future__ import annotations

import pytest

from cwtui.console.dialogs.pair_phone import PairPhoneDialog
from engine.phone import list_interfaces
from engine.studio import Studio, current_listener

from ...pilot import open_console, press, wait_until


@pytest.mark.slow
async def test_one_key_shows_the_code_and_another_switches_it_off(studio: Studio) -> None:
    if sum(one.network != "loopback" for one in list_interfaces()) > 1:
        pytest.skip("this machine has several networks: the console prompts for one")
    studio.new_project("Walk")
    async with open_console(studio.folder, screen="ingest") as (app, pilot):
        await pilot.press("p")
        await wait_until(pilot, lambda: isinstance(app.screen, PairPhoneDialog))
        assert isinstance(app.screen, PairPhoneDialog)
        listener = current_listener(studio)
        assert listener
        assert app.screen.panel.url == listener.url
        await press(app, pilot, "o")
        await wait_until(pilot, lambda: current_listener(studio) is None)
