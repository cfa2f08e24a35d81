"""Observations in the console: a list with histograms, and a picture with footprint. Snapshots are in __snapshots__."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from engine.jobs.presence import StudioLock
from engine.studio import Studio
from engine.transfer import import_footage
from tests.science.skies import square_grid, write_band

from .pilot import open_console
from .test_screens import _Disk, console, matches_snapshot


@pytest.fixture
def sky_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A studio with two observations; time zone, disk and link are fixed."""
    for name, value in {"HOME": str(tmp_path), "TZ": "UTC", "SSH_CONNECTION": "here", "NO_COLOR": ""}.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    time.tzset()
    monkeypatch.setattr(
        "cwtui.console.workers.studio_worker.shutil.disk_usage", lambda _: _Disk(10**12, 10**11, 812 * 10**9)
    )
    card = tmp_path / "card"
    card.mkdir()
    light = np.random.default_rng(1).integers(40, 48, (40, 40)) / 8
    light[11:14, 19:22] = 60
    light[:, :10] = 0
    for name in ("F770W", "F1130W"):
        path = write_band(card / f"{name.lower()}_i2d.fits", light, square_grid(40, turn=20.0), name)
        with fits.open(path, mode="update") as file:
            file[0].header["DATE-OBS"] = "2022-09-18T01:02:03"
    with Studio(tmp_path / "studio") as studio:
        import_footage(studio.catalog, studio.folder, studio.new_project("Sky"), [card])
    lock = StudioLock.acquire(tmp_path / "studio")
    yield tmp_path / "studio"
    lock.release()
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("mode", ["takes", "review"])
def test_an_observation_on_screen(sky_studio: Path, snap_compare: Any, mode: str) -> None:
    assert matches_snapshot(snap_compare, console(sky_studio, mode=mode), (120, 40))


async def test_its_picture_is_drawn(sky_studio: Path) -> None:
    async with open_console(sky_studio, mode="review") as (app, _):
        assert app.screen.query_one("#frame").has_image  # type: ignore[attr-defined]
