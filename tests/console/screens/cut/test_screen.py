"""The Cut screen with real keys on a real studio: from the kept ranges to an edited cut."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.suggestions import SuggestionsDialog
from cwtui.console.widgets.clip_words import ClipWords
from cwtui.console.widgets.row_list import RowList
from engine.studio import ProjectCuts, Studio
from engine.time import timecode
from engine.timeline import Transition

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle
from .edited_cut import cut_screen, edit, make_cut, shown_cut, stored_cut


async def test_a_cut_is_made_and_edited_by_keys(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        await press(app, pilot, "n", "down", "enter")
        made = shown_cut(app).cut
        assert made == stored_cut(studio_folder)
        assert len(made.clips) == 3
        assert app.session.cut == "film"
        rows = app.screen.query_one(RowList)
        assert rows.cursor == f"clip {made.clips[0].id}"

        trimmed = await edit(app, pilot, studio_folder, "right", "right", "comma")
        assert (trimmed.clips[0].start, trimmed.clips[0].length) == (2, made.clips[0].length - 3)
        assert timecode(trimmed.clips[0].length, trimmed.rate) in rows_text(app)

        await press(app, pilot, "w", "w")
        third = shown_cut(app).words[2]
        split = await edit(app, pilot, studio_folder, "s")
        assert len(split.clips) == 4
        assert split.length == trimmed.length
        assert split.positions[1] == int(third.start * split.rate / 48_000)
        assert (await edit(app, pilot, studio_folder, "g", "i")).clips == trimmed.clips

        assert (await edit(app, pilot, studio_folder, "plus")).clips[0].gain_db == 1
        assert (await edit(app, pilot, studio_folder, "d")).clips[1].take == trimmed.clips[0].take
        assert len((await edit(app, pilot, studio_folder, "x")).clips) == 3
        moved = await edit(app, pilot, studio_folder, "g", "shift+down")
        assert moved.clips[1].take == trimmed.clips[0].take
        assert rows.cursor == f"clip {moved.clips[1].id}"
        dipped = await edit(app, pilot, studio_folder, "right_curly_bracket", "t", "end", "up", "up", "enter")
        assert dipped.clips[2].transition == Transition("dip", 15, 15)
        marked = await edit(app, pilot, studio_folder, "m")
        assert len(marked.clips[2].markers) == 1
        named = await edit(app, pilot, studio_folder, "c", *"Gulls", "enter", "M", *"!", "enter")
        assert {(one.kind, one.label) for one in named.clips[2].markers} == {("marker", ""), ("chapter", "Gulls!")}

        await press(app, pilot, *"z" * 4)
        assert shown_cut(app).cut == stored_cut(studio_folder)
        await press(app, pilot, *"Z" * 4)
        assert shown_cut(app).cut == named
        assert named.length == dipped.length


def rows_text(app: ConsoleApp) -> str:
    rows = app.screen.query_one(RowList)
    return "\n".join(rows.render_line(y).text for y in range(rows.size.height))


async def test_words_are_deleted_and_the_clip_follows(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        before = shown_cut(app)
        said = [word.text for word in before.words]
        await press(app, pilot, "w", "v", "w", "delete")
        after = shown_cut(app)
        assert [word.text for word in after.words] == [said[0], *said[3:]]
        assert after.cut.length < before.cut.length
        assert after.length_before == before.cut.length
        # The cursor is on the word after those that were deleted, in the clip that begins with it.
        assert cut_screen(app).index == 1
        assert app.screen.query_one(ClipWords).data.current == 1
        await press(app, pilot, "z")
        assert shown_cut(app).cut.clips == before.cut.clips
        first, last = shown_cut(app).words_in(0)
        await press(app, pilot, "g", "o")
        kept = [word.text for word in shown_cut(app).words]
        assert kept == [said[first], *said[last:]]


async def test_suggestions_are_accepted_and_refused(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        before = shown_cut(app).cut
        await press(app, pilot, "p")
        dialog = app.screen
        assert isinstance(dialog, SuggestionsDialog)
        listed = list(dialog.query_one(RowList).keys)
        assert listed
        await press(app, pilot, "x")
        assert listed[0] in shown_cut(app).cut.refused
        assert listed[0] not in dialog.query_one(RowList).keys
        await press(app, pilot, "z")
        assert list(dialog.query_one(RowList).keys) == listed
        await press(app, pilot, "Y", "escape")
        assert shown_cut(app).cut.length < before.length
        assert app.screen is app.mode_screen


async def test_an_edit_of_another_program_is_shown(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        studio = Studio(studio_folder)
        cuts = ProjectCuts(studio, studio.project(None))
        from engine.timeline import remove

        cuts.edit("film", lambda cut: remove(cut, [cut.clips[0].id]), "clip 1 removed")
        studio.close()
        await wait_until(pilot, lambda: len(shown_cut(app).cut.clips) == 2)


async def test_cuts_are_chosen_copied_renamed_and_deleted(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        await press(app, pilot, "f", "G", "up", "enter")
        assert app.snapshot.cuts == ("film", "film 2")
        assert shown_cut(app).cut.name == "film 2"
        await press(app, pilot, "f", "G", "up", "up", "enter", *"x", "enter")
        assert app.snapshot.cuts == ("film", "film 2x")
        await press(app, pilot, "f", "g", "enter")
        assert shown_cut(app).cut.name == "film"
        await press(app, pilot, "f", "G", "enter")
        assert app.snapshot.cuts == ("film 2x",)
        assert shown_cut(app).cut.name == "film 2x"
        await press(app, pilot, "z")
        assert app.snapshot.cuts == ("film", "film 2x")


async def test_a_refused_edit_says_why_and_changes_nothing(studio_folder: Path) -> None:
    make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        before = shown_cut(app)
        await press(app, pilot, "left")
        assert "Clip 1 cannot go from" in key_hints(app)
        assert shown_cut(app).cut == before.cut
        await press(app, pilot, "less_than_sign")
        assert "No edit is before the first clip." in key_hints(app)


async def test_the_session_returns_to_the_clip(studio_folder: Path) -> None:
    made = make_cut(studio_folder)
    async with open_console(studio_folder, screen="cut") as (app, pilot):
        await press(app, pilot, "down")
        assert app.session.clip == made.clips[1].id
        await wait_until_idle(app, pilot)
    async with open_console(studio_folder, screen="cut", clip=made.clips[1].id) as (app, _):
        assert cut_screen(app).index == 1
