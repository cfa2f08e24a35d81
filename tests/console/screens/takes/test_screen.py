"""Takes: the list, and decisions that are written at once, undone, and visible to other consoles."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.app import ConsoleApp, LaunchOptions
from cwtui.console.screens.takes.screen import TakesScreen
from cwtui.console.session import Session, read_session, session_path, write_session
from cwtui.console.terminal.capabilities import Terminal
from engine.catalog import Catalog, Encoding, Review, Take
from engine.studio import Studio

from ...pilot import key_hints, opened, press, settled, until


def written(folder: Path, number: int) -> tuple[Take, Review]:
    """A take and its review, read from the catalog by another connection."""
    studio = Studio(folder)
    take = next(take for take in studio.takes(studio.project(None)) if take.number == number)
    review = studio.catalog.reviews.of(take)
    studio.close()
    return take, review


async def test_a_verdict_is_in_the_catalog_as_soon_as_it_is_pressed_and_z_takes_it_back(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "y", "asterisk")
        assert (written(studio_folder, 1)[1].verdict, written(studio_folder, 1)[1].star) == ("keep", True)
        await press(app, pilot, "z")
        assert "Undid" in key_hints(app)
        await press(app, pilot, "z")
        assert (written(studio_folder, 1)[1].verdict, written(studio_folder, 1)[1].star) == (None, False)
        await press(app, pilot, "Z", "Z")
        assert (written(studio_folder, 1)[1].verdict, written(studio_folder, 1)[1].star) == ("keep", True)


async def test_a_slip_is_offered_as_a_retake_of_the_take_that_says_it_right(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        assert app.take
        await until(pilot, lambda: app.take and app.suggest_retake(app.take))
        suggested = app.suggest_retake(app.take)
        assert suggested
        assert suggested.number == 2
        await press(app, pilot, "x", "enter")
        assert written(studio_folder, 1)[1].retake_of == suggested.id


async def test_log_waits_for_an_answer_that_is_asked_for_by_name(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "a")
        assert "not waiting for an answer" in key_hints(app)
        await press(app, pilot, "G", "a")
        assert app.screen is not app.mode_screen
        await press(app, pilot, "enter")
        assert written(studio_folder, 3)[0].input_transform is Encoding.APPLE_LOG
        assert not app.snapshot.needs_confirmation
        await press(app, pilot, "z")
        assert written(studio_folder, 3)[0].input_transform is None
        assert app.snapshot.needs_confirmation
        await press(app, pilot, "Z")
        assert written(studio_folder, 3)[0].input_transform is Encoding.APPLE_LOG


async def test_two_consoles_see_what_the_other_one_decides(studio_folder: Path) -> None:
    async with opened(studio_folder) as (mine, pilot), opened(studio_folder) as (theirs, other):
        await press(theirs, other, "y")
        await until(pilot, lambda: mine.take and mine.snapshot.review(mine.take).verdict == "keep")
        await press(mine, pilot, "z")
        await until(other, lambda: theirs.take and theirs.snapshot.review(theirs.take).verdict is None)


async def test_a_project_that_is_made_elsewhere_is_not_turned_to(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        shown = app.snapshot.project
        Catalog.in_studio(studio_folder).add_project("Other", "other")
        await until(pilot, lambda: len(app.snapshot.projects) == 2)
        assert app.snapshot.project == shown


def test_a_place_that_is_none_is_the_beginning(studio_folder: Path) -> None:
    write_session(studio_folder, Session(screen="review"))
    path = session_path(studio_folder)
    path.write_text(path.read_text().replace("[0,1]", "[1,0]"))
    assert read_session(studio_folder) == Session()


async def test_where_one_was_is_where_one_is_again(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "f", "j", "R", "w", "w")
        at = app.session
        await until(pilot, lambda: read_session(studio_folder).playhead)
    session = read_session(studio_folder)
    assert (session.screen, session.take, session.filter) == ("review", at.take, "undecided")
    async with opened(studio_folder, **session.model_dump()) as (app, pilot):
        assert app.mode_screen
        assert (app.mode_screen.MODE, app.take.number if app.take else 0) == ("review", 2)
        assert app.session.playhead == session.playhead > 0


async def test_a_filter_shows_what_it_says_and_how_to_see_the_rest(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, TakesScreen)
        await press(app, pilot, "y", "f", "f")
        assert app.session.filter == "kept"
        assert screen.rows
        assert [key for key in screen.rows.keys if not key.startswith("#")] == [app.snapshot.takes[0].id]
        await press(app, pilot, "f")
        assert app.session.filter == "retakes"
        assert screen.take is None
        await press(app, pilot, "y")
        assert "No take" in key_hints(app)


async def test_a_take_whose_file_is_gone_says_so_and_stops_nothing(studio_folder: Path) -> None:
    take, _ = written(studio_folder, 1)
    footage = studio_folder / take.path
    footage.parent.chmod(0o755)
    footage.rename(footage.with_suffix(".away"))
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "R", "w", "T", "y")
        assert written(studio_folder, 1)[1].verdict == "keep"
        media = app.take_media.get(take)
        assert media
        assert not media.present
        await settled(app, pilot)


async def test_keys_that_come_faster_than_the_screen_each_count(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await pilot.press("asterisk", "asterisk", "asterisk")
        await settled(app, pilot)
        assert written(studio_folder, 1)[1].star
        await press(app, pilot, "y", "C")
        await pilot.press(*["right"] * 6)
        await settled(app, pilot)
        take, review = written(studio_folder, 1)
        assert take.probe.picture
        assert review.starts == 6 / take.probe.picture.frame_rate


async def test_what_was_said_in_one_screen_does_not_stay_there(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "a")
        assert "not waiting for an answer" in key_hints(app)
        await press(app, pilot, "J", "r")
        assert "Only failed" in key_hints(app)
        await press(app, pilot, "T")
        assert "help" in key_hints(app)


async def test_footage_that_is_put_back_is_there_again(studio_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cwtui.console.workers.take_media._MAX_AGE_S", 0.0)
    take, _ = written(studio_folder, 1)
    footage = studio_folder / take.path
    footage.parent.chmod(0o755)
    away = footage.rename(footage.with_suffix(".away"))
    async with opened(studio_folder) as (app, pilot):
        await until(pilot, lambda: (seen := app.take_media.get(take)) and not seen.present)
        away.rename(footage)
        await until(pilot, lambda: (seen := app.take_media.get(take)) and seen.present)


async def test_the_loudest_take_comes_first_once_all_have_been_heard(studio_folder: Path) -> None:
    async with opened(studio_folder, sort="loudest") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, TakesScreen)
        await settled(app, pilot)
        assert screen.rows
        heard = [app.take_media.loudness_of(app.snapshot.by_id[key]) for key in screen.rows.keys]
        assert heard == sorted(heard, key=lambda lufs: -(lufs or -200.0))
        assert None not in heard


async def test_a_filter_that_there_is_not_is_followed_by_the_first(studio_folder: Path) -> None:
    async with opened(studio_folder, filter="nonsense", sort="sideways") as (app, pilot):
        await press(app, pilot, "f", "o")
        assert (app.session.filter, app.session.sort) == ("all", "shot")


async def test_a_project_that_is_not_there_is_not_taken_for_another(studio_folder: Path) -> None:
    app = ConsoleApp(LaunchOptions(studio_folder, Session(), {}, Terminal("text"), "Nowhere"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.failure)
    assert app.failure
    assert "Nowhere" in app.failure.message
    assert app.return_code == 2
