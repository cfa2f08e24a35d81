"""Deliver: editing and validation of a custom recipe, estimates and results."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from cwtui.console.actions import BY_ID
from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.documents.drafts import files_with_drafts
from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.snapshot import Snapshot
from engine.atomic_files import write_atomic
from engine.deliver import load_recipe, read_receipt
from engine.errors import EngineError
from engine.validation import Problem

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle


def deliver_screen(app: object) -> DeliverScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, DeliverScreen)
    return screen


async def test_a_recipe_is_copied_edited_validated_saved_and_delivered_as_estimated(studio_folder: Path) -> None:
    async with open_console(studio_folder, recipe="podcast") as (app, pilot):
        await press(app, pilot, "y", "D")
        screen = deliver_screen(app)
        await press(app, pilot, "e")
        assert "Press n to make a copy" in key_hints(app)
        await press(app, pilot, "n", "enter")
        await wait_until(pilot, lambda: screen.recipe and screen.recipe.name == "podcast-mine")
        await press(app, pilot, "e")
        editor = screen.editor
        text = editor.text
        line = next(n for n, row in enumerate(text.splitlines()) if row.startswith("lufs"))
        editor.move_cursor((line, len(text.splitlines()[line])))
        await pilot.press("x")
        await wait_until(pilot, lambda: screen._faults)
        assert screen._faults[0][0] == line
        await press(app, pilot, "ctrl+s")
        assert f"Line {line + 1}" in key_hints(app)
        await pilot.press("backspace")
        await pilot.press(*["backspace"] * 5, *"-18.0")
        # The text has no faults from the backspace on, before the last key is validated.
        await wait_until(pilot, lambda: "not saved yet" in str(screen.query_one("#outcome").render()))
        await press(app, pilot, "ctrl+s", "escape")
        recipe = load_recipe(str(studio_folder / "recipes" / "podcast-mine.toml"))
        assert recipe.sound
        assert recipe.sound.lufs == -18.0
        await wait_until(
            pilot, lambda: [one.lufs and round(one.lufs) for one in screen._forecasts.ready.forecast.estimates] == [-18]
        )
        (estimate,) = screen._forecasts.ready.forecast.estimates
        await press(app, pilot, "r")
        folder = studio_folder / "harbour-walk" / "deliverables" / "podcast-mine"
        await wait_until(pilot, lambda: read_receipt(folder).deliveries)
        (delivery,) = read_receipt(folder).deliveries
        assert delivery.passed
        assert estimate.duration == delivery.duration
        loudness = next(check.measured for check in delivery.checks if check.name == "loudness")
        assert estimate.lufs is not None
        assert abs(estimate.lufs - loudness) < 0.2
        await wait_until(pilot, lambda: "receipt" in str(screen.query_one("#outcome").render()))


async def test_tab_completes_tables_keys_and_values(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "n", "enter")
        await wait_until(pilot, lambda: screen.recipe and screen.recipe.own)
        await press(app, pilot, "e")
        screen.editor.move_cursor(screen.editor.document.end)
        await pilot.press("enter", *"[pict", "tab")
        assert screen.editor.text.endswith("[picture")
        await pilot.press("right_square_bracket", "enter", *"vie", "tab", *'"s', "tab")
        assert screen.editor.text.endswith('[picture]\nview = "sdr"')
        await wait_until_idle(app, pilot)


async def test_fast_typing_is_kept_on_leaving_and_saving(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "n", "enter")
        await wait_until(pilot, lambda: screen.recipe and screen.recipe.own)
        await press(app, pilot, "e")
        await pilot.press(*"# mine", "escape")
        assert "Not saved yet" in key_hints(app)
        await press(app, pilot, "T", "D", "e")
        assert screen.editor.text.startswith("# mine")
        await pilot.press(*" and nobody else's", "ctrl+s")
        path = studio_folder / "recipes" / "podcast-mine.toml"
        await wait_until(pilot, lambda: path.read_text().startswith("# mine and nobody else's"))


# Drafts


async def open_copy(app: ConsoleApp, pilot: Pilot[None]) -> DeliverScreen:
    screen = deliver_screen(app)
    await press(app, pilot, "n", "enter")
    await wait_until(pilot, lambda: screen.recipe and screen.recipe.name == "podcast-mine")
    await press(app, pilot, "e")
    return screen


def rows_of(screen: DeliverScreen) -> list[str]:
    return [
        "".join(part.text for part in screen._draw(key, 36, False)).strip().split("  ")[0] for key in screen._rows.keys
    ]


async def test_an_unsaved_text_is_restored_and_not_delivered(studio_folder: Path) -> None:
    saved = studio_folder / "recipes" / "podcast-mine.toml"
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        await open_copy(app, pilot)
        before = saved.read_text()
        await pilot.press(*"# mine")
        await press(app, pilot, "escape")
        await pilot.press("q")
    async with open_console(studio_folder, screen="deliver", recipe="podcast-mine") as (app, pilot):
        screen = deliver_screen(app)
        assert "podcast-mine *" in rows_of(screen)
        assert [key for key in screen._rows.keys if "podcast" in key] == ["podcast", "podcast-mine"]
        assert screen.editor.text.startswith("# mine")
        assert "not saved yet" in str(screen.query_one("#outcome").render())
        await press(app, pilot, "r")
        assert "Unsaved changes" in key_hints(app)
        await press(app, pilot, "u")
        assert screen.editor.text == before == saved.read_text()
        assert files_with_drafts(studio_folder / "recipes") == []
        assert "podcast-mine" in rows_of(screen)


async def test_quitting_while_typing_keeps_the_draft(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        await open_copy(app, pilot)
        await pilot.press(*"# half a wo", "ctrl+q")
    async with open_console(studio_folder, screen="deliver", recipe="podcast-mine") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "e", "ctrl+s")
        await wait_until(
            pilot, lambda: (studio_folder / "recipes" / "podcast-mine.toml").read_text().startswith("# half a wo")
        )
        await wait_until(
            pilot,
            lambda: (
                files_with_drafts(studio_folder / "recipes") == []
                and screen.disabled_reason("save") == "Nothing was changed."
            ),
        )


async def test_a_failed_save_leaves_the_text_unsaved(studio_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = await open_copy(app, pilot)

        def fail(path: Path, content: bytes) -> None:
            raise EngineError("There is no room left.", "Make some.")

        await press(app, pilot, *"# mine")
        with monkeypatch.context() as patch:
            patch.setattr("cwtui.console.documents.document.write_atomic", fail)
            await press(app, pilot, "ctrl+s")
        assert "There is no room left." in key_hints(app)
        await press(app, pilot, "escape")
        assert "podcast-mine *" in rows_of(screen)
        await press(app, pilot, "ctrl+s")
        assert (studio_folder / "recipes" / "podcast-mine.toml").read_text().startswith("# mine")
        assert "podcast-mine" in rows_of(screen)


async def test_a_draft_stays_with_its_recipe_when_another_is_clicked(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = await open_copy(app, pilot)
        await pilot.press(*"# mine")
        await pilot.click("#recipes", offset=(6, 1))
        await wait_until_idle(app, pilot)
        assert screen.recipe
        assert not screen.recipe.own
        assert not screen.editing
        assert screen.editor.text == screen.recipe.text
        assert "podcast-mine *" in rows_of(screen)
        await press(app, pilot, "ctrl+s")
        assert "Nothing was changed" in key_hints(app)
        screen._rows.move_to("podcast-mine")
        await wait_until_idle(app, pilot)
        assert screen.editor.text.startswith("# mine")


async def test_overwriting_a_recipe_changed_elsewhere_needs_confirmation(studio_folder: Path) -> None:
    path = studio_folder / "recipes" / "podcast-mine.toml"
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = await open_copy(app, pilot)
        theirs = f"# theirs\n{path.read_text()}"
        write_atomic(path, theirs.encode())
        await wait_until(pilot, lambda: screen.editor.text == theirs)
        await press(app, pilot, *"# mine ")
        write_atomic(path, f"# theirs again\n{theirs}".encode())
        await wait_until(pilot, lambda: screen.recipe and screen.recipe.text.startswith("# theirs again"))
        mine = screen.editor.text
        await press(app, pilot, "ctrl+s")
        assert "was changed by another program" in key_hints(app)
        assert path.read_text().startswith("# theirs again")
        await press(app, pilot, "ctrl+s")
        assert path.read_text() == mine
        write_atomic(path.with_name("another.toml"), theirs.encode())
        await wait_until(pilot, lambda: "another" in screen._rows.keys)


async def test_a_recipe_removed_elsewhere_keeps_its_draft(studio_folder: Path) -> None:
    path = studio_folder / "recipes" / "podcast-mine.toml"
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = await open_copy(app, pilot)
        await press(app, pilot, *"# mine")
        path.unlink()
        await wait_until(pilot, lambda: screen.recipe and not screen.recipe.text)
        await pilot.press("ctrl+q")
    async with open_console(studio_folder, screen="deliver", recipe="podcast-mine") as (app, pilot):
        assert deliver_screen(app).editor.text.startswith("# mine")
        await press(app, pilot, "ctrl+s", "ctrl+s")
        assert path.read_text().startswith("# mine")


async def test_an_override_of_a_built_in_recipe_keeps_its_draft(studio_folder: Path) -> None:
    path = studio_folder / "recipes" / "podcast.toml"
    write_atomic(path, b'title = "Mine"\n')
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "e")
        path.unlink()
        await wait_until(pilot, lambda: files_with_drafts(path.parent) == [path])
        await wait_until_idle(app, pilot)
        assert screen.recipe
        assert screen.recipe.path == path
        assert screen.editor.text == 'title = "Mine"\n'


async def test_a_copy_needs_a_valid_unused_name(studio_folder: Path) -> None:
    path = studio_folder / "recipes" / "podcast-mine.toml"
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = await open_copy(app, pilot)
        write_atomic(path, b'title = "Mine"\n')
        await press(app, pilot, "escape")
        for name, message in {
            "Podcast-Mine": "A recipe podcast-mine already exists",
            "!!! -": "is not a valid recipe name",
            "podcast": "is a built-in recipe",
        }.items():
            await press(app, pilot, "n")
            app.screen.query_one(Input).value = name
            await press(app, pilot, "enter")
            assert message in key_hints(app)
        assert [recipe.name for recipe in path.parent.glob("*.toml")] == [path.name]
        assert path.read_text() == 'title = "Mine"\n'
        await press(app, pilot, "n", "enter")
        await wait_until(pilot, lambda: screen.recipe and screen.recipe.name == "podcast-mine-mine")


async def test_enter_edits_or_copies_a_recipe_and_runs_nothing(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = deliver_screen(app)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, TextPrompt)
        await press(app, pilot, "enter")
        await wait_until(pilot, lambda: screen.recipe and screen.recipe.own)
        await press(app, pilot, "enter")
        assert screen.editing
        assert not [job for job in app.snapshot.jobs if job.kind == "deliver"]


async def test_job_progress_does_not_validate_the_recipe(studio_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen, validations = deliver_screen(app), 0

        def validate(text: str) -> list[Problem]:
            nonlocal validations
            validations += 1
            return []

        monkeypatch.setattr(screen.editor, "_find_faults", validate)
        takes = screen.takes
        monkeypatch.setattr(Snapshot, "review", lambda *arguments: 1 / 0)
        app.snapshot = app.snapshot.replace(jobs=())
        screen.show_snapshot(app.snapshot)
        assert screen.takes is takes
        assert validations == 0
        monkeypatch.undo()
        await wait_until_idle(app, pilot)


async def test_help_shows_the_commands_to_copy_and_remove_a_recipe(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        screen = deliver_screen(app)
        assert screen.command_line(BY_ID["copy"].command) == "cwtui recipes copy podcast NAME"
        await open_copy(app, pilot)
        assert screen.command_line(BY_ID["copy"].command) == "cwtui recipes copy podcast-mine NAME"
        assert screen.command_line(BY_ID["remove"].command) == "cwtui recipes remove podcast-mine"


async def test_the_deliver_command_lists_the_kept_takes(studio_folder: Path) -> None:
    async with open_console(studio_folder, recipe="podcast") as (app, pilot):
        await press(app, pilot, "y", "j", "y", "R", "w", "w", "less_than_sign", "D")
        screen = deliver_screen(app)
        assert app.snapshot.review(app.snapshot.takes[1]).starts
        assert screen.command_line("{deliver}") == "cwtui deliver podcast 1 2"
