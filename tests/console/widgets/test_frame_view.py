"""Images in the protocols of terminals: sent once, hidden below dialogs, and removed on exit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

import pyte
import pytest

from cwtui.console.terminal.capabilities import PROTOCOLS, Protocol, Terminal
from cwtui.console.widgets.filmstrip import Filmstrip
from cwtui.console.workers.frame_loader import FrameLoader
from engine.jobs import find_studio_process, stop_studio_process

from ..pilot import isolated_environment, open_console, press, wait_until, wait_until_idle
from ..prepared_studio import copy_studio
from ..reports import reporting_jobs
from ..terminal_pty import TerminalPty, console_command

SIZE = (120, 40)
# Images in Sixel are text cells to the console, as in iTerm2.
IMAGE_PROTOCOLS = ["kitty", "iterm2", pytest.param("sixel", marks=pytest.mark.slow)]
IMAGES = {
    "kitty": rb"\x1b_Ga=T,[^;]*c=(?P<columns>\d+),r=(?P<lines>\d+),i=(?P<number>\d+)[^\x1b]*\x1b\\"
    rb"(?:\x1b_Gm=[^\x1b]*\x1b\\)*",
    "iterm2": rb"\x1b\]1337;File=[^:]*width=(?P<columns>\d+);height=(?P<lines>\d+)[^\x07]*\x07",
    "sixel": rb"\x1bP[^\"]*\"1;1;(?P<wide>\d+);(?P<high>\d+)[^\x1b]*\x1b\\",
}
CURSOR_POSITION = rb"\x1b7\x1b\[(?P<y>\d+);(?P<x>\d+)H"
KITTY_DELETE = re.compile(rb"\x1b_Ga=d,d=I,i=(\d+),q=2\x1b\\")
SHADE = "▒"


@contextmanager
def console_with_image(folder: Path, protocol: str, size: tuple[int, int] = SIZE) -> Iterator[TerminalPty]:
    """Open the real console and wait until it shows the first take's image and is idle."""
    environment = isolated_environment(folder.parent / protocol)
    with TerminalPty(console_command(folder), size, environment, extra={"CWTUI_PICTURES": protocol}) as terminal:
        terminal.until_shown("nothing leaves this machine")
        terminal.until(IMAGES[protocol])
        terminal.until_quiet(0.6)
        yield terminal


def count_images(terminal: TerminalPty, protocol: str, since: int = 0) -> int:
    """The number of images sent."""
    return len(re.findall(IMAGES[protocol], terminal.since(since), re.DOTALL))


def kitty_images(terminal: TerminalPty) -> set[bytes]:
    """The images that a kitty terminal still shows."""
    shown: set[bytes] = set()
    for found in re.finditer(IMAGES["kitty"] + b"|" + KITTY_DELETE.pattern, terminal.since(0), re.DOTALL):
        if number := found["number"]:
            shown.add(number)
        else:
            shown.discard(KITTY_DELETE.fullmatch(found[0])[1])  # type: ignore[index]
    return shown


class ImageScreen:
    """A screen where text covers images. Reads the output of a terminal once, between complete sequences."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self._screen)
        self._read = 0
        self._cells = 0

    def update(self, terminal: TerminalPty, protocol: str) -> tuple[int, int]:
        """Read the new output; return the visible cells and all cells of the newest image."""
        new = terminal.since(self._read)
        self._read += len(new)
        shaded = re.sub(CURSOR_POSITION + IMAGES[protocol], self._shade, new, flags=re.DOTALL)
        self._stream.feed(re.sub(rb"\x1b[_P].*?\x1b\\|\x1b\[[<>][\d;]*u|\x1b\[\?\d+\$p", b"", shaded))
        return sum(line.count(SHADE) for line in self._screen.display), self._cells

    def _shade(self, found: re.Match[bytes]) -> bytes:
        parameters = found.groupdict()
        wide = int(parameters["columns"]) if "columns" in parameters else -(-int(parameters["wide"]) // 10)
        high = int(parameters["lines"]) if "lines" in parameters else -(-int(parameters["high"]) // 20)
        self._cells = wide * high
        top, left = int(parameters["y"]), int(parameters["x"])
        rows = [f"\x1b[{top + n};{left}H{SHADE * wide}" for n in range(high)]
        return b"\x1b7" + "".join(rows).encode()


_SCREENS: WeakKeyDictionary[TerminalPty, ImageScreen] = WeakKeyDictionary()


def visible_cells(terminal: TerminalPty, protocol: str) -> tuple[int, int]:
    """The visible cells and all cells of the newest image, on a quiet terminal where text covers images."""
    return _SCREENS.setdefault(terminal, ImageScreen()).update(terminal, protocol)


@dataclass(frozen=True, slots=True)
class IdleConsole:
    """An idle console on the first take, and its output until then."""

    protocol: str
    folder: Path
    terminal: TerminalPty
    startup_output: bytes


@pytest.fixture(scope="module", params=IMAGE_PROTOCOLS)
def console(
    request: pytest.FixtureRequest, prepared_studio: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[IdleConsole]:
    """One console per protocol. Each test leaves it on the first take with its image shown."""
    folder = tmp_path_factory.mktemp(request.param) / "studio"
    copy_studio(prepared_studio, folder)
    with console_with_image(folder, request.param) as terminal:
        yield IdleConsole(request.param, folder, terminal, terminal.since(0))
    if process := find_studio_process(folder):
        stop_studio_process(folder, process)


def test_an_image_is_sent_once_and_complete(console: IdleConsole) -> None:
    terminal, protocol = console.terminal, console.protocol
    assert len(re.findall(IMAGES[protocol], console.startup_output, re.DOTALL)) == 1
    # No query is sent with an image, because a late answer would be read as keys.
    assert console.startup_output.count(b"\x1b[c") == 1
    visible, cells = visible_cells(terminal, protocol)
    assert visible == cells > 100
    # The console redraws lines around the image.
    mark = terminal.sent
    terminal.press("y")
    terminal.until_shown("keep")
    terminal.until_quiet()
    assert not count_images(terminal, protocol, mark)
    assert visible_cells(terminal, protocol) == (cells, cells)


@pytest.mark.parametrize(("key", "text"), [("?", "word"), (":", "where to go"), ("\x1b[15~", "Image display")])
def test_an_image_is_hidden_by_a_dialog_and_sent_after_it(console: IdleConsole, key: str, text: str) -> None:
    terminal, protocol = console.terminal, console.protocol
    mark = terminal.sent
    terminal.press(key)
    terminal.until_shown(text)
    terminal.until_quiet()
    assert not count_images(terminal, protocol, mark)
    assert not visible_cells(terminal, protocol)[0]
    assert not (protocol == "kitty" and kitty_images(terminal))
    mark = terminal.sent
    terminal.press("\x1b")
    terminal.until(IMAGES[protocol], mark)
    terminal.until_quiet()
    assert count_images(terminal, protocol, mark) == 1
    visible, cells = visible_cells(terminal, protocol)
    assert visible == cells


def test_a_screen_change_sends_each_image_once(console: IdleConsole) -> None:
    terminal, protocol = console.terminal, console.protocol
    for key, images in (("J", 0), ("T", 1), ("R", 1), ("T", 1)):
        mark = terminal.sent
        terminal.press(key)
        if images:
            terminal.until(IMAGES[protocol], mark)
        terminal.until_quiet(0.8)
        assert count_images(terminal, protocol, mark) == images, key
        assert len(kitty_images(terminal)) == (images if protocol == "kitty" else 0), key
        visible, cells = visible_cells(terminal, protocol)
        assert visible == cells * images, key


def test_screens_that_close_at_once_leave_no_image(console: IdleConsole) -> None:
    terminal, protocol = console.terminal, console.protocol
    terminal.press("RTRTCTRJ")
    terminal.until_shown("job")
    terminal.until_quiet(0.8)
    assert not kitty_images(terminal)
    assert not visible_cells(terminal, protocol)[0]
    mark = terminal.sent
    terminal.press("RTJT")
    terminal.until(IMAGES[protocol], mark)
    terminal.until_quiet(0.8)
    visible, cells = visible_cells(terminal, protocol)
    assert visible == cells
    assert len(kitty_images(terminal)) == (protocol == "kitty")


def test_a_resize_sends_a_new_image(console: IdleConsole) -> None:
    terminal, protocol = console.terminal, console.protocol
    for size in ((140, 50), SIZE):
        mark = terminal.sent
        terminal.resize(*size)
        terminal.until(IMAGES[protocol], mark)
        terminal.until_quiet(0.6)
        assert count_images(terminal, protocol, mark) == 1
        assert len(kitty_images(terminal)) == (protocol == "kitty")


def test_job_reports_send_no_image(console: IdleConsole) -> None:
    terminal = console.terminal
    with reporting_jobs(console.folder):
        mark = terminal.sent
        terminal.until_shown("4 jobs")
        terminal.until_quiet(0.2)
        assert not count_images(terminal, console.protocol, mark)


def test_an_exit_removes_all_images(studio_folder: Path) -> None:
    with console_with_image(studio_folder, "kitty") as terminal:
        terminal.press("q")
        assert terminal.wait() == 0
        assert not kitty_images(terminal)


@pytest.mark.parametrize(
    "to", ["text", *(pytest.param(one, marks=pytest.mark.slow) for one in ("iterm2", "sixel", "blocks"))]
)
def test_another_protocol_removes_the_kitty_image(studio_folder: Path, to: Protocol) -> None:
    with console_with_image(studio_folder, "kitty") as terminal:
        terminal.press("\x1b[15~")
        terminal.until_shown("Image display")
        mark = terminal.sent
        terminal.press("j" * PROTOCOLS.index(to))
        terminal.until_shown(f"▍{to}")
        terminal.press("\r")
        if to != "text":
            terminal.until(IMAGES.get(to, "▀".encode()), mark)
        terminal.until_quiet(0.6)
        assert not kitty_images(terminal)


def test_an_unknown_protocol_is_refused_with_the_known_ones(studio_folder: Path, tmp_path: Path) -> None:
    extra = {"CWTUI_PICTURES": "kity"}
    with TerminalPty(
        console_command(studio_folder), environment=isolated_environment(tmp_path), extra=extra
    ) as terminal:
        assert terminal.wait() == 2
        assert b"kitty, iterm2, sixel, blocks, text" in terminal.since(0)
        assert b"\x1b[?1049h" not in terminal.since(0)


# Encoding and requests


async def test_a_selected_protocol_is_kept_for_its_terminal(
    studio_folder: Path,
) -> None:
    first, second = Terminal("kitty", name="kitty xterm-kitty"), Terminal("sixel", name="foot sixel")
    async with open_console(studio_folder, terminal=first) as (app, pilot):
        await press(app, pilot, "f5", *["down"] * 4, "enter")
        assert app.picture_output.protocol == "text"
        protocols = app.session.protocols
    for terminal, protocol in (
        (first, "text"),
        (second, "sixel"),
        (Terminal("kitty", name=first.name, override="blocks"), "blocks"),
    ):
        async with open_console(studio_folder, terminal=terminal, ways=protocols) as (app, _):
            assert app.picture_output.protocol == protocol


async def test_an_image_is_encoded_on_the_frame_loader_thread(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import current_thread

    from cwtui.console.terminal import graphics

    threads, encode = set(), graphics.encode

    def record_thread(*arguments: object) -> str:
        threads.add(type(current_thread()))
        return encode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(graphics, "encode", record_thread)
    async with open_console(studio_folder, terminal=Terminal("sixel")):
        assert threads == {FrameLoader}


async def test_an_incomplete_filmstrip_is_completed_on_return(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        filmstrip = app.screen.query_one(Filmstrip)
        count = len(filmstrip._strips)
        assert count == filmstrip._count > 3
        await pilot.resize_terminal(140, 40)
        await pilot.press("T")
        await wait_until_idle(app, pilot)
        await press(app, pilot, "R")
        await wait_until(pilot, lambda: len(filmstrip._strips) == filmstrip._count > count)


async def test_a_filmstrip_appears_with_a_protocol_for_images(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review", terminal=Terminal("text")) as (app, pilot):
        filmstrip = app.screen.query_one(Filmstrip)
        assert not filmstrip._strips
        await press(app, pilot, "f5", "up", "enter")
        await wait_until(pilot, lambda: len(filmstrip._strips) == filmstrip._count > 3)
        await press(app, pilot, "f5", "down", "enter", "f5", "up", "enter")
        await wait_until(pilot, lambda: len(filmstrip._strips) == filmstrip._count > 3)
