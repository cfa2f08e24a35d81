"""A player window and the console share one playhead; the reason is shown if no window can open."""

from __future__ import annotations

import json
import platform
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from cwtui.console.screens.cut.screen import CutScreen
from cwtui.console.screens.review.screen import ReviewScreen
from cwtui.console.widgets.clip_words import ClipWords
from engine.studio import ProjectCuts, Studio
from engine.timeline import Cut, gap, insert

from ..pilot import key_hints, open_console, press, wait_until

PLAYER = Path(__file__).with_name("mpv.py")

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="a display cannot be simulated on macOS")


class Desktop:
    """A display socket that accepts connections, and a fake mpv in PATH."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = patch
        self._screen = socket.socket(socket.AF_UNIX)
        self._screen.bind(str(folder / "wayland-0"))
        self._screen.listen()
        program = folder / "mpv"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {PLAYER} "$@"\n')
        program.chmod(0o755)

    def enable_display(self) -> None:
        """Make the display available. Call this late: GPU detection would query the display and wait for a reply."""
        self._patch.setenv("XDG_RUNTIME_DIR", str(self.folder))
        self._patch.setenv("WAYLAND_DISPLAY", "wayland-0")
        self._patch.setenv("PATH", f"{self.folder}:/usr/bin:/bin")

    @property
    def windows(self) -> list[Path]:
        """The sockets of the open windows."""
        return sorted(self.folder.rglob("*.sock"), key=lambda path: path.stat().st_ctime_ns)

    def commands(self, window: Path) -> list[list[Any]]:
        """The commands that a window has received, oldest first."""
        path = window.with_suffix(".hint")
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def send(self, window: Path, *command: Any) -> None:
        """Simulate the window's own controls."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(window))
            client.sendall(json.dumps({"command": command}).encode() + b"\n")
            client.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Quit all windows."""
        deadline = time.monotonic() + 120
        for window in self.windows:
            with suppress(OSError):
                while time.monotonic() < deadline:
                    self.send(window, "quit")
        self._screen.close()


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    with TemporaryDirectory(prefix="cw") as name:
        desktop = Desktop(Path(name), monkeypatch)
        yield desktop
        desktop.close()


def review_screen(app: object) -> ReviewScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, ReviewScreen)
    return screen


async def test_a_window_follows_the_playhead_and_shows_its_words(studio_folder: Path, desktop: Desktop) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        desktop.enable_display()
        await press(app, pilot, "down", "e")
        await wait_until(pilot, lambda: app.player.follows(app.take))
        assert f"on the screen of {platform.node()}" in key_hints(app)
        (window,) = desktop.windows
        assert window.parent.stat().st_mode & 0o077 == 0
        await press(app, pilot, "w", "w")
        screen = review_screen(app)
        await wait_until(
            pilot, lambda: ["seek", round(float(screen.at), 3), "absolute+exact"] in desktop.commands(window)
        )
        captions = [command[1] for command in desktop.commands(window) if command[0] == "show-text" and command[1]]
        assert screen.media.transcript
        assert captions[-1] in [segment.text for segment in screen.media.transcript.segments]
        await pilot.press("space")
        await wait_until(pilot, lambda: ["set_property", "pause", False] in desktop.commands(window))
        await pilot.press("k")
        await wait_until(pilot, lambda: desktop.commands(window)[-1][:2] != ["set_property", "pause", False])
        await wait_until(pilot, lambda: ["set_property", "pause", True] in desktop.commands(window))


async def test_the_console_follows_the_controls_of_the_window(studio_folder: Path, desktop: Desktop) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        desktop.enable_display()
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: app.player.follows(app.take))
        (window,) = desktop.windows
        screen = review_screen(app)
        desktop.send(window, "seek", 1.0)
        await wait_until(pilot, lambda: screen.at == Fraction(1))
        desktop.send(window, "set_property", "pause", False)
        await wait_until(pilot, lambda: screen.transport.speed == 1)
        desktop.send(window, "set_property", "pause", True)
        await wait_until(pilot, lambda: screen.transport.speed == 0)


async def test_the_window_plays_at_the_speed_of_the_playhead(studio_folder: Path, desktop: Desktop) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        desktop.enable_display()
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: app.player.follows(app.take))
        (window,) = desktop.windows
        screen = review_screen(app)

        def sent(name: str) -> list[Any]:
            return [command[2] for command in desktop.commands(window) if command[:2] == ["set_property", name]]

        await pilot.press("l", "l", "l")
        await wait_until(pilot, lambda: sent("speed") == [1.0, 2.0, 4.0])
        assert sent("pause")[-1] is False
        assert not sent("play-direction")
        # The playhead is where the window is, at any speed.
        desktop.send(window, "seek", 0.5)
        await wait_until(pilot, lambda: screen.at == Fraction(1, 2) and screen.transport.speed == 4)
        await pilot.press("h")
        await wait_until(pilot, lambda: sent("speed")[-1] == 0.5)
        await pilot.press("j", "j")
        await wait_until(pilot, lambda: sent("play-direction") == ["backward"] and sent("speed")[-1] == 2.0)
        # The window's own keys change the speed of the playhead.
        desktop.send(window, "set_property", "speed", 1.1)
        await wait_until(pilot, lambda: screen.transport.speed == Fraction(-11, 10))
        await pilot.press("k")
        await wait_until(pilot, lambda: (sent("pause")[-1], sent("speed")[-1]) == (True, 1.0))
        assert sent("play-direction")[-1] == "forward"


async def test_a_window_replaces_the_window_of_another_take(studio_folder: Path, desktop: Desktop) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        desktop.enable_display()
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: app.player.follows(app.take))
        (first,) = desktop.windows
        await press(app, pilot, "down", "e")
        await wait_until(pilot, lambda: app.player.follows(app.take))
        await wait_until(pilot, lambda: ["quit"] in desktop.commands(first))
        await press(app, pilot, "e")
        assert "The window is already open" in key_hints(app)


async def test_a_missing_display_is_reported_with_an_alternative(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    async with open_console(studio_folder, size=(240, 40), screen="review") as (app, pilot):
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: "has no display" in key_hints(app))
        assert "cwtui frame" in key_hints(app)


@pytest.fixture
def cut(studio_folder: Path) -> Cut:
    """A stored cut: three takes, with a gap of a second after the first."""
    with Studio(studio_folder) as studio:
        cuts = ProjectCuts(studio, studio.project(None))
        made = cuts.new("film")
        made = insert(made, made.positions[1], [gap(round(made.rate))])
        cuts.add(made)
    return made


def seconds(cut: Cut, index: int, ticks: int = 0) -> Fraction:
    """The time at which a clip begins, and so many ticks later."""
    return (cut.positions[index] + ticks) / cut.rate


async def test_a_cut_plays_from_the_playhead(studio_folder: Path, cut: Cut, desktop: Desktop) -> None:
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        desktop.enable_display()
        await press(app, pilot, "down", "down", "e")
        await wait_until(pilot, lambda: "on the screen of" in key_hints(app) and "mpv" in key_hints(app))
        assert "2 proxies, 1 originals" in key_hints(app) or "the proxies" in key_hints(app)
        (window,) = desktop.windows
        listed = window.with_suffix(".edl").read_text().splitlines()
        assert len(listed) == len(cut.clips)
        assert window.with_suffix(".edl").stat().st_mode & 0o077 == 0 or window.parent.stat().st_mode & 0o077 == 0
        await press(app, pilot, "down", "e")
        # The player's clock has no gap.
        at = round(float(seconds(cut, 3) - 1), 3)
        await wait_until(pilot, lambda: ["seek", at, "absolute+exact"] in desktop.commands(window))
        assert "The window is already open" in key_hints(app)
        assert desktop.windows == [window]


async def test_the_playhead_of_a_cut_follows_its_window(studio_folder: Path, cut: Cut, desktop: Desktop) -> None:
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        desktop.enable_display()
        screen = app.mode_screen
        assert isinstance(screen, CutScreen)
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: app.player.follows(cut))
        (window,) = desktop.windows
        desktop.send(window, "seek", float(seconds(cut, 2, 15) - 1))
        await wait_until(pilot, lambda: screen.index == 2 and abs(screen.at - seconds(cut, 2, 15)) < Fraction(1, 500))
        assert screen.shown
        word = screen.query_one(ClipWords).data.current
        assert word is not None
        assert screen.shown.words[word].start <= cut.sample(cut.positions[2] + 16)
        # Its own keys start it, and space pauses both.
        desktop.send(window, "set_property", "pause", False)
        await wait_until(pilot, lambda: "▸" in str(screen.query_one("#total").render()))
        await pilot.press("space")
        await wait_until(pilot, lambda: ["set_property", "pause", True] in desktop.commands(window))
        await wait_until(pilot, lambda: "▸" not in str(screen.query_one("#total").render()))
        # A playhead in the gap stays there, although the window is at the next clip.
        await press(app, pilot, "g", "down")
        await wait_until(pilot, lambda: desktop.commands(window)[-1][:2] == ["seek", round(float(seconds(cut, 1)), 3)])
        assert screen.at == seconds(cut, 1)
        # An edit pauses the window, which then shows an earlier version; space opens it again.
        await press(app, pilot, "down", "right")
        assert not app.player.follows(screen.shown.cut)
        await press(app, pilot, "space")
        await wait_until(pilot, lambda: ["quit"] in desktop.commands(window))


async def test_a_player_that_cannot_join_files_is_refused(
    studio_folder: Path, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(studio_folder)
    cuts = ProjectCuts(studio, studio.project(None))
    cuts.add(cuts.new("film"))
    studio.close()
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        desktop.enable_display()
        (desktop.folder / "mpv").rename(desktop.folder / "ffplay")
        monkeypatch.setenv("PATH", str(desktop.folder))
        await press(app, pilot, "e")
        await wait_until(pilot, lambda: "ffplay plays only whole files, not a cut." in key_hints(app))
