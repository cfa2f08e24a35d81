"""Find, the palette, help and the text viewer: what they list, what is cut, and what their keys do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Input, Static

from cwtui.console.actions import ACTIONS
from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.fuzzy_match import fuzzy_match
from cwtui.console.dialogs.help import HelpDialog
from cwtui.console.dialogs.palette import ActionPalette
from cwtui.console.dialogs.text_viewer import TextViewer
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.text_layout import show_around, wrap

from ..pilot import key_hints, open_console, press, wait_until, wait_until_idle
from ..sample_studio import build


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sample studio, which these tests only read."""
    folder = tmp_path_factory.mktemp("find") / "studio"
    build(folder)
    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            environment.setenv(name, str(folder.parent / name))
        yield folder


def lines(app: ConsoleApp) -> str:
    """The text of the list, line by line."""
    rows = app.screen.query_one(RowList)
    return "\n".join(rows.render_line(y).text.rstrip() for y in range(rows.size.height))


async def enter(app: ConsoleApp, pilot: Pilot[None], text: str) -> None:
    """Sets the text of the dialog's field, which is quicker than typing it."""
    app.screen.query_one(Input).value = text
    await wait_until_idle(app, pilot)


def hint(app: ConsoleApp) -> str:
    return str(app.screen.query(".hint").last(Static).render())


async def test_find_groups_hits_by_take_and_opens_the_word(studio: Path) -> None:
    async with open_console(studio, size=(80, 24)) as (app, pilot):
        await press(app, pilot, "slash", *"wat")
        rows = app.screen.query_one(RowList)
        assert [key for key in rows.keys if key.startswith(HEADING)] == [f"{HEADING}take-{n}" for n in (1, 4, 6)]
        assert "3 hits in 3 takes" in hint(app)
        await press(app, pilot, "down")
        chosen = rows.cursor
        await press(app, pilot, "e", "r")
        assert rows.cursor == chosen
        shown = lines(app)
        assert "004-IMG_0004  IMG_0004.MOV  1 hit" in shown
        assert "▍00:00:51.2  Mara  The light on the water only lasts a few minutes." in shown
        # A long sentence is cut around the hit; below, it is complete.
        assert " 00:00:22.9  Mara  …in the morning, and the water is completely flat." in shown
        await press(app, pilot, "up")
        sentence = app.screen.query_one("#sentence", Static)
        assert str(sentence.render()).startswith("Mara: Right, so this is the harbour at six in the morning")
        assert sentence.size.height == 2
        # In the field, End moves in the text, and the list keeps its cursor.
        await press(app, pilot, "home", "end")
        assert app.screen.query_one(Input).cursor_position == len("water")
        await press(app, pilot, "pagedown", "enter")
        assert app.mode_screen
        assert (app.mode_screen.MODE, app.session.take) == ("review", "take-6")
        assert 27 < app.session.playhead < 28
        # A mistyped word: Enter searches for the one that was spoken.
        await press(app, pilot, "slash")
        await enter(app, pilot, "harbuor")
        assert "No words match “harbuor”; did you mean harbour?" in hint(app)
        await press(app, pilot, "enter")
        assert app.screen.query_one(Input).value == "harbour"
        assert "2 hits in 2 takes" in hint(app)
        await press(app, pilot, "escape")
        # Enter right after the last letter waits for the hits of the whole phrase.
        await pilot.press("slash", *"crane", "enter")
        await wait_until(pilot, lambda: app.screen is app.mode_screen and app.session.take == "take-3")


async def test_the_palette_lists_every_action_and_targets_and_runs_them(studio: Path) -> None:
    async with open_console(studio, size=(120, 40)) as (app, pilot):
        await press(app, pilot, "colon")
        palette = app.screen
        assert isinstance(palette, ActionPalette)
        rows = palette.query_one(RowList)
        assert {f"action {one.id}" for one in ACTIONS} <= set(rows.keys)
        assert {"take take-4", "project Harbour walk"} <= set(rows.keys)
        await wait_until(pilot, lambda: "recipe youtube-4k" in rows.keys)
        await enter(app, pilot, "deliv you 4")
        assert rows.cursor == "recipe youtube-4k"
        await press(app, pilot, "enter")
        assert app.mode_screen
        assert (app.mode_screen.MODE, app.mode_screen.rows.cursor) == ("deliver", "youtube-4k")  # type: ignore[union-attr]
        await press(app, pilot, "colon")
        await enter(app, pilot, "deliver")
        # Titles are before names of screens: “Edit the text” is an action of Deliver.
        order = list(app.screen.query_one(RowList).keys)
        assert order.index("action deliver") < order.index("action edit")
        # An action of another screen opens that screen; a disabled one says why.
        await enter(app, pilot, "next silence")
        assert "Review" in lines(app)
        await press(app, pilot, "enter")
        assert app.mode_screen.MODE == "review"
        await press(app, pilot, "colon")
        await enter(app, pilot, "remove marker playhead")
        assert "There is no marker at the playhead." in lines(app)
        await press(app, pilot, "enter")
        assert "There is no marker at the playhead." in key_hints(app)
        await press(app, pilot, "colon")
        await enter(app, pilot, "take 5")
        await press(app, pilot, "enter")
        assert app.session.take == "take-5"


async def test_keys_move_to_the_ends_of_help_and_of_texts(studio: Path) -> None:
    async with open_console(studio, size=(60, 24), screen="review") as (app, pilot):
        await press(app, pilot, "question_mark")
        assert isinstance(app.screen, HelpDialog)
        rows = app.screen.query_one(RowList)
        ids = [key for key in rows.keys if not key.startswith(HEADING)]
        for key, cursor in (("end", ids[-1]), ("home", ids[0]), ("G", ids[-1]), ("g", ids[0])):
            await press(app, pilot, key)
            assert rows.cursor == cursor, key
        await press(app, pilot, "pagedown", "pageup", "down")
        assert rows.cursor == ids[1]
        # A title that is longer than its column has a second line.
        text = " ".join(lines(app).split())
        assert "Reject, or mark as a retake of…" in text
        await press(app, pilot, "escape")
        app.push_screen(TextViewer("Log", Text("word " * 40 + "\n" + "line\n" * 60 + "the end")))
        await press(app, pilot, "G")
        view = app.screen.query_one(VerticalScroll)
        assert view.scroll_y == view.max_scroll_y > 0
        assert view.query_one(Static).size.width <= view.size.width
        page = view.scrollable_content_region.height - 1
        await press(app, pilot, "pageup")
        assert view.scroll_y == view.max_scroll_y - page
        await press(app, pilot, "g")
        assert view.scroll_y == 0


def test_context_is_cut_around_the_hit() -> None:
    assert show_around("one two ", "three", " four", 40) == ("one two ", "three", " four")
    before, text, after = show_around("a" * 30, "hit", "b" * 30, 21)
    assert (text, cell_len(before + text + after)) == ("hit", 21)
    assert before.startswith("…")
    assert after.endswith("…")
    assert show_around("a" * 30, "hit", " b", 15) == ("…" + "a" * 9, "hit", " b")
    assert show_around("before", "a very long hit", "after", 8) == ("", "a very …", "")
    assert show_around("one two three ", "hit", " four five six", 20) == ("…three ", "hit", " four…")
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("overlong", 4) == ["over", "long"]


def test_words_match_in_any_order_and_by_their_letters() -> None:
    def best(query: str, *titles: str) -> str:
        found = {title: match.score for title in titles if (match := fuzzy_match(query, title))}
        return max(found, key=lambda title: found[title], default="")

    assert best("take keep", "Keep the take", "Clear decision") == "Keep the take"
    assert best("prev", "Previous word", "Compare with retake") == "Previous word"
    assert best("dlv", "Go to Deliver", "Delete a recipe of your own") == "Go to Deliver"
    assert fuzzy_match("xyz", "Keep the take") is None
    match = fuzzy_match("keep", "Keep the take")
    assert match
    assert match.characters == {0, 1, 2, 3}
