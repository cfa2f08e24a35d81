"""Snapshots of every screen at two sizes and in two themes. They are reviewed in __snapshots__.

`make snapshots` updates them after an intended change.
"""

from __future__ import annotations

import os
import shutil
import time
import wave
from collections import namedtuple
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cwtui.console.actions import MODE_NAMES
from cwtui.console.app import ConsoleApp
from cwtui.console.launch_options import LaunchOptions
from cwtui.console.screens.ingest.arrival_actions import PairingReady
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Protocol, Terminal
from engine.ingest import MacVolumes
from engine.jobs.presence import StudioLock
from engine.studio import Studio

from .arrivals import listener, loaded, pairing
from .pilot import MESSAGE_S, SUGGESTION_DELAY_S, wait_until_idle
from .sample_studio import NOW, add_cut, add_damaged_deliveries, add_perception, build
from .screens.farm.farms import add_farm
from .test_theme import contrast

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
THEMES = {"night": "cleanwater-night", "day": "cleanwater-day"}
_Disk = namedtuple("_Disk", "total used free")


@pytest.fixture(scope="module")
def built_studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stage") / "studio"
    build(folder)
    return folder


@pytest.fixture
def sample_studio(built_studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sample studio with a running studio process; time zone, disk, link and state are fixed."""
    shutil.copytree(built_studio, tmp_path / "studio")
    _fill_card(tmp_path / "home" / "Volumes" / "CARD" / "DCIM" / "100APPLE")
    for name, value in {
        "HOME": str(tmp_path / "home"),
        "TZ": "UTC", "SSH_CONNECTION": "here", "NO_COLOR": "", "COLORTERM": "truecolor", "CWTUI_STUDIO": "studio",
        "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    time.tzset()
    monkeypatch.setattr(
        "cwtui.console.workers.studio_worker.shutil.disk_usage", lambda _: _Disk(10**12, 10**11, 812 * 10**9)
    )
    monkeypatch.chdir(tmp_path)
    lock = StudioLock.acquire(tmp_path / "studio")
    yield Path("studio")
    lock.release()
    monkeypatch.undo()
    time.tzset()


def _fill_card(folder: Path) -> None:
    """A card with a recording and files that are skipped or cannot be added; beside it a folder of the user."""
    folder.mkdir(parents=True)
    (folder.parents[3] / "Movies").mkdir()
    with wave.open(str(folder / "MEMO_0002.WAV"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(64_000))
    for name in ("MEMO_0002.XMP", "IMG_0003.HEIC", "IMG_0004.MOV", "notes.txt"):
        (folder / name).write_text("no footage")
    for path in folder.iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))


def console(folder: Path, protocol: Protocol = "text", **session: Any) -> ConsoleApp:
    terminal = Terminal(protocol, round_trip=0.038)
    volumes = MacVolumes(Path.home() / "Volumes")
    return ConsoleApp(
        LaunchOptions(
            folder,
            Session(**session),
            {},
            terminal,
            clock=lambda: 0.0,
            today=lambda: NOW,
            volumes=volumes,
            suggestion_delay_s=SUGGESTION_DELAY_S,
            message_s=MESSAGE_S,
        )
    )


def matches_snapshot(snap_compare: Any, app: ConsoleApp, size: tuple[int, int], *keys: str) -> bool:
    """Whether the screen matches its snapshot after these keys, once the console is idle."""

    async def ready(pilot: Any) -> None:
        await wait_until_idle(app, pilot)
        for key in keys:
            await pilot.press(key)
            await wait_until_idle(app, pilot)
        # A blinking cursor would be drawn in some runs only.
        for field in app.screen.query("Input, TextArea"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    matches: bool = snap_compare(app, terminal_size=size, run_before=ready)
    return matches


# Of the four combinations of a size and a theme, `make check` has two, so that each size and each theme is in it.
@pytest.mark.parametrize(
    ("size", "palette"),
    [
        ("80x24", "night"),
        ("120x40", "day"),
        pytest.param("80x24", "day", marks=pytest.mark.slow),
        pytest.param("120x40", "night", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("mode", MODE_NAMES)
def test_screen(sample_studio: Path, snap_compare: Any, mode: str, size: str, palette: str) -> None:
    session = {"screen": mode, "take": "take-1", "theme": THEMES[palette], "recipe": "podcast"}
    assert matches_snapshot(snap_compare, console(sample_studio, **session), SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_farm_with_machines(sample_studio: Path, snap_compare: Any, size: str) -> None:
    add_farm(sample_studio, NOW)
    assert matches_snapshot(snap_compare, console(sample_studio, screen="farm"), SIZES[size], "down")


@pytest.mark.parametrize("palette", THEMES)
@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_all_text_has_enough_contrast(sample_studio: Path, mode: str, palette: str) -> None:
    """WCAG 2.1, 1.4.3: every character has enough contrast on its background, also in a dialog."""
    app = console(sample_studio, screen=mode, take="take-1", theme=THEMES[palette], recipe="festival")
    async with app.run_test(size=SIZES["120x40"]) as pilot:
        await wait_until_idle(app, pilot)
        assert low_contrast_texts(app) == []
        await pilot.press("slash")
        await wait_until_idle(app, pilot)
        assert low_contrast_texts(app, "poken words", "Find words", "esc Close") == []


def low_contrast_texts(app: ConsoleApp, *only: str) -> list[tuple[str, float]]:
    """Texts with a contrast below 4.5:1, limited to `only` if given, because a screen behind a dialog is dimmed."""
    found = []
    for strip in app.screen._compositor.render_strips(app.size):
        for text, style, _ in strip:
            if style and style.color and style.bgcolor and any(char.isalnum() for char in text):
                colours = (style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex)
                ratio = contrast(*colours)
                if ratio < 4.5 and (not only or any(name in text for name in only)):
                    found.append((text, round(ratio, 2)))
    return found


DIALOGS = {
    "help": ("takes", ["question_mark"]),
    "palette": ("takes", ["ctrl+p"]),
    "search": ("takes", ["slash", *"morning"]),
    "retake": ("takes", ["x"]),
    "transform": ("takes", ["G", "up", "up", "up", "a"]),
    "refused": ("takes", ["a"]),
    "project": ("ingest", ["n"]),
    "footage": ("ingest", ["plus"]),
    "folder": ("takes", ["plus", "right", "right", "space"]),
    "plan": ("ingest", ["plus", "enter"]),
    "stage": ("sound", ["enter"]),
    "rename": ("review", ["apostrophe", "M"]),
    "word": ("review", ["apostrophe", "c", "down"]),
    "pictures": ("review", ["f5"]),
    "log": ("jobs", ["G", "l"]),
}


@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialog(sample_studio: Path, snap_compare: Any, dialog: str) -> None:
    mode, keys = DIALOGS[dialog]
    assert matches_snapshot(snap_compare, console(sample_studio, screen=mode, take="take-1"), SIZES["80x24"], *keys)


def test_a_recipe_fault_is_shown_at_its_line(sample_studio: Path, snap_compare: Any) -> None:
    app = console(sample_studio, screen="deliver", recipe="festival")
    assert matches_snapshot(snap_compare, app, SIZES["120x40"], "e", "down", "down", "down", "down")


# Of the four combinations, `make check` has two, as for the screens.
@pytest.mark.parametrize(
    ("size", "palette"),
    [
        ("80x24", "day"),
        ("120x40", "night"),
        pytest.param("80x24", "night", marks=pytest.mark.slow),
        pytest.param("120x40", "day", marks=pytest.mark.slow),
    ],
)
def test_a_cut_with_selected_words(sample_studio: Path, snap_compare: Any, size: str, palette: str) -> None:
    add_cut(sample_studio)
    app = console(sample_studio, screen="cut", theme=THEMES[palette])
    assert matches_snapshot(snap_compare, app, SIZES[size], "down", "w", "v", "w", "w")


@pytest.mark.parametrize("size", SIZES)
def test_suggestions_for_a_cut(sample_studio: Path, snap_compare: Any, size: str) -> None:
    add_cut(sample_studio)
    assert matches_snapshot(snap_compare, console(sample_studio, screen="cut"), SIZES[size], "p", "down")


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
def test_selected_takes(sample_studio: Path, snap_compare: Any, size: tuple[int, int]) -> None:
    app = console(sample_studio, screen="takes", take="take-1")
    assert matches_snapshot(snap_compare, app, size, "space", "down", "v")


def test_two_takes_side_by_side(sample_studio: Path, snap_compare: Any) -> None:
    assert matches_snapshot(
        snap_compare, console(sample_studio, screen="review", take="take-2"), SIZES["120x40"], "v", "w", "w"
    )


def test_the_playhead_highlights_its_word_and_marker(sample_studio: Path, snap_compare: Any) -> None:
    assert matches_snapshot(
        snap_compare, console(sample_studio, screen="review", take="take-1"), SIZES["120x40"], "apostrophe"
    )


@pytest.mark.parametrize("size", SIZES)
def test_the_playhead_in_a_damaged_range_shows_the_damage(sample_studio: Path, snap_compare: Any, size: str) -> None:
    app = console(sample_studio, screen="review", take="take-3", playhead=Fraction(5))
    assert matches_snapshot(snap_compare, app, SIZES[size])


@pytest.mark.parametrize("size", SIZES)
def test_the_masks_of_a_take_over_its_picture(sample_studio: Path, snap_compare: Any, size: str) -> None:
    add_perception(sample_studio)
    app = console(sample_studio, screen="review", take="take-1")
    assert matches_snapshot(snap_compare, app, SIZES[size], "o")


def test_large_type_flipped_for_teleprompter_glass(sample_studio: Path, snap_compare: Any) -> None:
    app = console(sample_studio, screen="prompter", prompter_size=2)
    assert matches_snapshot(snap_compare, app, SIZES["120x40"], "m", "right")


@pytest.mark.parametrize("size", SIZES)
def test_a_damaged_delivery_waits_for_confirmation(sample_studio: Path, snap_compare: Any, size: str) -> None:
    add_damaged_deliveries(sample_studio)
    assert matches_snapshot(snap_compare, console(sample_studio, screen="jobs"), SIZES[size], "down", "down", "a")


@pytest.mark.parametrize("size", SIZES)
def test_an_accepted_check_is_shown_as_incomplete(sample_studio: Path, snap_compare: Any, size: str) -> None:
    add_damaged_deliveries(sample_studio)
    assert matches_snapshot(snap_compare, console(sample_studio, screen="deliver", recipe="youtube-hdr10"), SIZES[size])


@pytest.mark.parametrize(("size", "panel"), [("80x24", False), ("120x40", False), ("80x24", True), ("120x40", True)])
def test_arrivals_of_all_roads(sample_studio: Path, snap_compare: Any, size: str, panel: bool) -> None:
    app = console(sample_studio, screen="ingest")

    async def ready(pilot: Any) -> None:
        await wait_until_idle(app, pilot)
        project, screen = app.snapshot.project, app.mode_screen
        assert project
        assert screen
        screen.post_message(loaded(project))
        if panel:
            screen.post_message(PairingReady(listener(project), pairing(project)))
        await wait_until_idle(app, pilot)
        if not panel:
            assert screen.rows
            screen.rows.move_to("offload:2025-06-14-01-CARD2")
            await wait_until_idle(app, pilot)

    assert snap_compare(app, terminal_size=SIZES[size], run_before=ready)


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_plain_text_for_screen_readers(sample_studio: Path, snap_compare: Any, mode: str) -> None:
    assert matches_snapshot(
        snap_compare, console(sample_studio, screen=mode, take="take-1", plain=True), SIZES["80x24"]
    )


@pytest.mark.parametrize("mode", ["takes", "sound", "deliver"])
def test_terminal_colours(sample_studio: Path, snap_compare: Any, mode: str) -> None:
    assert matches_snapshot(snap_compare, console(sample_studio, screen=mode, theme="cleanwater-ansi"), SIZES["80x24"])


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_a_very_small_terminal(sample_studio: Path, snap_compare: Any, mode: str) -> None:
    assert matches_snapshot(snap_compare, console(sample_studio, screen=mode, take="take-1"), (40, 10))


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_an_empty_studio(sample_studio: Path, snap_compare: Any, mode: str) -> None:
    Studio(Path("empty")).close()
    assert matches_snapshot(snap_compare, console(Path("empty"), screen=mode), SIZES["80x24"])
