"""Images in a terminal's own protocol: sent once, hidden below dialogs, and never left behind."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest

from cwtui.console.terminal.capabilities import PROTOCOLS, Protocol, Terminal
from cwtui.console.widgets.filmstrip import Filmstrip
from cwtui.console.workers.frame_loader import FrameLoader
from engine.jobs import find_studio_process, stop_studio_process

from ..pilot import opened, own_state, press, settled, until
from ..reports import reporting_jobs
from ..terminal_pty import TerminalPty, console_command

SIZE = (120, 40)
OWN: list[Protocol] = ["kitty", "iterm2", "sixel"]
PICTURE = {
    "kitty": rb"\x1b_Ga=T,[^;]*c=(?P<columns>\d+),r=(?P<lines>\d+),i=(?P<number>\d+)[^\x1b]*\x1b\\"
    rb"(?:\x1b_Gm=[^\x1b]*\x1b\\)*",
    "iterm2": rb"\x1b\]1337;File=[^:]*width=(?P<columns>\d+);height=(?P<lines>\d+)[^\x07]*\x07",
    "sixel": rb"\x1bP[^\"]*\"1;1;(?P<wide>\d+);(?P<high>\d+)[^\x1b]*\x1b\\",
}
AT = rb"\x1b7\x1b\[(?P<y>\d+);(?P<x>\d+)H"
GONE = re.compile(rb"\x1b_Ga=d,d=I,i=(\d+),q=2\x1b\\")
SHADE = "▒"


@contextmanager
def showing(folder: Path, way: str, size: tuple[int, int] = SIZE) -> Iterator[TerminalPty]:
    """The real console, idle, with the first take's image on the terminal."""
    environment = own_state(folder.parent / way)
    with TerminalPty(console_command(folder), size, environment, more={"CWTUI_PICTURES": way}) as terminal:
        terminal.until_shown("nothing leaves this machine")
        terminal.until(PICTURE[way])
        terminal.until_quiet(0.6)
        yield terminal


def sent(terminal: TerminalPty, way: str, since: int = 0) -> int:
    """The number of images sent."""
    return len(re.findall(PICTURE[way], terminal.since(since), re.DOTALL))


def kept(terminal: TerminalPty) -> set[bytes]:
    """The images that a kitty terminal still shows."""
    shown: set[bytes] = set()
    for found in re.finditer(PICTURE["kitty"] + b"|" + GONE.pattern, terminal.since(0), re.DOTALL):
        if number := found["number"]:
            shown.add(number)
        else:
            shown.discard(GONE.fullmatch(found[0])[1])  # type: ignore[index]
    return shown


def shaded(terminal: TerminalPty, way: str, size: tuple[int, int] = SIZE) -> tuple[int, int]:
    """The visible cells of the newest image and its total, on terminals where text covers images."""
    cells = [0]

    def shade(found: re.Match[bytes]) -> bytes:
        summary = found.groupdict()
        wide = int(summary["columns"]) if "columns" in summary else -(-int(summary["wide"]) // 10)
        high = int(summary["lines"]) if "lines" in summary else -(-int(summary["high"]) // 20)
        cells[0] = wide * high
        top, left = int(summary["y"]), int(summary["x"])
        rows = [f"\x1b[{top + n};{left}H{SHADE * wide}" for n in range(high)]
        return b"\x1b7" + "".join(rows).encode()

    raw = re.sub(AT + PICTURE[way], shade, terminal.since(0), flags=re.DOTALL)
    screen = pyte.Screen(*size)
    pyte.ByteStream(screen).feed(re.sub(rb"\x1b[_P].*?\x1b\\|\x1b\[[<>][\d;]*u|\x1b\[\?\d+\$p", b"", raw))
    return sum(line.count(SHADE) for line in screen.display), cells[0]


@dataclass(frozen=True, slots=True)
class Opened:
    """An idle console on the first take, and the bytes that it had sent by then."""

    way: str
    folder: Path
    terminal: TerminalPty
    opening: bytes


@pytest.fixture(scope="module", params=OWN)
def console(
    request: pytest.FixtureRequest, prepared_studio: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    """One console per protocol. Each test leaves it on the first take with its image shown."""
    folder = tmp_path_factory.mktemp(request.param) / "studio"
    shutil.copytree(prepared_studio, folder)
    with showing(folder, request.param) as terminal:
        yield Opened(request.param, folder, terminal, terminal.since(0))
    if present := find_studio_process(folder):
        stop_studio_process(folder, present)


def test_a_still_is_sent_once_and_is_whole(console: Opened) -> None:
    terminal, way = console.terminal, console.way
    assert len(re.findall(PICTURE[way], console.opening, re.DOTALL)) == 1
    # No query is sent with an image, because a late answer would be read as keys.
    assert console.opening.count(b"\x1b[c") == 1
    seen, cells = shaded(terminal, way)
    assert seen == cells > 100
    # The console redraws lines around the image.
    mark = terminal.sent
    terminal.press("y")
    terminal.until_shown("keep")
    terminal.until_quiet()
    assert not sent(terminal, way, mark)
    assert shaded(terminal, way) == (cells, cells)


@pytest.mark.parametrize(("key", "words"), [("?", "word"), (":", "Search actions"), ("\x1b[15~", "Image display")])
def test_what_is_drawn_over_a_still_is_over_it_and_then_it_is_sent_once_more(
    console: Opened, key: str, words: str
) -> None:
    terminal, way = console.terminal, console.way
    mark = terminal.sent
    terminal.press(key)
    terminal.until_shown(words)
    terminal.until_quiet()
    assert not sent(terminal, way, mark)
    assert not shaded(terminal, way)[0]
    assert not (way == "kitty" and kept(terminal))
    mark = terminal.sent
    terminal.press("\x1b")
    terminal.until(PICTURE[way], mark)
    terminal.until_quiet()
    assert sent(terminal, way, mark) == 1
    seen, cells = shaded(terminal, way)
    assert seen == cells


def test_another_screen_and_back_sends_each_still_once_and_none_stays(console: Opened) -> None:
    terminal, way = console.terminal, console.way
    for key, pictures in (("J", 0), ("T", 1), ("R", 1), ("T", 1)):
        mark = terminal.sent
        terminal.press(key)
        if pictures:
            terminal.until(PICTURE[way], mark)
        terminal.until_quiet(0.8)
        assert sent(terminal, way, mark) == pictures, key
        assert len(kept(terminal)) == (pictures if way == "kitty" else 0), key
        seen, cells = shaded(terminal, way)
        assert seen == cells * pictures, key


def test_screens_that_are_only_passed_leave_no_still(console: Opened) -> None:
    terminal, way = console.terminal, console.way
    terminal.press("RTRTCTRJ")
    terminal.until_shown("job")
    terminal.until_quiet(0.8)
    assert not kept(terminal)
    assert not shaded(terminal, way)[0]
    mark = terminal.sent
    terminal.press("RTJT")
    terminal.until(PICTURE[way], mark)
    terminal.until_quiet(0.8)
    seen, cells = shaded(terminal, way)
    assert seen == cells
    assert len(kept(terminal)) == (way == "kitty")


def test_another_size_gets_a_still_of_its_own(console: Opened) -> None:
    terminal, way = console.terminal, console.way
    for size in ((140, 50), SIZE):
        mark = terminal.sent
        terminal.resize(*size)
        terminal.until(PICTURE[way], mark)
        terminal.until_quiet(0.6)
        assert sent(terminal, way, mark) == 1
        assert len(kept(terminal)) == (way == "kitty")


def test_jobs_that_report_send_no_still_again(console: Opened) -> None:
    terminal = console.terminal
    with reporting_jobs(console.folder):
        mark = terminal.sent
        terminal.until_shown("4 jobs")
        terminal.until_quiet(0.2)
        assert not sent(terminal, console.way, mark)


def test_none_is_left_behind_by_who_leaves(studio_folder: Path) -> None:
    with showing(studio_folder, "kitty") as terminal:
        terminal.press("q")
        assert terminal.wait() == 0
        assert not kept(terminal)


@pytest.mark.parametrize(
    "to", ["iterm2", "text", *(pytest.param(one, marks=pytest.mark.slow) for one in ("sixel", "blocks"))]
)
def test_another_way_takes_kittys_still_off(studio_folder: Path, to: Protocol) -> None:
    with showing(studio_folder, "kitty") as terminal:
        terminal.press("\x1b[15~")
        terminal.until_shown("Image display")
        mark = terminal.sent
        terminal.press("j" * PROTOCOLS.index(to))
        terminal.until_shown(f"▸ {to}")
        terminal.press("\r")
        if to != "text":
            terminal.until(PICTURE.get(to, "▀".encode()), mark)
        terminal.until_quiet(0.6)
        assert not kept(terminal)


def test_a_way_that_there_is_not_is_refused_with_those_there_are(studio_folder: Path, tmp_path: Path) -> None:
    more = {"CWTUI_PICTURES": "kity"}
    with TerminalPty(console_command(studio_folder), environment=own_state(tmp_path), more=more) as terminal:
        assert terminal.wait() == 2
        assert b"kitty, iterm2, sixel, blocks, text" in terminal.since(0)
        assert b"\x1b[?1049h" not in terminal.since(0)


# Encoding and requests


async def test_a_way_that_was_chosen_is_the_terminals_where_it_was_and_the_environment_goes_first(
    studio_folder: Path,
) -> None:
    here, there = Terminal("kitty", name="kitty xterm-kitty"), Terminal("sixel", name="foot sixel")
    async with opened(studio_folder, terminal=here) as (app, pilot):
        await press(app, pilot, "f5", *["down"] * 4, "enter")
        assert app.picture_output.protocol == "text"
        ways = app.session.protocols
    for terminal, way in (
        (here, "text"),
        (there, "sixel"),
        (Terminal("kitty", name=here.name, override="blocks"), "blocks"),
    ):
        async with opened(studio_folder, terminal=terminal, ways=ways) as (app, _):
            assert app.picture_output.protocol == way


async def test_a_picture_is_drawn_on_the_thread_that_reads_it(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import current_thread

    from cwtui.console.terminal import graphics

    by, escaped = set(), graphics.encode

    def watched(*asked: object) -> str:
        by.add(type(current_thread()))
        return escaped(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(graphics, "encode", watched)
    async with opened(studio_folder, terminal=Terminal("sixel")):
        assert by == {FrameLoader}


async def test_a_filmstrip_that_was_left_before_it_was_whole_is_whole_when_one_comes_back(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="review") as (app, pilot):
        film = app.screen.query_one(Filmstrip)
        whole = len(film._strips)
        assert whole == film._count > 3
        await pilot.resize_terminal(140, 40)
        await pilot.press("T")
        await settled(app, pilot)
        await press(app, pilot, "R")
        await until(pilot, lambda: len(film._strips) == film._count > whole)


async def test_a_filmstrip_comes_with_the_way_that_shows_it(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="review", terminal=Terminal("text")) as (app, pilot):
        film = app.screen.query_one(Filmstrip)
        assert not film._strips
        await press(app, pilot, "f5", "up", "enter")
        await until(pilot, lambda: len(film._strips) == film._count > 3)
        await press(app, pilot, "f5", "down", "enter", "f5", "up", "enter")
        await until(pilot, lambda: len(film._strips) == film._count > 3)
