"""A large half-block image fills its view at once, and gets its details in bands while the playhead rests."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from cwtui.console.messages import FrameLoaded, FrameRequest, FramesNeeded
from cwtui.console.terminal.graphics import half_blocks
from cwtui.console.terminal.link_quality import LinkQuality
from cwtui.console.terminal.picture_output import PictureOutput
from cwtui.console.theme import DARK
from cwtui.console.widgets.frame_view import FrameView
from engine.catalog import Project

from ...cli.takes import a_take
from ..pilot import wait_until

TAKE = a_take(Project(id="p", name="Walk", folder="walk", created_at=datetime(2025, 6, 14, tzinfo=UTC)), 1)


class ViewApp(App[None]):
    """An app with a frame view, which loads a frame of noise for each request."""

    def __init__(self, link: LinkQuality) -> None:
        super().__init__()
        self.register_theme(DARK.theme())
        self.theme = DARK.name
        self.requests: list[FrameRequest] = []
        # Requests beyond this many are answered later.
        self.answered = 1000
        self._output = PictureOutput("blocks", (10, 20), link, lambda _: None, lambda _: None)

    def compose(self) -> ComposeResult:
        yield FrameView(self._output)

    @property
    def view(self) -> FrameView:
        return self.query_one(FrameView)

    def on_frames_needed(self, event: FramesNeeded) -> None:
        for request in event.requests:
            self.requests.append(request)
            if len(self.requests) <= self.answered:
                self.answer(request)

    def answer(self, request: FrameRequest) -> None:
        self.view.show_frame(FrameLoaded(request, picture(request.width), None, None))


def picture(width: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 255, (round(width * 9 / 16), width, 3), np.uint8)


def shown(app: ViewApp) -> list[str]:
    """The lines of the view with their colours."""
    return [
        "".join(segment.style.render(segment.text) for segment in strip if segment.style)
        for strip in app.screen._compositor.render_strips(app.size)
    ]


async def request_frame(app: ViewApp, pilot: Pilot[None], tick: int = 0) -> None:
    app.view.request(FrameRequest("frame", TAKE, tick, app.view.image_width(16 / 9)))
    await wait_until(pilot, lambda: app.requests and app.requests[-1].tick == tick and app.view.has_image)
    await pilot.pause()


async def test_a_resting_image_gets_its_details_in_small_bands() -> None:
    app = ViewApp(LinkQuality(remote=False))
    # On a busy machine the details would arrive before the coarse image is checked.
    app.answered = 1
    async with app.run_test(size=(126, 36)) as pilot:
        await request_frame(app, pilot)
        coarse = shown(app)
        assert sum(map(len, coarse)) < 50 * 1024
        assert not any("▀" in line for line in coarse)
        await wait_until(pilot, lambda: len(app.requests) == 2)
        assert app.requests[1].width == 126
        app.answered = 1000
        app.answer(app.requests[1])
        fine = ["".join(s.text for s in strip) for strip in half_blocks(picture(126), 126, 36)]
        await wait_until(pilot, lambda: sum("▀" in line for line in shown(app)) >= len(fine) - 1)
        # The same frame is not requested again; another one begins coarsely.
        app.view.request(FrameRequest("frame", TAKE, 0, app.view.image_width(16 / 9)))
        await request_frame(app, pilot, 1)
        assert [request.width for request in app.requests][:3] == [app.requests[0].width, 126, app.requests[0].width]


async def test_a_slow_line_gets_no_details() -> None:
    app = ViewApp(LinkQuality(remote=True))
    async with app.run_test(size=(126, 36)) as pilot:
        await request_frame(app, pilot)
        view = app.view
        view._request_finer()
        await pilot.pause()
        assert len(app.requests) == 1
