"""Edits by keys that have no words, moved words, and edits that are one entry of the journal."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.widgets.clip_words import ClipWords
from engine.studio import Studio
from engine.timeline import Cut

from ...pilot import key_hints, open_console, press
from .edited_cut import edit, make_cut, shown_cut, stored_cut


def entries(folder: Path) -> list[str]:
    """The titles of the project's edits that are not undone, the newest first."""
    with Studio(folder) as studio:
        edits = studio.catalog.reviews.journal.edits(studio.project(None).id)
    return [one.title for one in edits if not one.undone]


def sums(cut: Cut) -> list[tuple[str | None, int, int]]:
    return [(clip.take, clip.start, clip.length) for clip in cut.clips]


async def test_trims_of_one_edge_are_one_entry(studio_folder: Path) -> None:
    made = make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        trimmed = await edit(app, pilot, studio_folder, *["right"] * 3)
        assert trimmed.clips[0].start == 3
        assert entries(studio_folder) == ["film: clip 1 trimmed", "film: made"]
        # Another edge, the same edge after another edit, and the same edge after a visit elsewhere: each is an entry.
        await edit(app, pilot, studio_folder, "comma", "comma", "right", "down", "up", "right")
        assert entries(studio_folder)[:-1] == ["film: clip 1 trimmed"] * 4
        await press(app, pilot, *"zzz")
        assert shown_cut(app).cut == trimmed
        await press(app, pilot, "z")
        assert shown_cut(app).cut == made
        await press(app, pilot, "Z")
    # Also after a restart.
    assert stored_cut(studio_folder) == trimmed
    with Studio(studio_folder) as studio:
        studio.undo(studio.project(None))
    assert stored_cut(studio_folder) == made


async def test_a_trim_and_back_leaves_no_entry(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        await edit(app, pilot, studio_folder, "right", "left")
        assert entries(studio_folder) == ["film: made"]
        await edit(app, pilot, studio_folder, "right")
        assert entries(studio_folder) == ["film: clip 1 trimmed", "film: made"]


async def test_slip_slide_and_sound_move_by_frames(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        # Handles at both ends.
        cut = await edit(app, pilot, studio_folder, *["right", "right", "comma", "comma", "down", *["right"] * 4])
        (_, start, length), (_, second, second_length), third = sums(cut)
        slipped = await edit(app, pilot, studio_folder, "up", "right_square_bracket", "left_square_bracket")
        assert slipped == cut
        assert sums(await edit(app, pilot, studio_folder, "left_square_bracket"))[0] == (
            cut.clips[0].take, start - 1, length,
        )  # fmt: skip
        await press(app, pilot, "z", "down")
        slid = await edit(app, pilot, studio_folder, "right_parenthesis")
        assert sums(slid)[0][2] == length + 1
        assert sums(slid)[1][1:] == (second, second_length)
        assert sums(slid)[2][2] == third[2] - 1
        await edit(app, pilot, studio_folder, "left_parenthesis")
        early = await edit(app, pilot, studio_folder, "H", "H", "H")
        assert early.clips[1].sound_offset == -3 * cut.sample(1)
        late = await edit(app, pilot, studio_folder, *"LLLL")
        assert late.clips[1].sound_offset == cut.sample(1)
        assert entries(studio_folder)[0] == "film: sound of clip 2 moved"
        assert len(entries(studio_folder)) == 5


async def test_a_clip_is_lifted_and_takes_and_gaps_are_inserted(studio_folder: Path) -> None:
    made = make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        lifted = await edit(app, pilot, studio_folder, "E")
        assert sums(lifted)[0] == (None, 0, made.clips[0].length)
        await press(app, pilot, "E")
        assert "The clip is a gap." in key_hints(app)
        assert (await edit(app, pilot, studio_folder, "a")).clips[0].take == made.clips[0].take
        await press(app, pilot, "z", "z", "N", "home", "enter", "backspace", *"0.5", "enter")
        assert sums(shown_cut(app).cut)[0] == (None, 0, round(made.rate / 2))
        # The take of the clip under the cursor is suggested first.
        await press(app, pilot, "down", "O", "enter", "down", "enter", *["backspace"] * 20, *"0:01-0:02", "enter")
        end = shown_cut(app).cut
        assert sums(end)[3] == (made.clips[1].take, round(made.rate), round(made.rate))
        assert end == stored_cut(studio_folder)


async def test_words_move_before_and_after_others(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        said = [word.text for word in shown_cut(app).words]
        await press(app, pilot, "v", "w", "W")
        assert app.screen.query_one(ClipWords).data.selection == (0, 2)
        await press(app, pilot, "W")
        assert "Go to the word" in key_hints(app)
        await press(app, pilot, "w", "w", "W", "down", "enter")
        moved = shown_cut(app)
        assert moved.cut == stored_cut(studio_folder)
        assert [word.text for word in moved.words] == [*said[2:4], *said[:2], *said[4:]]
        assert app.screen.query_one(ClipWords).data.current == 2
        await press(app, pilot, "z", "W", "escape")
        assert app.screen.query_one(ClipWords).data.selection is None
