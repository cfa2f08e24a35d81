"""Overlays in Review: the products of a take over its picture, one after the other."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path

import numpy as np

from cwtui.console.screens.review.readout import PlayheadReadout
from cwtui.console.widgets.frame_view import FrameView
from engine.catalog import Take
from engine.perception import AnalysedTake, AnalysisFrame, ProviderSet, write_perception
from engine.studio import Studio
from engine.tasks import perception_folder
from tests.perception.stored_products import HEIGHT, WIDTH, Known, frames_between

from ...pilot import key_hints, open_console, press, wait_until
from .test_screen import review_screen


def analyse(studio_folder: Path, take: Take, ticks: int = 10) -> None:
    """Stores masks and faces of the first frames of a take."""

    def given(first: int, stop: int) -> Generator[AnalysisFrame]:
        return frames_between(first, stop, ticks)

    assert take.probe.picture
    analysed = AnalysedTake(take.label, take.digest, take.probe.picture.frame_rate, range(ticks), (WIDTH, HEIGHT))
    studio = Studio(studio_folder)
    folder = perception_folder(studio.paths, take.id, take.digest) / "pass"
    studio.close()
    write_perception(
        folder,
        analysed,
        ProviderSet(Known("person_mask"), Known("optical_flow"), face=Known("face"), keep_flow=False),
        given,
    )


async def test_the_key_draws_each_product_and_then_none(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        screen = review_screen(app)
        assert app.take
        await press(app, pilot, "o")
        assert "cwtui perceive" in key_hints(app)
        analyse(studio_folder, app.take)
        app.take_media.reload(app.take)
        await wait_until(pilot, lambda: screen.media.overlays)
        assert screen.media.overlays == ("mask", "faces")
        frame, readout = screen.query_one("#frame", FrameView), screen.query_one(PlayheadReadout)
        await press(app, pilot, "right", "right")
        await wait_until(pilot, lambda: frame.has_image and app.frame_loader.idle())
        plain = frame._image
        await press(app, pilot, "o")
        await wait_until(pilot, lambda: readout.readout and re.match(r"mask [01]\.\d\d", readout.readout.overlay))
        masked = frame._image
        await press(app, pilot, "o")
        await wait_until(pilot, lambda: readout.readout and readout.readout.overlay == "faces 0.88")
        faces = frame._image
        assert plain is not None
        assert masked is not None
        assert faces is not None
        assert len({plain.tobytes(), masked.tobytes(), faces.tobytes()}) == 3
        # The mask darkens the background, and faces leave most of the picture as it is.
        assert masked[0].mean() < plain[0].mean()
        assert np.mean((faces == plain).all(axis=2)) > 0.5
        await press(app, pilot, "end")
        await wait_until(pilot, lambda: readout.readout and readout.readout.overlay == "faces not analysed here")
        await press(app, pilot, "o")
        await wait_until(pilot, lambda: readout.readout and readout.readout.overlay == "")
        assert screen.command_values().get("show", "") == ""
