"""Failures around the console: they are reported in a message, and the console keeps running."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from cwtui.console.app import ConsoleApp, LaunchOptions
from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.workers.error_report import error_log_path
from engine.catalog import Project, Take
from engine.catalog.catalog import migrations
from engine.studio import Studio

from .pilot import key_hints, opened, own_state, press, settled, until
from .terminal_pty import TerminalPty, console_command

# Written without the console's checks, as by an editor or a crash.
BROKEN = 'title = "Mine"\n\n[picture\nview = "sdr"\n'
LATIN = 'title = "Fête"\n'.encode("latin-1")
ROOMS = {"R": "review", "S": "sound", "C": "cut", "D": "deliver", "T": "takes"}


# A studio that cannot be opened


def catalog_of(folder: Path, version: int) -> None:
    """A catalog at an older schema version, with a project in it."""
    folder.mkdir()
    db = sqlite3.connect(folder / "catalog.sqlite")
    for number, script in migrations():
        if number <= version:
            db.executescript(script)
            db.execute(f"PRAGMA user_version = {number}")
    db.execute("INSERT INTO project (id, name, folder, created_at) VALUES ('old', 'Old', 'old', '2025-06-14T06:00Z')")
    db.commit()
    db.close()


def said_by(folder: Path, home: Path) -> tuple[int, str]:
    """The exit code of a console that fails to open a folder, and the text on the terminal."""
    script = f'{shlex.join(console_command(folder))}; echo "left with $?"'
    with TerminalPty(["sh", "-c", script], (200, 40), own_state(home)) as terminal:
        terminal.until_shown("left with")
        assert b"Traceback" not in terminal.since(0)
        assert terminal.since(0).count(b"\x1b[?1049h") == terminal.since(0).count(b"\x1b[?1049l")
        return int(terminal.text.partition("left with ")[2].split()[0]), terminal.text


@pytest.mark.parametrize("version", [number for number, _ in migrations()][:-1])
async def test_a_catalog_of_an_older_cleanwater_is_brought_up_to_date_and_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    catalog_of(tmp_path / "studio", version)
    async with opened(tmp_path / "studio") as (app, pilot):
        assert [project.name for project in app.snapshot.projects] == ["Old"]
        await press(app, pilot, *ROOMS)
    with sqlite3.connect(tmp_path / "studio" / "catalog.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == migrations()[-1][0]


def test_a_catalog_of_a_newer_cleanwater_is_left_alone_and_said_to_be_one(tmp_path: Path) -> None:
    catalog_of(tmp_path / "studio", migrations()[-1][0])
    with sqlite3.connect(tmp_path / "studio" / "catalog.sqlite") as db:
        db.execute("PRAGMA user_version = 999")
    code, said = said_by(tmp_path / "studio", tmp_path)
    assert code == 1
    assert "was written by a newer Cleanwater (schema 999" in said
    assert "Update Cleanwater on this machine." in said


def test_a_file_that_is_no_catalog_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "catalog.sqlite").write_bytes(b"holiday pictures " * 1000)
    code, said = said_by(tmp_path / "studio", tmp_path)
    assert code == 1
    assert "cannot be read as a studio's catalog" in said
    assert "Restore a damaged file from a backup" in said


def test_a_studio_that_would_lie_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("not a folder")
    code, said = said_by(tmp_path / "note.txt" / "studio", tmp_path)
    assert code == 1
    assert "System error" in said


def own_mounts() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not own_mounts(), reason="needs Linux with mounts of one's own (unshare -Urm)")
def test_a_studio_that_may_only_be_read_says_so(studio_folder: Path, tmp_path: Path) -> None:
    mounted = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && "$@"; echo "left with $?"'
    words = ["unshare", "-Urm", "sh", "-c", mounted, str(studio_folder), *console_command(studio_folder)]
    with TerminalPty(words, (200, 40), own_state(tmp_path)) as terminal:
        terminal.until_shown("left with 1")
        assert "is writable" in terminal.text
        assert b"Traceback" not in terminal.since(0)


# Recipes from other programs


async def test_a_recipe_that_is_no_toml_is_listed_says_its_line_and_harms_no_other(studio_folder: Path) -> None:
    (studio_folder / "recipes").mkdir()
    (studio_folder / "recipes" / "mine.toml").write_text(BROKEN)
    async with opened(studio_folder, screen="deliver", recipe="mine") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        assert screen.recipe
        assert screen.recipe.name == "mine"
        assert screen._faults[0][0] == 2
        await press(app, pilot, "r")
        assert "Line 3" in key_hints(app)
        await press(app, pilot, "g")
        assert not screen._faults
        assert screen._estimates


async def test_a_recipe_that_is_not_utf_8_says_so_and_is_kept_as_it_is(studio_folder: Path) -> None:
    (studio_folder / "recipes").mkdir()
    (studio_folder / "recipes" / "mine.toml").write_bytes(LATIN)
    async with opened(studio_folder, screen="deliver", recipe="mine") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        assert screen._faults
        assert "UTF-8" in screen._faults[0][1]
        await press(app, pilot, "r")
        assert "UTF-8" in key_hints(app)
        await press(app, pilot, "e")
        assert "UTF-8" in key_hints(app)
        assert (studio_folder / "recipes" / "mine.toml").read_bytes() == LATIN


async def test_a_recipe_that_is_a_folder_or_leads_nowhere_is_not_on_the_list(studio_folder: Path) -> None:
    (studio_folder / "recipes" / "folder.toml").mkdir(parents=True)
    (studio_folder / "recipes" / "nowhere.toml").symlink_to(studio_folder / "gone.toml")
    async with opened(studio_folder, screen="deliver") as (app, _):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        assert screen.recipe
        assert screen.rows
        assert not {"folder", "nowhere"} & set(screen.rows.keys)


# Takes with missing files


def first(folder: Path) -> tuple[Studio, Project, Take]:
    studio = Studio(folder)
    project = studio.project(None)
    return studio, project, studio.takes(project)[0]


def without_its_footage(folder: Path) -> None:
    studio, _, take = first(folder)
    studio.close()
    path = folder / take.path
    path.parent.chmod(0o755)
    path.rename(path.with_suffix(".away"))


def with_broken_words(folder: Path) -> None:
    studio, project, take = first(folder)
    studio.close()
    (folder / project.folder / "transcripts" / f"{take.label}.json").write_text('{"version": 1, "words": [{')


def with_broken_levels(folder: Path) -> None:
    studio, _, take = first(folder)
    (studio.artifact_folder(take.id) / f"{take.digest}.levels.json").write_bytes(b"\xff\xfe{}")
    studio.close()


@pytest.mark.parametrize(
    ("lose", "summary"),
    [
        (without_its_footage, "footage missing"),
        (with_broken_words, "Transcript cannot be read"),
        (with_broken_levels, "Levels cannot be read"),
    ],
)
async def test_every_screen_stays_up_over_a_take_that_lost_something_and_says_what(
    studio_folder: Path, lose: Callable[[Path], None], summary: str
) -> None:
    lose(studio_folder)
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "y", *ROOMS)
        take = app.take
        assert take
        media = app.take_media.get(take)
        assert media
        assert media.present is (summary != "footage missing")
        await press(app, pilot, "T")
        assert app.mode_screen
        assert summary in "\n".join(lines(app)), "\n".join(lines(app))


async def test_review_says_in_the_frames_place_that_the_footage_is_gone(studio_folder: Path) -> None:
    without_its_footage(studio_folder)
    async with opened(studio_folder, screen="review") as (app, pilot):
        still = app.screen.query_one("#frame", FrameView)
        await until(pilot, lambda: "is missing" in still._text)
        await press(app, pilot, "right", "space", "k", "w", "m", "M", "escape")
        assert app.is_running


async def test_a_delivery_of_a_take_whose_footage_is_gone_says_so(studio_folder: Path) -> None:
    without_its_footage(studio_folder)
    async with opened(studio_folder, recipe="podcast") as (app, pilot):
        await press(app, pilot, "y", "D", "r")
        assert "is missing" in key_hints(app)


def lines(app: Any) -> list[str]:
    """The lines of the screen."""
    from rich.segment import Segment

    updates = app.screen._compositor.render_strips()
    return ["".join(text for text, _, control in Segment.simplify(strip) if not control) for strip in updates]


# Unexpected exceptions on threads


async def test_work_that_fails_as_nobody_foresaw_is_said_and_written_down_and_the_worker_works_on(
    studio_folder: Path,
) -> None:
    def broken(studio: Studio, project: Project | None) -> NoReturn:
        raise ZeroDivisionError("nobody foresaw this")

    async with opened(studio_folder) as (app, pilot):
        app.submit(broken)
        await settled(app, pilot)
        assert "ZeroDivisionError: nobody foresaw this" in key_hints(app)
        assert "in broken" in error_log_path().read_text()
        await press(app, pilot, "y")
        assert app.take
        assert app.snapshot.review(app.take).verdict == "keep"


@pytest.mark.parametrize("where", ["levels_path", "read_levels"])
async def test_a_media_that_fails_as_nobody_foresaw_is_one_takes_trouble(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(f"engine.tasks.{where}", lambda *asked: 1 / 0)
    async with opened(studio_folder) as (app, _):
        media = app.take_media.get(app.snapshot.takes[0])
        assert media
        assert "ZeroDivisionError" in media.error
        assert app.take_media.is_alive()


async def test_a_frame_that_fails_as_nobody_foresaw_says_so_in_its_place_and_the_next_one_comes(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.picture import Viewer

    at, fails = Viewer.at, [True]

    def sometimes(viewer: Viewer, tick: int, width: int) -> Any:
        return 1 / 0 if fails else at(viewer, tick, width)

    monkeypatch.setattr(Viewer, "at", sometimes)
    async with opened(studio_folder, screen="review") as (app, pilot):
        still = app.screen.query_one("#frame", FrameView)
        await until(pilot, lambda: "ZeroDivisionError" in still._text)
        fails.clear()
        await press(app, pilot, "right")
        await until(pilot, lambda: still.has_image)
        assert app.frame_loader.is_alive()


async def test_a_row_that_cannot_be_read_is_said_and_the_console_goes_on(studio_folder: Path) -> None:
    with sqlite3.connect(studio_folder / "catalog.sqlite") as db:
        (probe,) = db.execute("SELECT probe FROM take WHERE number = 2").fetchone()
        db.execute("UPDATE take SET probe = '{}' WHERE number = 2")
    app = ConsoleApp(LaunchOptions(studio_folder, Session(), {}, Terminal("blocks")))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.mode_screen and "ValidationError" in key_hints(app))
        db.execute("UPDATE take SET probe = ? WHERE number = 2", (probe,))
        db.commit()
        await until(pilot, lambda: len(app.snapshot.takes) == 3)
    db.close()


async def test_a_studio_whose_disk_goes_away_is_missed_and_found_again(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        away = studio_folder.rename(studio_folder.with_name("away"))
        await until(pilot, lambda: "System error" in key_hints(app))
        away.rename(studio_folder)
        await press(app, pilot, "y")
        assert app.take
        assert app.snapshot.review(app.take).verdict == "keep"
