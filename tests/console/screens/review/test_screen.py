"""Review: one playhead over frame, words, sound and window; navigation and markers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from cwtui.console.screens.review.screen import ReviewScreen
from cwtui.console.widgets.frame_view import FrameView
from engine.speech import find
from engine.studio import Studio

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle


def review_screen(app: object) -> ReviewScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, ReviewScreen)
    return screen


async def test_keys_seek_to_words_sentences_and_pauses(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        await press(app, pilot, "down")
        screen = review_screen(app)
        assert screen.media.transcript
        words = screen.media.transcript.words
        for word in words[:3]:
            await press(app, pilot, "w")
            assert screen.at == word.start
        await press(app, pilot, "b")
        assert screen.at == words[1].start
        await press(app, pilot, "end", "right_square_bracket")
        assert "no further silence" in key_hints(app)
        await press(app, pilot, "home", "left_parenthesis")
        assert "no earlier sentence" in key_hints(app)


async def test_a_marker_is_added_named_found_and_undone(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        await press(app, pilot, "down", "w", "w", "m")
        screen = review_screen(app)
        at = screen.at
        await wait_until(pilot, lambda: screen.marker)
        await press(app, pilot, "M", *"sunrise", "enter")
        assert app.take
        assert [(marker.at, marker.label) for marker in app.snapshot.markers_of(app.take)] == [(at, "sunrise")]
        await press(app, pilot, "home", "apostrophe")
        assert screen.at == at
        await press(app, pilot, "slash", *"sunr")
        await wait_until(pilot, lambda: app.screen.query("RowList").first().keys)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert review_screen(app).at == at
        await press(app, pilot, "delete")
        assert not app.snapshot.markers_of(app.take)
        await press(app, pilot, "z", "z", "z")
        assert not app.snapshot.markers_of(app.take)


async def test_the_shown_frame_is_the_frame_at_the_playhead(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        screen = review_screen(app)
        await press(app, pilot, "right", "right", "right")
        frame = screen.query_one("#frame", FrameView)
        await wait_until(pilot, lambda: frame.has_image and app.frame_loader.idle())
        assert app.take
        assert app.take.probe.picture
        tick = int(screen.at * app.take.probe.picture.frame_rate)
        assert tick == 3
        shown = frame._image
        assert shown is not None
        studio = Studio(studio_folder)
        subject = studio.subject_of(app.take)
        studio.close()
        from engine.picture import Viewer

        picture, grid = subject.footage.probe.picture, subject.footage.grid
        assert picture
        assert grid
        assert app.take.input_transform
        with Viewer(subject.footage.path, picture, app.take.input_transform, grid) as viewer:
            np.testing.assert_array_equal(shown, viewer.at(tick, shown.shape[1]))


async def test_playback_follows_the_clock_and_stops_at_the_end(studio_folder: Path) -> None:
    now = [0.0]
    async with open_console(studio_folder, screen="review", clock=lambda: now[0]) as (app, pilot):
        screen = review_screen(app)
        await pilot.press("space")
        now[0] = 0.5
        await wait_until(pilot, lambda: screen.at == Fraction(1, 2))
        now[0] = 60.0
        await wait_until(pilot, lambda: screen.at == screen.last_position)
        await wait_until_idle(app, pilot)
        await pilot.press("j", "j")
        now[0] = 60.25
        await wait_until(pilot, lambda: screen.at == screen.last_position - Fraction(1, 2))
        await press(app, pilot, "k")
        assert screen.at == screen.last_position - Fraction(1, 2)


async def test_a_trim_set_in_review_is_edited_in_cut(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        await press(app, pilot, "w", "w", "less_than_sign", "y")
        assert app.take
        review = app.snapshot.review(app.take)
        assert (review.starts, review.ends, review.verdict) == (review_screen(app).at, None, "keep")
        await press(app, pilot, "C", "right")
        assert app.take
        assert app.take.probe.picture
        later = app.snapshot.review(app.take).starts
        assert later
        assert later - (review.starts or 0) == 1 / app.take.probe.picture.frame_rate
        await press(app, pilot, "backslash")
        assert app.snapshot.review(app.take).starts is None
        await press(app, pilot, "z")
        assert app.snapshot.review(app.take).starts == later


async def test_two_takes_are_compared_side_by_side(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        screen = review_screen(app)
        await wait_until(pilot, lambda: app.take and app.suggest_retake(app.take))
        await press(app, pilot, "v", "w", "w")
        other = screen.query_one("#other-frame", FrameView)
        await wait_until(pilot, lambda: other.has_image)
        assert screen.has_class("-pair")
        await press(app, pilot, "v")
        assert not screen.has_class("-pair")


async def test_search_opens_review_at_the_found_words(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "slash", *"morning")
        await wait_until(pilot, lambda: app.screen.query("RowList").first().keys)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        screen = review_screen(app)
        assert screen.media.transcript
        assert screen.at in [found.start for found in find(screen.media.transcript, "morning")]


async def test_search_moves_the_playhead_in_the_shown_take(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        await press(app, pilot, "down", "w")
        screen = review_screen(app)
        assert screen.media.transcript
        (found, *_) = find(screen.media.transcript, "morning")
        await press(app, pilot, "slash", *"morning")
        await wait_until(pilot, lambda: app.screen.query("RowList").first().keys)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert review_screen(app).at == app.session.playhead == found.start


async def test_both_trim_points_are_kept_when_set_quickly(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="review") as (app, pilot):
        await press(app, pilot, "down")
        await pilot.press("w", "w", "less_than_sign", "w", "w", "greater_than_sign")
        await wait_until_idle(app, pilot)
        assert app.take
        review = app.snapshot.review(app.take)
        assert review.starts is not None
        assert review.ends is not None
        assert review.starts < review.ends
