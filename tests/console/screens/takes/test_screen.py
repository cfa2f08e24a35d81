"""Takes: the list, and decisions that are stored at once, undone, and shown in other consoles."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.transform_prompt import TransformPrompt
from cwtui.console.launch_options import LaunchOptions
from cwtui.console.screens.takes.screen import TakesScreen
from cwtui.console.session import Session, read_session, session_path, write_session
from cwtui.console.terminal.capabilities import Terminal
from cwtui.console.widgets.frame_view import FrameView
from engine.catalog import Catalog, Encoding, Review, Take
from engine.studio import Studio

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle


def read_take(folder: Path, number: int) -> tuple[Take, Review]:
    """A take and its review, read from the catalog by another connection."""
    studio = Studio(folder)
    take = next(take for take in studio.takes(studio.project(None)) if take.number == number)
    review = studio.catalog.reviews.of(take)
    studio.close()
    return take, review


async def test_a_verdict_is_stored_at_once_and_undone(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "y", "asterisk")
        assert (read_take(studio_folder, 1)[1].verdict, read_take(studio_folder, 1)[1].star) == ("keep", True)
        await press(app, pilot, "z")
        assert "Undid" in key_hints(app)
        await press(app, pilot, "z")
        assert (read_take(studio_folder, 1)[1].verdict, read_take(studio_folder, 1)[1].star) == (None, False)
        await press(app, pilot, "Z", "Z")
        assert (read_take(studio_folder, 1)[1].verdict, read_take(studio_folder, 1)[1].star) == ("keep", True)


async def test_a_misspoken_take_is_suggested_as_a_retake(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        assert app.take
        await wait_until(pilot, lambda: app.take and app.suggest_retake(app.take))
        suggested = app.suggest_retake(app.take)
        assert suggested
        assert suggested.number == 2
        await press(app, pilot, "x", "enter")
        assert read_take(studio_folder, 1)[1].retake_of == suggested.id


async def test_a_log_take_waits_for_its_input_transform(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "a")
        assert "not waiting for an answer" in key_hints(app)
        await press(app, pilot, "G", "a")
        prompt = app.screen
        assert isinstance(prompt, TransformPrompt)
        frame = prompt.query_one(FrameView)
        await wait_until(pilot, lambda: frame.has_image)
        looks = {str(frame._image)}
        await press(app, pilot, "down", "down")
        looks.add(str(frame._image))
        await press(app, pilot, "up", "up")
        looks.add(str(frame._image))
        assert len(looks) == 2
        await press(app, pilot, "enter")
        assert read_take(studio_folder, 3)[0].input_transform is Encoding.APPLE_LOG
        assert not app.snapshot.needs_confirmation
        await press(app, pilot, "z")
        assert read_take(studio_folder, 3)[0].input_transform is None
        assert app.snapshot.needs_confirmation
        await press(app, pilot, "Z")
        assert read_take(studio_folder, 3)[0].input_transform is Encoding.APPLE_LOG


async def test_two_consoles_show_each_others_decisions(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (mine, pilot), open_console(studio_folder) as (theirs, other):
        await press(theirs, other, "y")
        await wait_until(pilot, lambda: mine.take and mine.snapshot.review(mine.take).verdict == "keep")
        await press(mine, pilot, "z")
        await wait_until(other, lambda: theirs.take and theirs.snapshot.review(theirs.take).verdict is None)


async def test_a_project_created_elsewhere_is_not_selected(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        shown = app.snapshot.project
        Catalog.in_studio(studio_folder).add_project("Other", "other")
        await wait_until(pilot, lambda: len(app.snapshot.projects) == 2)
        assert app.snapshot.project == shown


def test_an_invalid_session_is_replaced_by_the_default(studio_folder: Path) -> None:
    write_session(studio_folder, Session(screen="review"))
    path = session_path(studio_folder)
    path.write_text(path.read_text().replace("[0,1]", "[1,0]"))
    assert read_session(studio_folder) == Session()


async def test_a_session_is_restored_at_the_next_start(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "f", "j", "R", "w", "w")
        at = app.session
        await wait_until(pilot, lambda: read_session(studio_folder).playhead)
    session = read_session(studio_folder)
    assert (session.screen, session.take, session.filter) == ("review", at.take, "undecided")
    async with open_console(studio_folder, **session.model_dump()) as (app, pilot):
        assert app.mode_screen
        assert (app.mode_screen.MODE, app.take.number if app.take else 0) == ("review", 2)
        assert app.session.playhead == session.playhead > 0


async def test_a_filter_lists_only_the_matching_takes(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
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


async def test_a_take_with_missing_footage_can_be_reviewed(studio_folder: Path) -> None:
    take, _ = read_take(studio_folder, 1)
    footage = studio_folder / take.path
    footage.parent.chmod(0o755)
    footage.rename(footage.with_suffix(".away"))
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "R", "w", "T", "y")
        assert read_take(studio_folder, 1)[1].verdict == "keep"
        media = app.take_media.get(take)
        assert media
        assert not media.present
        await wait_until_idle(app, pilot)


async def test_every_key_of_a_fast_sequence_takes_effect(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await pilot.press("asterisk", "asterisk", "asterisk")
        await wait_until_idle(app, pilot)
        assert read_take(studio_folder, 1)[1].star
        await press(app, pilot, "y", "C")
        await pilot.press(*["right"] * 6)
        await wait_until_idle(app, pilot)
        take, review = read_take(studio_folder, 1)
        assert take.probe.picture
        assert review.starts == 6 / take.probe.picture.frame_rate


async def test_a_message_is_removed_when_the_screen_changes(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "a")
        assert "not waiting for an answer" in key_hints(app)
        await press(app, pilot, "J", "r")
        assert "Only failed" in key_hints(app)
        await press(app, pilot, "T")
        assert "help" in key_hints(app)


async def test_restored_footage_is_detected(studio_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cwtui.console.workers.take_media._MAX_AGE_S", 0.0)
    take, _ = read_take(studio_folder, 1)
    footage = studio_folder / take.path
    footage.parent.chmod(0o755)
    away = footage.rename(footage.with_suffix(".away"))
    async with open_console(studio_folder) as (app, pilot):
        await wait_until(pilot, lambda: (media := app.take_media.get(take)) and not media.present)
        away.rename(footage)
        await wait_until(pilot, lambda: (media := app.take_media.get(take)) and media.present)


async def test_the_loudest_take_is_first_once_all_are_measured(studio_folder: Path) -> None:
    async with open_console(studio_folder, sort="loudest") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, TakesScreen)
        await wait_until_idle(app, pilot)
        assert screen.rows
        loudness = [app.take_media.loudness_of(app.snapshot.by_id[key]) for key in screen.rows.keys]
        assert loudness == sorted(loudness, key=lambda lufs: -(lufs or -200.0))
        assert None not in loudness


async def test_an_unknown_filter_or_order_is_followed_by_the_first(studio_folder: Path) -> None:
    async with open_console(studio_folder, filter="nonsense", sort="sideways") as (app, pilot):
        await press(app, pilot, "f", "o")
        assert (app.session.filter, app.session.sort) == ("all", "shot")


async def test_an_unknown_project_is_an_error(studio_folder: Path) -> None:
    app = ConsoleApp(LaunchOptions(studio_folder, Session(), {}, Terminal("text"), "Nowhere"))
    async with app.run_test() as pilot:
        await wait_until(pilot, lambda: app.failure)
    assert app.failure
    assert "Nowhere" in app.failure.message
    assert app.return_code == 2
