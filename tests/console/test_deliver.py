"""Deliver: a recipe of one's own, wrong and mended, what would come out, and what did."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.screens.deliver import Deliver
from engine.deliver import load_recipe, read_receipt

from .desk import keys_line, opened, press, settled, until


def at_the_bench(app: object) -> Deliver:
    room = getattr(app, "room", None)
    assert isinstance(room, Deliver)
    return room


async def test_a_recipe_is_copied_edited_refused_at_its_line_mended_saved_and_delivered(desk: Path) -> None:
    async with opened(desk, recipe="podcast") as (app, pilot):
        await press(app, pilot, "y", "D")
        room = at_the_bench(app)
        await press(app, pilot, "e")
        assert "n makes a copy" in keys_line(app)
        await press(app, pilot, "n", "enter")
        await until(pilot, lambda: room.recipe and room.recipe.name == "podcast-mine")
        await press(app, pilot, "e")
        editor = room.editor
        text = editor.text
        line = next(n for n, row in enumerate(text.splitlines()) if row.startswith("lufs"))
        editor.move_cursor((line, len(text.splitlines()[line])))
        await pilot.press("x")
        await until(pilot, lambda: room._faults)
        assert room._faults[0][0] == line
        await press(app, pilot, "ctrl+s")
        assert f"Line {line + 1}" in keys_line(app)
        await pilot.press("backspace")
        await pilot.press(*["backspace"] * 5, *"-18.0")
        await until(pilot, lambda: not room._faults)
        changed = str(room.query_one("#outcome").render())
        assert "not saved yet" in changed
        await press(app, pilot, "ctrl+s", "escape")
        recipe = load_recipe(str(desk / "recipes" / "podcast-mine.toml"))
        assert recipe.sound
        assert recipe.sound.lufs == -18.0
        await press(app, pilot, "r")
        folder = desk / "harbour-walk" / "deliverables" / "podcast-mine"
        await until(pilot, lambda: read_receipt(folder).deliveries)
        assert all(one.passed for one in read_receipt(folder).deliveries)
        await until(pilot, lambda: "receipt" in str(room.query_one("#outcome").render()))


async def test_what_comes_out_is_what_is_predicted(desk: Path) -> None:
    async with opened(desk, room="deliver", recipe="podcast") as (app, pilot):
        room = at_the_bench(app)
        await press(app, pilot, "T", "y", "D")
        await until(pilot, lambda: len(room._predictions) == 1)
        (predicted,) = room._predictions
        await press(app, pilot, "r")
        folder = desk / "harbour-walk" / "deliverables" / "podcast"
        await until(pilot, lambda: read_receipt(folder).deliveries)
        (made,) = read_receipt(folder).deliveries
        assert predicted.duration == made.duration
        loudness = next(check.measured for check in made.checks if check.name == "loudness")
        assert predicted.lufs is not None
        assert abs(predicted.lufs - loudness) < 0.2


async def test_completion_writes_what_the_schema_knows(desk: Path) -> None:
    async with opened(desk, room="deliver", recipe="podcast") as (app, pilot):
        room = at_the_bench(app)
        await press(app, pilot, "n", "enter")
        await until(pilot, lambda: room.recipe and room.recipe.own)
        await press(app, pilot, "e")
        room.editor.move_cursor(room.editor.document.end)
        await pilot.press("enter", *"[pict", "tab")
        assert room.editor.text.endswith("[picture")
        await pilot.press("right_square_bracket", "enter", *"vie", "tab", *'"s', "tab")
        assert room.editor.text.endswith('[picture]\nview = "sdr"')
        await settled(app, pilot)


async def test_who_writes_fast_and_leaves_or_saves_at_once_loses_nothing(desk: Path) -> None:
    async with opened(desk, room="deliver", recipe="podcast") as (app, pilot):
        room = at_the_bench(app)
        await press(app, pilot, "n", "enter")
        await until(pilot, lambda: room.recipe and room.recipe.own)
        await press(app, pilot, "e")
        await pilot.press(*"# mine", "escape")
        assert "Not saved yet" in keys_line(app)
        await press(app, pilot, "T", "D", "e")
        assert room.editor.text.startswith("# mine")
        await pilot.press(*" and nobody else's", "ctrl+s")
        path = desk / "recipes" / "podcast-mine.toml"
        await until(pilot, lambda: path.read_text().startswith("# mine and nobody else's"))
