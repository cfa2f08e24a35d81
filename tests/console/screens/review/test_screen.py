"""Review: one playhead over frame, words, sound and window; what it goes by, and what is marked at it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from cwtui.console.screens.review.screen import Review
from cwtui.console.widgets.frame_view import Still
from engine.speech import find
from engine.studio import Studio

from ...pilot import keys_line, opened, press, settled, until


def reviewed(app: object) -> Review:
    room = getattr(app, "room", None)
    assert isinstance(room, Review)
    return room


async def test_words_sentences_and_pauses_are_gone_to_as_the_transcript_has_them(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        await press(app, pilot, "down")
        room = reviewed(app)
        assert room.glimpse.transcript
        words = room.glimpse.transcript.words
        for word in words[:3]:
            await press(app, pilot, "w")
            assert room.at == word.start
        await press(app, pilot, "b")
        assert room.at == words[1].start
        await press(app, pilot, "end", "right_square_bracket")
        assert "no further pause" in keys_line(app)
        await press(app, pilot, "home", "left_parenthesis")
        assert "no earlier sentence" in keys_line(app)


async def test_a_marker_is_written_named_found_gone_to_and_taken_back(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        await press(app, pilot, "down", "w", "w", "m")
        room = reviewed(app)
        at = room.at
        await until(pilot, lambda: room.marker)
        await press(app, pilot, "M", *"sunrise", "enter")
        assert app.take
        assert [(one.at, one.label) for one in app.snapshot.marks(app.take)] == [(at, "sunrise")]
        await press(app, pilot, "home", "apostrophe")
        assert room.at == at
        await press(app, pilot, "slash", *"sunr")
        await until(pilot, lambda: app.screen.query("RowList").first().keys)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert reviewed(app).at == at
        await press(app, pilot, "delete")
        assert not app.snapshot.marks(app.take)
        await press(app, pilot, "z", "z", "z")
        assert not app.snapshot.marks(app.take)


async def test_the_frame_on_the_screen_is_the_takes_frame_at_the_playhead(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        room = reviewed(app)
        await press(app, pilot, "right", "right", "right")
        still = room.query_one("#still", Still)
        await until(pilot, lambda: still.shows and app.frames.settled())
        assert app.take
        assert app.take.probe.picture
        tick = int(room.at * app.take.probe.picture.frame_rate)
        assert tick == 3
        shown = still._picture
        assert shown is not None
        studio = Studio(desk)
        subject = studio.subject_of(app.take)
        studio.close()
        from engine.picture import Viewer

        picture, grid = subject.footage.probe.picture, subject.footage.grid
        assert picture
        assert grid
        assert app.take.input_transform
        with Viewer(subject.footage.path, picture, app.take.input_transform, grid) as viewer:
            np.testing.assert_array_equal(shown, viewer.at(tick, shown.shape[1]))


async def test_playing_follows_the_clock_it_is_given_and_holds_at_the_end(desk: Path) -> None:
    now = [0.0]
    async with opened(desk, room="review", clock=lambda: now[0]) as (app, pilot):
        room = reviewed(app)
        await pilot.press("space")
        now[0] = 0.5
        await until(pilot, lambda: room.at == Fraction(1, 2))
        now[0] = 60.0
        await until(pilot, lambda: room.at == room.last)
        await settled(app, pilot)
        await pilot.press("j", "j")
        now[0] = 60.25
        await until(pilot, lambda: room.at == room.last - Fraction(1, 2))
        await press(app, pilot, "k")
        assert room.at == room.last - Fraction(1, 2)


async def test_a_trim_is_an_edit_that_the_cut_and_the_delivery_go_by(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        await press(app, pilot, "w", "w", "less_than_sign", "y")
        assert app.take
        review = app.snapshot.review(app.take)
        assert (review.starts, review.ends, review.verdict) == (reviewed(app).at, None, "keep")
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


async def test_two_takes_of_one_line_stand_beside_each_other_on_the_same_words(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        room = reviewed(app)
        await until(pilot, lambda: app.take and app.suggestion(app.take))
        await press(app, pilot, "v", "w", "w")
        other = room.query_one("#other", Still)
        await until(pilot, lambda: other.shows)
        assert room.has_class("-pair")
        await press(app, pilot, "v")
        assert not room.has_class("-pair")


async def test_search_goes_where_it_was_said(desk: Path) -> None:
    async with opened(desk) as (app, pilot):
        await press(app, pilot, "slash", *"morning")
        await until(pilot, lambda: app.screen.query("RowList").first().keys)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        room = reviewed(app)
        assert room.glimpse.transcript
        assert room.at in [found.start for found in find(room.glimpse.transcript, "morning")]


async def test_search_moves_the_playhead_of_the_take_that_is_looked_at(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        await press(app, pilot, "down", "w")
        room = reviewed(app)
        assert room.glimpse.transcript
        (found, *_) = find(room.glimpse.transcript, "morning")
        await press(app, pilot, "slash", *"morning")
        await until(pilot, lambda: app.screen.query("RowList").first().keys)  # type: ignore[attr-defined]
        await press(app, pilot, "enter")
        assert reviewed(app).at == app.place.playhead == found.start


async def test_both_ends_of_a_trim_hold_however_fast_they_are_set(desk: Path) -> None:
    async with opened(desk, room="review") as (app, pilot):
        await press(app, pilot, "down")
        await pilot.press("w", "w", "less_than_sign", "w", "w", "greater_than_sign")
        await settled(app, pilot)
        assert app.take
        review = app.snapshot.review(app.take)
        assert review.starts is not None
        assert review.ends is not None
        assert review.starts < review.ends
