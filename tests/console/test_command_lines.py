"""The command lines that do the same as actions."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from cwtui.console.command_lines import answer_command, command_line, confirm_command, deliver_command, take_numbers
from cwtui.console.snapshot import Snapshot
from engine.catalog import JobState, Review
from tests.cli.takes import a_take

from .records import PROJECT, a_job

TAKE = a_take(PROJECT, 7)


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """A snapshot of the default studio."""
    monkeypatch.setenv("CWTUI_STUDIO", str(tmp_path))
    return Snapshot(tmp_path, projects=(PROJECT,), project=PROJECT, takes=(TAKE,))


def test_a_command_has_the_take_and_values_of_the_screen(snapshot: Snapshot) -> None:
    assert command_line("cwtui star {take} {off} {p}", snapshot, TAKE, {}) == "cwtui star 7"
    starred = snapshot.replace(reviews={TAKE.id: Review(take_id=TAKE.id, star=True)})
    assert command_line("cwtui star {take} {off} {p}", starred, TAKE, {}) == "cwtui star 7 --off"
    assert command_line("cwtui log {job}", snapshot, None, {"job": "ab12"}) == "cwtui log ab12"
    assert command_line("cwtui keep {take}", snapshot, None, {}) == "cwtui keep TAKE"


def test_a_command_names_the_project_if_there_are_several(snapshot: Snapshot) -> None:
    other = PROJECT.model_copy(update={"id": "q", "name": "Harbour walk"})
    both = snapshot.replace(projects=(PROJECT, other), project=other)
    assert shlex.split(command_line("cwtui undo {p}", both, None, {})) == ["cwtui", "undo", "-p", "Harbour walk"]


def test_a_command_names_a_studio_that_is_not_the_default(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CWTUI_STUDIO")
    assert shlex.split(command_line("cwtui keep {take}", snapshot, TAKE, {})) == [
        "cwtui", "--studio", str(snapshot.studio), "keep", "7",
    ]  # fmt: skip


def test_several_takes_are_numbers_and_ranges() -> None:
    assert take_numbers([a_take(PROJECT, number) for number in (9, 1, 2, 5, 6, 7, 8)]) == "1 2 5-9"


def test_deliveries_and_answers_have_commands() -> None:
    assert deliver_command("my own", [(TAKE, Review(take_id=TAKE.id))], "Walk") == "cwtui deliver 'my own' 7 -p Walk"
    assert confirm_command(a_take(PROJECT, 3, None)) == "cwtui confirm 3 --input-transform apple-log"
    choice = {"option": "speed", "value": "slow", "title": "slow", "command": "cwtui deliver web 7 --speed slow"}
    waiting = a_job("deliver", JobState.BLOCKED, error={"message": "Which?", "choices": [choice]})
    assert answer_command([waiting]) == choice["command"]
    assert answer_command([a_job("deliver", JobState.RUNNING)]) is None
    assert answer_command([]) is None
