"""The start without a studio, without a project and without a deliverable; the current project of the console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.keymap import with_keys
from cwtui.console.screens.ingest.first_steps import FirstStep, first_steps, render_steps
from cwtui.console.snapshot import Snapshot
from cwtui.console.theme import DARK
from cwtui.console.widgets.empty_state import EmptyState
from cwtui.paths import default_studio, is_account_default, set_default_studio
from engine.catalog import Catalog, Job, JobState, Review
from engine.studio import Studio

from ..cli.takes import a_take
from .pilot import open_console, press, wait_until
from .records import PROJECT


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home folder without a studio."""
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "HOME").mkdir()
    monkeypatch.delenv("CWTUI_STUDIO", raising=False)
    return tmp_path / "HOME"


def screen_text(app: ConsoleApp) -> str:
    """The text of the screen with single spaces, because dialogs wrap."""
    lines = app.screen._compositor.render_strips(app.size)
    return " ".join(" ".join("".join(segment.text for segment in strip) for strip in lines).split())


async def test_a_studio_is_created_only_after_an_answer_and_leads_to_a_project(home: Path) -> None:
    folder = default_studio()
    async with open_console(folder, (80, 24)) as (app, pilot):
        assert isinstance(app.screen, ChoicePrompt)
        # The list of takes, which is below, does not show through.
        assert screen_text(app).startswith("Welcome to Cleanwater Cleanwater turns phone footage")
        assert screen_text(app).endswith("⏎ Choose esc Quit")
        assert str(folder) in str(app.screen.query_one(".details", Static).content)
        assert not list(home.iterdir())

        await press(app, pilot, "enter")
        await wait_until(pilot, lambda: app.snapshot.loaded and isinstance(app.screen, TextPrompt))
        assert app.mode_screen
        assert app.mode_screen.MODE == "ingest"
        assert Catalog.exists_in(folder)

        # The prompt stays until the project has a name.
        await press(app, pilot, "enter")
        assert "A project needs a name" in screen_text(app)
        await press(app, pilot, *"Harbour", "enter")
        await wait_until(pilot, lambda: app.snapshot.project)
        await press(app, pilot, "n", *"Harbour", "enter")
        assert "Project “Harbour” already exists." in screen_text(app)
        assert "Harbour" in screen_text(app).split("Project name")[1]
        await press(app, pilot, "escape")
        assert "▸ 2 Footage + Add a file" in screen_text(app)


async def test_another_folder_is_checked_before_the_console_opens_there(home: Path) -> None:
    (home / "note.txt").touch()
    async with open_console(default_studio()) as (app, pilot):
        await press(app, pilot, "down", "enter", "ctrl+u", *"~/note.txt", "enter")
        assert "note.txt is a file, not a folder." in screen_text(app)
        await press(app, pilot, "escape")
        assert isinstance(app.screen, ChoicePrompt)
        await press(app, pilot, "down", "enter", "ctrl+u", *"~/films")
        await pilot.press("enter")
        await wait_until(pilot, lambda: app.next_folder)
        assert app.next_folder == home / "films"
        assert not (home / "films").exists()


def test_the_chosen_folder_becomes_the_default_of_the_account(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_account_default(home / "Movies" / "Cleanwater")
    set_default_studio(home / "films")
    assert default_studio() == home / "films"
    monkeypatch.setenv("CWTUI_STUDIO", str(home / "other"))
    assert default_studio() == home / "other"
    assert not is_account_default(home / "other")


async def test_the_console_opens_and_sets_the_current_project(home: Path, tmp_path: Path) -> None:
    studio = Studio(tmp_path / "studio")
    first = studio.new_project("Harbour")
    studio.new_project("Night")
    studio.catalog.set_current_project(first)
    async with open_console(studio.folder, screen="takes") as (app, pilot):
        assert app.snapshot.project
        assert app.snapshot.project.name == "Harbour"
        assert app.mode_screen
        lines = app.mode_screen.query_one(EmptyState).lines
        assert (lines[0], with_keys(lines[-1], {})) == ("No takes yet.", "Press I, then + to add footage.")
        await press(app, pilot, "f6", "up", "enter")
        await wait_until(pilot, lambda: app.snapshot.project and app.snapshot.project.name == "Night")
        assert studio.project(None).name == "Night"
        # Help is also available on an empty screen.
        await app.open_screen("review")
        assert app.disabled_reason("help") == ""
    studio.close()


def a_delivery(state: JobState) -> Job:
    return Job(
        id="d" * 16, project_id=PROJECT.id, kind="deliver", title="review-proxy: 001", parameters={}, state=state,
        created_at=datetime.now(UTC),
    )  # fmt: skip


def steps_of(**changes: Any) -> tuple[FirstStep, ...]:
    snapshot = Snapshot(Path("studio"), loaded=True).replace(**changes)
    return first_steps(snapshot, [])


def test_each_step_leads_to_the_next_until_something_is_delivered() -> None:
    log, take = a_take(PROJECT, 1, None), a_take(PROJECT, 2)
    project = {"projects": (PROJECT,), "project": PROJECT}
    assert [step.action for step in steps_of()] == ["new_project", "", ""]
    assert [step.action for step in steps_of(**project)] == ["", "add", ""]
    assert steps_of(**project, takes=(log,))[2].action == "answer"
    _, footage, delivery = steps_of(**project, takes=(log, take))
    assert footage.remark == "2 takes; {go_review} shows the first picture"
    assert (delivery.action, "002" in delivery.remark) == ("first_deliverable", True)
    # A kept take is preferred.
    third = a_take(PROJECT, 3)
    reviews = {third.id: Review(take_id=third.id, verdict="keep")}
    assert "003" in steps_of(**project, takes=(take, third), reviews=reviews)[2].remark
    for state, remark in {
        JobState.QUEUED: "queued",
        JobState.BLOCKED: "waits for your answer",
        JobState.FAILED: "Failed; {go_jobs} shows why.",
    }.items():
        assert remark in steps_of(**project, takes=(take,), jobs=(a_delivery(state),))[2].remark
    assert steps_of(**project, takes=(take,), delivered=True) == ()
    assert first_steps(Snapshot(Path("studio")), []) == ()


def test_steps_name_the_keys_of_the_user() -> None:
    steps = steps_of(projects=(PROJECT,), project=PROJECT)
    text = render_steps(steps, DARK, {"add": "f9"}, 80, large=False, plain=False).plain
    assert "f9  Add a file" in text


def test_a_long_remark_is_wrapped_below_its_start() -> None:
    steps = (FirstStep("First file", "next", "Deliver 001-a_long_name as review-proxy: a small film to watch", "add"),)
    first, second = render_steps(steps, DARK, {"add": "d"}, 60, large=False, plain=False).plain.split("\n")
    assert second.startswith(" " * first.index("Deliver"))
    assert not second.startswith(" " * (first.index("Deliver") + 1))
