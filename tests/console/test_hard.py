"""Failures are reported in a message, and the console keeps running."""

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

from cwtui.console.app import ConsoleApp
from cwtui.console.launch_options import LaunchOptions
from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.workers.error_report import error_log_path
from engine.catalog import Project, Take
from engine.catalog.catalog import migrations
from engine.studio import Studio

from .pilot import isolated_environment, key_hints, open_console, press, wait_until, wait_until_idle
from .terminal_pty import TerminalPty, console_command

# File contents that another program or a crash can leave behind.
BROKEN = 'title = "Mine"\n\n[picture\nview = "sdr"\n'
LATIN = 'title = "Fête"\n'.encode("latin-1")
SCREEN_KEYS = {"R": "review", "S": "sound", "C": "cut", "D": "deliver", "T": "takes"}


# A studio that cannot be opened


def create_old_catalog(folder: Path, version: int) -> None:
    """Create a catalog at an older schema version, with one project."""
    folder.mkdir()
    db = sqlite3.connect(folder / "catalog.sqlite")
    for number, script in migrations():
        if number <= version:
            db.executescript(script)
            db.execute(f"PRAGMA user_version = {number}")
    db.execute("INSERT INTO project (id, name, folder, created_at) VALUES ('old', 'Old', 'old', '2025-06-14T06:00Z')")
    db.commit()
    db.close()


def run_failing_console(folder: Path, home: Path) -> tuple[int, str]:
    """Start a console that cannot open a folder; return its exit code and the terminal text."""
    script = f'{shlex.join(console_command(folder))}; echo "left with $?"'
    with TerminalPty(["sh", "-c", script], (200, 40), isolated_environment(home)) as terminal:
        terminal.until_shown("left with")
        assert b"Traceback" not in terminal.since(0)
        assert terminal.since(0).count(b"\x1b[?1049h") == terminal.since(0).count(b"\x1b[?1049l")
        return int(terminal.text.partition("left with ")[2].split()[0]), terminal.text


# The oldest version runs all migrations.
VERSIONS = [number for number, _ in migrations()][:-1]


@pytest.mark.parametrize(
    "version", [VERSIONS[0], *(pytest.param(number, marks=pytest.mark.slow) for number in VERSIONS[1:])]
)
async def test_a_catalog_of_an_older_version_is_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    create_old_catalog(tmp_path / "studio", version)
    async with open_console(tmp_path / "studio") as (app, pilot):
        assert [project.name for project in app.snapshot.projects] == ["Old"]
        await press(app, pilot, *SCREEN_KEYS)
    with sqlite3.connect(tmp_path / "studio" / "catalog.sqlite") as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == migrations()[-1][0]


def test_a_catalog_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    create_old_catalog(tmp_path / "studio", migrations()[-1][0])
    with sqlite3.connect(tmp_path / "studio" / "catalog.sqlite") as db:
        db.execute("PRAGMA user_version = 999")
    code, output = run_failing_console(tmp_path / "studio", tmp_path)
    assert code == 1
    assert "was written by a newer Cleanwater (schema 999" in output
    assert "Update Cleanwater on this machine." in output


def test_a_file_that_is_not_a_catalog_is_refused(tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "catalog.sqlite").write_bytes(b"holiday pictures " * 1000)
    code, output = run_failing_console(tmp_path / "studio", tmp_path)
    assert code == 1
    assert "cannot be read as a studio's catalog" in output
    assert "Restore a damaged file from a backup" in output


def test_a_studio_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("not a folder")
    code, output = run_failing_console(tmp_path / "note.txt" / "studio", tmp_path)
    assert code == 2
    assert "note.txt is a file, not a folder." in output


def can_create_mounts() -> bool:
    if sys.platform != "linux" or not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_create_mounts(), reason="needs Linux with private mounts (unshare -Urm)")
def test_a_read_only_studio_is_refused(studio_folder: Path, tmp_path: Path) -> None:
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && "$@"; echo "left with $?"'
    command = ["unshare", "-Urm", "sh", "-c", script, str(studio_folder), *console_command(studio_folder)]
    with TerminalPty(command, (200, 40), isolated_environment(tmp_path)) as terminal:
        terminal.until_shown("left with 1")
        assert "is writable" in terminal.text
        assert b"Traceback" not in terminal.since(0)


# Recipes from other programs


async def test_a_recipe_with_a_syntax_error_is_listed_with_its_line(studio_folder: Path) -> None:
    (studio_folder / "recipes").mkdir()
    (studio_folder / "recipes" / "mine.toml").write_text(BROKEN)
    async with open_console(studio_folder, screen="deliver", recipe="mine") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        assert screen.recipe
        assert screen.recipe.name == "mine"
        assert screen._faults[0][0] == 2
        await press(app, pilot, "r")
        assert "Line 3" in key_hints(app)
        await press(app, pilot, "g")
        assert not screen._faults
        assert screen._forecasts.ready.forecast.estimates


async def test_a_recipe_that_is_not_utf_8_is_reported_and_unchanged(studio_folder: Path) -> None:
    (studio_folder / "recipes").mkdir()
    (studio_folder / "recipes" / "mine.toml").write_bytes(LATIN)
    async with open_console(studio_folder, screen="deliver", recipe="mine") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        assert screen._faults
        assert "UTF-8" in screen._faults[0][1]
        await press(app, pilot, "r")
        assert "UTF-8" in key_hints(app)
        await press(app, pilot, "e")
        assert "UTF-8" in key_hints(app)
        assert (studio_folder / "recipes" / "mine.toml").read_bytes() == LATIN


async def test_a_folder_or_a_broken_link_is_not_listed_as_a_recipe(studio_folder: Path) -> None:
    (studio_folder / "recipes" / "folder.toml").mkdir(parents=True)
    (studio_folder / "recipes" / "nowhere.toml").symlink_to(studio_folder / "gone.toml")
    async with open_console(studio_folder, screen="deliver") as (app, _):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        assert screen.recipe
        assert screen.rows
        assert not {"folder", "nowhere"} & set(screen.rows.keys)


# Takes with missing files


def open_first_take(folder: Path) -> tuple[Studio, Project, Take]:
    studio = Studio(folder)
    project = studio.project(None)
    return studio, project, studio.takes(project)[0]


def remove_footage(folder: Path) -> None:
    studio, _, take = open_first_take(folder)
    studio.close()
    path = folder / take.path
    path.parent.chmod(0o755)
    path.rename(path.with_suffix(".away"))


def break_transcript(folder: Path) -> None:
    studio, project, take = open_first_take(folder)
    studio.close()
    (folder / project.folder / "transcripts" / f"{take.label}.json").write_text('{"version": 1, "words": [{')


def break_levels(folder: Path) -> None:
    studio, _, take = open_first_take(folder)
    (studio.artifact_folder(take.id) / f"{take.digest}.levels.json").write_bytes(b"\xff\xfe{}")
    studio.close()


@pytest.mark.parametrize(
    ("break_files", "message"),
    [
        (remove_footage, "footage missing"),
        (break_transcript, "Transcript cannot be read"),
        (break_levels, "Levels cannot be read"),
    ],
)
async def test_every_screen_opens_for_a_take_with_broken_files(
    studio_folder: Path, break_files: Callable[[Path], None], message: str
) -> None:
    break_files(studio_folder)
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "y", *SCREEN_KEYS)
        take = app.take
        assert take
        media = app.take_media.get(take)
        assert media
        assert media.present is (message != "footage missing")
        await press(app, pilot, "T")
        assert app.mode_screen
        assert message in "\n".join(lines(app)), "\n".join(lines(app))


async def test_review_shows_missing_footage_in_place_of_the_frame(studio_folder: Path) -> None:
    remove_footage(studio_folder)
    async with open_console(studio_folder, screen="review") as (app, pilot):
        frame = app.screen.query_one("#frame", FrameView)
        await wait_until(pilot, lambda: "is missing" in frame._text)
        await press(app, pilot, "right", "space", "k", "w", "m", "M", "escape")
        assert app.is_running


async def test_a_delivery_of_missing_footage_is_refused(studio_folder: Path) -> None:
    remove_footage(studio_folder)
    async with open_console(studio_folder, recipe="podcast") as (app, pilot):
        await press(app, pilot, "y", "D", "r")
        assert "is missing" in key_hints(app)


def lines(app: Any) -> list[str]:
    """The lines of the screen."""
    from rich.segment import Segment

    updates = app.screen._compositor.render_strips()
    return ["".join(text for text, _, control in Segment.simplify(strip) if not control) for strip in updates]


# Unexpected exceptions on threads


async def test_an_unexpected_worker_error_is_shown_and_logged(
    studio_folder: Path,
) -> None:
    def broken(studio: Studio, project: Project | None) -> NoReturn:
        raise ZeroDivisionError("nobody foresaw this")

    async with open_console(studio_folder) as (app, pilot):
        app.submit(broken)
        await wait_until_idle(app, pilot)
        assert "ZeroDivisionError: nobody foresaw this" in key_hints(app)
        assert "in broken" in error_log_path().read_text()
        await press(app, pilot, "y")
        assert app.take
        assert app.snapshot.review(app.take).verdict == "keep"


@pytest.mark.parametrize("function", ["levels_path", "read_levels"])
async def test_an_unexpected_media_error_affects_only_its_take(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.setattr(f"engine.tasks.{function}", lambda *arguments: 1 / 0)
    async with open_console(studio_folder) as (app, _):
        media = app.take_media.get(app.snapshot.takes[0])
        assert media
        assert "ZeroDivisionError" in media.error
        assert app.take_media.is_alive()


async def test_an_unexpected_frame_error_does_not_stop_the_loader(
    studio_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.picture import Viewer

    read_frame, failing = Viewer.at, [True]

    def fail_or_read(viewer: Viewer, *request: Any) -> Any:
        return 1 / 0 if failing else read_frame(viewer, *request)

    monkeypatch.setattr(Viewer, "at", fail_or_read)
    async with open_console(studio_folder, screen="review") as (app, pilot):
        frame = app.screen.query_one("#frame", FrameView)
        await wait_until(pilot, lambda: "ZeroDivisionError" in frame._text)
        failing.clear()
        await press(app, pilot, "right")
        await wait_until(pilot, lambda: frame.has_image)
        assert app.frame_loader.is_alive()


async def test_an_invalid_catalog_row_is_reported_until_it_is_repaired(studio_folder: Path) -> None:
    with sqlite3.connect(studio_folder / "catalog.sqlite") as db:
        (probe,) = db.execute("SELECT probe FROM take WHERE number = 2").fetchone()
        db.execute("UPDATE take SET probe = '{}' WHERE number = 2")
    app = ConsoleApp(LaunchOptions(studio_folder, Session(), {}, Terminal("blocks")))
    async with app.run_test(size=(120, 40)) as pilot:
        await wait_until(pilot, lambda: app.mode_screen and "ValidationError" in key_hints(app))
        db.execute("UPDATE take SET probe = ? WHERE number = 2", (probe,))
        db.commit()
        await wait_until(pilot, lambda: len(app.snapshot.takes) == 3)
    db.close()


async def test_a_studio_is_usable_after_its_disk_returns(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        away = studio_folder.rename(studio_folder.with_name("away"))
        await wait_until(pilot, lambda: "System error" in key_hints(app))
        away.rename(studio_folder)
        await press(app, pilot, "y")
        assert app.take
        assert app.snapshot.review(app.take).verdict == "keep"
