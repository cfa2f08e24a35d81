"""A complete workflow in tmux: project, footage, review, recipe and delivery, then exit and resume."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cwtui.console.session import read_session
from engine.catalog import Catalog, Job, JobState, Project
from engine.deliver import load_recipe, read_receipt
from engine.jobs import find_studio_process, stop_studio_process
from engine.studio import Studio

from ...gpu_cache import shared_gpu_cache
from ..pilot import isolated_environment
from ..terminal_pty import console_command
from .tmux import Pane, pane, tmux_missing_reason

# The shortest take with speech of the sample shoot.
TAKE = "IMG_0102.MOV"


@pytest.fixture
def card(prepared_studio: Path, tmp_path: Path) -> Path:
    """A card with the shortest take of the sample shoot."""
    folder = tmp_path / "card"
    folder.mkdir()
    shutil.copy(prepared_studio.parent / "footage" / TAKE, folder)
    return folder


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gpu_cache: Path) -> Iterator[Pane]:
    if reason := tmux_missing_reason():
        pytest.skip(reason)
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, isolated_environment(tmp_path)[name])
    with shared_gpu_cache(gpu_cache, tmp_path / "studio"):
        with pane(tmp_path, isolated_environment(tmp_path)) as shell_pane:
            yield shell_pane
        if process := find_studio_process(tmp_path / "studio"):
            stop_studio_process(tmp_path / "studio", process)


def console(folder: Path) -> str:
    return shlex.join(console_command(folder))


def open_studio(folder: Path) -> tuple[Studio, Project]:
    studio = Studio(folder)
    return studio, studio.project(None)


def test_a_workflow_from_new_project_to_delivery_and_resume(shell: Pane, card: Path, tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    shell.run(console(studio))

    # Create a project and add footage
    shell.until("Welcome to Cleanwater", "Create it here")
    # A long path takes two lines.
    assert str(studio) in "".join(shell.text.split())
    assert not Catalog.exists_in(studio)
    shell.keys("Enter")
    shell.until("Project name")
    shell.type("Harbour walk")
    shell.keys("Enter")
    shell.until("Created “Harbour walk”")
    shell.keys("+")
    shell.until("Add footage to", "Home")
    shell.type(str(card))
    shell.keys("Enter")
    shell.until("⏎ Add 1 take")
    shell.keys("Enter")
    shell.until("Arrived · 1", "Deliver 001-IMG_0102 as review-proxy")

    # Review, mark and keep the take
    shell.keys("T")
    shell.until("001")
    shell.keys("R")
    shell.until("001-IMG_0102", "Right,")
    shell.keys("w")
    shell.keys("w")
    shell.keys("m")
    shell.until("marker at")
    shell.keys("M")
    shell.until("Marker name")
    shell.type("sunrise")
    shell.keys("Enter")
    shell.until("sunrise")
    shell.keys("T")
    shell.until("sunrise", "filter")
    shell.keys("y")
    shell.until("keep")
    shell.keys("*")
    shell.until("★")

    # Copy, edit and run a recipe
    shell.keys("D")
    shell.until("podcast")
    shell.keys("g")
    while read_session(studio).recipe != "podcast":
        before = read_session(studio).recipe
        shell.keys("j")
        shell.until_true(lambda before=before: read_session(studio).recipe != before, "the cursor does not move")
    shell.keys("n")
    shell.until("Name of the copy", "podcast-mine")
    shell.keys("Enter")
    shell.until("Created podcast-mine")
    shell.keys("e")
    shell.until("esc back")
    recipe = (studio / "recipes" / "podcast-mine.toml").read_text().splitlines()
    line = next(n for n, row in enumerate(recipe) if row.startswith("lufs"))
    number = recipe[line].removeprefix("lufs = ")
    shell.keys(*["Down"] * line, "End", *["BSpace"] * len(number))
    shell.type("-19.0")
    shell.until("lufs = -19.0", "not saved yet")
    shell.keys("C-s")
    shell.until("Saved podcast-mine")
    shell.keys("Escape")
    written = load_recipe(str(studio / "recipes" / "podcast-mine.toml"))
    assert written.sound
    assert written.sound.lufs == -19.0
    shell.until("e edit")
    shell.keys("r")
    folder = studio / "harbour-walk" / "deliverables" / "podcast-mine"
    shell.until_true(lambda: (folder / "receipt.json").is_file() and read_receipt(folder).deliveries, "no receipt")
    shell.until("Deliveries", "checks")
    (delivery,) = read_receipt(folder).deliveries
    assert delivery.passed
    assert all((folder / file.path).is_file() for file in delivery.files)

    # Quit in Review; the terminal is restored
    shell.keys("R")
    shell.until("001-IMG_0102", "Right,")
    shell.keys("w")
    shell.until_true(lambda: read_session(studio).playhead, "the playhead is not kept")
    session = read_session(studio)
    shell.keys("q")
    assert_shell_is_restored(shell)

    # Reopen: the same screen, take and position
    shell.run(console(studio))
    shell.until("001-IMG_0102", "Right,", "sunrise")
    assert read_session(studio) == session
    shell.keys("q")
    assert_shell_is_restored(shell)

    # The decisions are in the studio
    opened_studio, project = open_studio(studio)
    (take,) = opened_studio.takes(project)
    (marker,) = opened_studio.catalog.reviews.all_markers(project.id)[take.id]
    review = opened_studio.catalog.reviews.of(take)
    assert (marker.label, review.verdict, review.star) == ("sunrise", "keep", True)
    opened_studio.close()


def test_a_closed_terminal_does_not_stop_running_jobs(shell: Pane, small_take: Path, tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    opened_studio = Studio(studio)
    opened_studio.new_project("Harbour walk")
    opened_studio.close()
    shell.run(console(studio))
    # A project without takes opens in Ingest.
    shell.until("Add a file, a folder or a card", "nothing leaves this machine")
    shell.keys("+")
    shell.until("Add footage to", "Home")
    shell.type(str(small_take))
    shell.keys("Enter")
    shell.until("⏎ Add 1 take")
    shell.keys("Enter")
    # The studio process starts while footage is chosen, before there is a job.
    shell.until_true(lambda: ingests(studio), "no ingest")
    shell.until_true(lambda: find_studio_process(studio), "no studio process")
    before = find_studio_process(studio)
    (console_process,) = psutil.Process(int(shell.query("pane_pid"))).children()

    shell.new_window()
    shell.until_true(lambda: not console_process.is_running(), "the console is still there")
    after = find_studio_process(studio)
    assert before
    assert after
    assert before.pid == after.pid

    shell.run(console(studio))
    shell.until("001", "Arrived · 1")
    (ingest,) = ingests(studio)
    assert (ingest.state, ingest.attempts) == (JobState.DONE, 1)
    shell.keys("q")
    assert_shell_is_restored(shell)


def ingests(studio: Path) -> list[Job]:
    catalog = Catalog.in_studio(studio)
    try:
        return catalog.queue.jobs(kind="ingest")
    finally:
        catalog.close()


def assert_shell_is_restored(shell: Pane) -> None:
    """The alternate screen is left, the cursor is shown, the mouse is released, and the shell reads input."""
    shell.until_true(lambda: shell.query("alternate_on") == "0", "the other screen is not left")
    shell.run('echo "the shell heard $((6 * 7))"')
    shell.until("the shell heard 42")
    assert shell.query("cursor_flag") == "1"
    assert shell.query("mouse_any_flag") == "0"
    assert "Traceback" not in shell.text
