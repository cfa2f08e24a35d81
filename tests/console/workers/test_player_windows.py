"""A player window beside the console: one shared playhead, and the reason when no window can open."""

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

from cwtui.console.screens.review.screen import ReviewScreen

from ..pilot import key_hints, opened, press, until

PLAYER = Path(__file__).with_name("mpv.py")

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="a Mac's screen cannot be made up")


class Desktop:
    """A display that answers, and a fake mpv on the path."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = patch
        self._screen = socket.socket(socket.AF_UNIX)
        self._screen.bind(str(folder / "wayland-0"))
        self._screen.listen()
        program = folder / "mpv"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {PLAYER} "$@"\n')
        program.chmod(0o755)

    def appear(self) -> None:
        """Make the display available. Called late, because GPU detection would query it and wait for an answer."""
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

    def touch(self, window: Path, *words: Any) -> None:
        """Simulate the window's own controls."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(window))
            line.sendall(json.dumps({"command": words}).encode() + b"\n")
            line.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Quit all windows."""
        deadline = time.monotonic() + 120
        for window in self.windows:
            with suppress(OSError):
                while time.monotonic() < deadline:
                    self.touch(window, "quit")
        self._screen.close()


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desktop]:
    with TemporaryDirectory(prefix="cw") as name:
        desktop = Desktop(Path(name), monkeypatch)
        yield desktop
        desktop.close()


def reviewed(app: object) -> ReviewScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, ReviewScreen)
    return screen


async def test_a_window_goes_where_the_playhead_goes_and_says_the_words_there(
    studio_folder: Path, desktop: Desktop
) -> None:
    async with opened(studio_folder, screen="review") as (app, pilot):
        desktop.appear()
        await press(app, pilot, "down", "e")
        await until(pilot, lambda: app.player.follows(app.take))
        assert f"on the screen of {platform.node()}" in key_hints(app)
        (window,) = desktop.windows
        assert window.parent.stat().st_mode & 0o077 == 0
        await press(app, pilot, "w", "w")
        screen = reviewed(app)
        await until(pilot, lambda: ["seek", round(float(screen.at), 3), "absolute+exact"] in desktop.commands(window))
        said = [words[1] for words in desktop.commands(window) if words[0] == "show-text" and words[1]]
        assert screen.media.transcript
        assert said[-1] in [segment.text for segment in screen.media.transcript.segments]
        await pilot.press("space")
        await until(pilot, lambda: ["set_property", "pause", False] in desktop.commands(window))
        await pilot.press("k")
        await until(pilot, lambda: desktop.commands(window)[-1][:2] != ["set_property", "pause", False])
        await until(pilot, lambda: ["set_property", "pause", True] in desktop.commands(window))


async def test_what_is_done_in_the_window_is_done_in_the_console(studio_folder: Path, desktop: Desktop) -> None:
    async with opened(studio_folder, screen="review") as (app, pilot):
        desktop.appear()
        await press(app, pilot, "e")
        await until(pilot, lambda: app.player.follows(app.take))
        (window,) = desktop.windows
        screen = reviewed(app)
        desktop.touch(window, "seek", 1.0)
        await until(pilot, lambda: screen.at == Fraction(1))
        desktop.touch(window, "set_property", "pause", False)
        await until(pilot, lambda: screen.transport.speed == 1)
        desktop.touch(window, "set_property", "pause", True)
        await until(pilot, lambda: screen.transport.speed == 0)


async def test_another_takes_window_takes_the_place_of_the_one_before(studio_folder: Path, desktop: Desktop) -> None:
    async with opened(studio_folder, screen="review") as (app, pilot):
        desktop.appear()
        await press(app, pilot, "e")
        await until(pilot, lambda: app.player.follows(app.take))
        (first,) = desktop.windows
        await press(app, pilot, "down", "e")
        await until(pilot, lambda: app.player.follows(app.take))
        await until(pilot, lambda: ["quit"] in desktop.commands(first))
        await press(app, pilot, "e")
        assert "The window is already open" in key_hints(app)


async def test_without_a_screen_it_says_so_and_what_to_do(studio_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    async with opened(studio_folder, size=(240, 40), screen="review") as (app, pilot):
        await press(app, pilot, "e")
        await until(pilot, lambda: "No display" in key_hints(app))
        assert "cwtui sheet" in key_hints(app)
