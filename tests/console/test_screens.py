"""Snapshots of every screen, at two sizes and in two themes; a person reviews them in __snapshots__.

`make snapshots` updates them after an intended change.
"""

from __future__ import annotations

import shutil
import time
from collections import namedtuple
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cwtui.console.actions import MODE_NAMES
from cwtui.console.app import ConsoleApp, LaunchOptions
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Protocol, Terminal
from engine.jobs.presence import StudioLock

from .pilot import settled
from .sample_studio import NOW, build, deliveries_of_damage
from .test_theme import contrast

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
INKS = {"night": "cleanwater-night", "day": "cleanwater-day"}
_Disk = namedtuple("_Disk", "total used free")


@pytest.fixture(scope="module")
def set_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage") / "studio"
    build(folder)
    return folder


@pytest.fixture
def stage(set_: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sample studio with a running studio process; time zone, disk, link and state are fixed."""
    shutil.copytree(set_, tmp_path / "studio")
    for name, value in {
        "TZ": "UTC", "SSH_CONNECTION": "here", "NO_COLOR": "", "COLORTERM": "truecolor", "CWTUI_STUDIO": "studio",
        "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    time.tzset()
    monkeypatch.setattr(
        "cwtui.console.workers.studio_worker.shutil.disk_usage", lambda _: _Disk(10**12, 10**11, 812 * 10**9)
    )
    monkeypatch.chdir(tmp_path)
    seat = StudioLock.acquire(tmp_path / "studio")
    yield Path("studio")
    seat.release()
    monkeypatch.undo()
    time.tzset()


def console(folder: Path, protocol: Protocol = "text", **session: Any) -> ConsoleApp:
    terminal = Terminal(protocol, round_trip=0.038)
    return ConsoleApp(LaunchOptions(folder, Session(**session), {}, terminal, clock=lambda: 0.0, today=lambda: NOW))


def looks(snap_compare: Any, app: ConsoleApp, size: tuple[int, int], *keys: str) -> bool:
    """Whether the screen matches its snapshot after these keys, once the console is idle."""

    async def ready(pilot: Any) -> None:
        await settled(app, pilot)
        for key in keys:
            await pilot.press(key)
            await settled(app, pilot)
        # A blinking cursor is drawn or not, as it happens.
        for field in app.screen.query("Input, TextArea"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    same: bool = snap_compare(app, terminal_size=size, run_before=ready)
    return same


@pytest.mark.parametrize("palette", INKS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", MODE_NAMES)
def test_screen(stage: Path, snap_compare: Any, mode: str, size: str, palette: str) -> None:
    place = {"screen": mode, "take": "take-1", "theme": INKS[palette], "recipe": "podcast"}
    assert looks(snap_compare, console(stage, **place), SIZES[size])


@pytest.mark.parametrize("palette", INKS)
@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_all_that_is_written_can_be_read(stage: Path, mode: str, palette: str) -> None:
    """WCAG 2.1, 1.4.3: every character has enough contrast on its background, also in a dialog."""
    app = console(stage, screen=mode, take="take-1", theme=INKS[palette], recipe="festival")
    async with app.run_test(size=SIZES["120x40"]) as pilot:
        await settled(app, pilot)
        assert faint_signs(app) == []
        await pilot.press("slash")
        await settled(app, pilot)
        assert faint_signs(app, "poken words", "Find words", "esc Close") == []


def faint_signs(app: ConsoleApp, *named: str) -> list[tuple[str, float]]:
    """Texts with a contrast below 4.5:1; only the named ones, if any, because a screen behind a dialog is dimmed."""
    found = []
    for strip in app.screen._compositor.render_strips(app.size):
        for text, style, _ in strip:
            if style and style.color and style.bgcolor and any(sign.isalnum() for sign in text):
                colours = (style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex)
                ratio = contrast(*colours)
                if ratio < 4.5 and (not named or any(name in text for name in named)):
                    found.append((text, round(ratio, 2)))
    return found


OVER = {
    "help": ("takes", ["question_mark"]),
    "palette": ("takes", ["ctrl+p"]),
    "search": ("takes", ["slash", *"morning"]),
    "retake": ("takes", ["x"]),
    "transform": ("takes", ["G", "up", "up", "up", "a"]),
    "refused": ("takes", ["a"]),
    "project": ("ingest", ["n"]),
    "footage": ("ingest", ["plus"]),
    "stage": ("sound", ["enter"]),
    "rename": ("review", ["apostrophe", "M"]),
    "pictures": ("review", ["f5"]),
    "log": ("jobs", ["G", "l"]),
}


@pytest.mark.parametrize("over", OVER)
def test_what_is_asked_over_a_screen(stage: Path, snap_compare: Any, over: str) -> None:
    mode, keys = OVER[over]
    assert looks(snap_compare, console(stage, screen=mode, take="take-1"), SIZES["80x24"], *keys)


def test_a_recipe_with_a_fault_says_it_at_its_line(stage: Path, snap_compare: Any) -> None:
    app = console(stage, screen="deliver", recipe="festival")
    assert looks(snap_compare, app, SIZES["120x40"], "e", "down", "down", "down", "down")


def test_two_takes_of_one_line_beside_each_other(stage: Path, snap_compare: Any) -> None:
    assert looks(snap_compare, console(stage, screen="review", take="take-2"), SIZES["120x40"], "v", "w", "w")


def test_a_playhead_lights_its_word_and_its_marker(stage: Path, snap_compare: Any) -> None:
    assert looks(snap_compare, console(stage, screen="review", take="take-1"), SIZES["120x40"], "apostrophe")


@pytest.mark.parametrize("size", SIZES)
def test_a_playhead_in_a_damaged_stretch_names_it(stage: Path, snap_compare: Any, size: str) -> None:
    app = console(stage, screen="review", take="take-3", playhead=Fraction(5))
    assert looks(snap_compare, app, SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_a_delivery_of_damage_waits_for_a_yes(stage: Path, snap_compare: Any, size: str) -> None:
    deliveries_of_damage(stage)
    assert looks(snap_compare, console(stage, screen="jobs"), SIZES[size], "down", "down", "a")


@pytest.mark.parametrize("size", SIZES)
def test_an_accepted_check_is_incomplete_and_neither_passed_nor_failed(
    stage: Path, snap_compare: Any, size: str
) -> None:
    deliveries_of_damage(stage)
    assert looks(snap_compare, console(stage, screen="deliver", recipe="youtube-hdr10"), SIZES[size])


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_plain_text_for_who_has_it_read_aloud(stage: Path, snap_compare: Any, mode: str) -> None:
    assert looks(snap_compare, console(stage, screen=mode, take="take-1", plain=True), SIZES["80x24"])


@pytest.mark.parametrize("mode", ["takes", "sound", "deliver"])
def test_the_terminals_own_colours(stage: Path, snap_compare: Any, mode: str) -> None:
    assert looks(snap_compare, console(stage, screen=mode, theme="cleanwater-ansi"), SIZES["80x24"])


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_a_very_small_terminal(stage: Path, snap_compare: Any, mode: str) -> None:
    assert looks(snap_compare, console(stage, screen=mode, take="take-1"), (40, 10))


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_a_studio_in_which_nothing_is(stage: Path, snap_compare: Any, mode: str) -> None:
    Path("empty").mkdir()
    assert looks(snap_compare, console(Path("empty"), screen=mode), SIZES["80x24"])
