"""Deliveries that need an answer first: about damage, or about the speed of footage with a high frame rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from cwtui.console.app import ConsoleApp
from cwtui.console.dialogs.gate_questions import GateQuestion
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.screens.deliver.screen import DeliverScreen
from cwtui.console.screens.jobs.screen import JobsScreen
from engine.catalog import Job, JobState
from engine.deliver import load_library, load_recipe, read_receipt
from engine.errors import GateChoice, GateError
from engine.jobs import find_studio_process, gate_choices
from engine.studio import DeliveryRequest, ProjectCuts, Studio, plan_delivery, plan_with_answers, submit_deliveries

from ..pilot import key_hints, open_console, press, wait_until
from ..test_condition import FROZEN, SILENT, record_conditions

_SOUND = 'title = "Sound"\n\n[sound]\ncodec = "wav"\nlufs = -23.0\ntrue_peak_dbtp = -1.0\n'
_FAST = """title = "Fast"

[picture]
view = "sdr"
codec = "h264"
quality = 40
short_edge = 90
long_edge = 160
max_rate = 10
"""


@pytest.fixture
def damaged(studio_folder: Path) -> Path:
    """A studio with a kept, damaged first take and two custom recipes: one for sound and one for picture."""
    record_conditions(studio_folder, {1: [FROZEN, SILENT]})
    (studio_folder / "recipes").mkdir(exist_ok=True)
    (studio_folder / "recipes" / "sound.toml").write_text(_SOUND)
    (studio_folder / "recipes" / "fast.toml").write_text(_FAST)
    studio = Studio(studio_folder)
    studio.catalog.reviews.set_verdict(studio.takes(studio.project(None))[0], "keep")
    studio.close()
    return studio_folder


def deliveries(app: ConsoleApp, *states: JobState) -> list[Job]:
    return [job for job in app.snapshot.jobs if job.kind == "deliver" and (not states or job.state in states)]


def question(app: ConsoleApp) -> str:
    assert isinstance(app.screen, ChoicePrompt)
    return "\n".join(str(part.render()) for part in app.screen.query("Static"))


async def test_a_damaged_take_is_delivered_after_confirmation(damaged: Path) -> None:
    async with open_console(damaged, screen="deliver", recipe="sound") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        await wait_until(pilot, lambda: "confirm: damaged 00:01.2" in str(screen.query_one("#outcome").render()))
        await press(app, pilot, "r")
        await wait_until(pilot, lambda: isinstance(app.screen, ChoicePrompt))
        assert "00:01.2–00:01.4: 0.2 s of sound do not decode" in question(app)
        assert "30 frames" not in question(app), "the recipe takes no picture"
        await press(app, pilot, "enter")
        assert "1 take skipped" in key_hints(app)
        assert deliveries(app) == []
        await press(app, pilot, "r")
        await wait_until(pilot, lambda: isinstance(app.screen, ChoicePrompt))
        await press(app, pilot, "down", "enter")
        folder = damaged / "harbour-walk" / "deliverables" / "sound"
        await wait_until(pilot, lambda: read_receipt(folder).deliveries)
        (receipt,) = read_receipt(folder).deliveries
        assert (receipt.complete, receipt.passed) == (False, True)
        await wait_until(pilot, lambda: deliveries(app, JobState.DONE))
        outcome = " ".join(str(screen.query_one("#outcome").render()).split())
        assert "! incomplete " in outcome
        assert "! source complete: incomplete (accepted)" in outcome
        assert "damaged 00:01.2–00:01.4: 0.2 s of sound do not decode" in outcome
        stored = load_library(damaged, app.snapshot.project).by_name["sound"]
        assert (stored.failed, stored.incomplete) == (0, True)


async def test_waiting_deliveries_are_answered_in_jobs(damaged: Path) -> None:
    studio = Studio(damaged)
    request = DeliveryRequest(load_recipe(str(damaged / "recipes" / "sound.toml")), ("1",), "Harbour walk")
    ((waiting,),) = submit_deliveries(studio, [plan_delivery(studio, request)])
    studio.close()
    assert waiting.state is JobState.BLOCKED
    assert [choice.option for choice in gate_choices(waiting)] == ["damaged"]
    async with open_console(damaged, screen="jobs") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, JobsScreen)
        assert screen.rows
        screen.rows.move_to(waiting.id)
        assert screen.command_line("{answer}").endswith("--damaged")
        await press(app, pilot, "a")
        assert "0.2 s of sound do not decode" in question(app)
        await press(app, pilot, "enter")
        assert [job.id for job in deliveries(app, JobState.BLOCKED)] == [waiting.id], "left, it waits on"
        await press(app, pilot, "a", "down", "enter")
        await wait_until(pilot, lambda: deliveries(app) and not deliveries(app, JobState.BLOCKED))
        (job,) = deliveries(app)
        assert job.parameters["damaged"] is True
        await wait_until(pilot, lambda: "1 delivery answered" in key_hints(app))
        screen.rows.move_to(job.id)
        await press(app, pilot, "a")
        assert "not waiting for an answer" in key_hints(app)


async def test_speed_and_damage_are_each_confirmed_once(damaged: Path) -> None:
    async with open_console(damaged, screen="deliver", recipe="fast") as (app, pilot):
        await press(app, pilot, "r")
        await wait_until(pilot, lambda: isinstance(app.screen, ChoicePrompt))
        assert "Playback speed" in question(app)
        assert "allows at most 10" in question(app)
        await press(app, pilot, "down", "down", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ChoicePrompt) and "damaged" in question(app))
        await press(app, pilot, "down", "enter")
        await wait_until(pilot, lambda: deliveries(app))
        (job,) = deliveries(app)
        assert (job.parameters["speed"], job.parameters["damaged"]) == ("slow", True)
        # A studio process that has not started yet would not be stopped after the test.
        await wait_until(pilot, lambda: find_studio_process(damaged))


async def test_a_cut_of_a_damaged_take_is_delivered_after_confirmation(damaged: Path) -> None:
    with Studio(damaged) as studio:
        cuts = ProjectCuts(studio, studio.project(None))
        cuts.add(cuts.new("film"))
    async with open_console(damaged, screen="deliver", recipe="sound") as (app, pilot):
        screen = app.mode_screen
        assert isinstance(screen, DeliverScreen)
        await press(app, pilot, "t", "end", *["up"] * 3, "enter")
        assert "the cut “film”" in str(screen.query_one("#choices").render())
        assert screen.command_line("{deliver}").endswith("sound.toml --cut film")
        await wait_until(pilot, lambda: "1 film" in str(screen.query_one("#outcome").render()))
        await press(app, pilot, "w")
        assert "A cut is delivered as it is." in key_hints(app)
        await press(app, pilot, "r")
        await wait_until(pilot, lambda: isinstance(app.screen, ChoicePrompt))
        assert "do not decode" in question(app)
        await press(app, pilot, "enter")
        assert "1 cut skipped" in key_hints(app)
        await press(app, pilot, "r")
        await wait_until(pilot, lambda: isinstance(app.screen, ChoicePrompt))
        await press(app, pilot, "down", "enter")
        await wait_until(pilot, lambda: "1 cut queued" in key_hints(app))
        (job,) = (job for job in app.snapshot.jobs if job.kind == "cut-deliver")
        assert job.parameters["damaged"] is True


def test_an_answer_applies_only_to_takes_that_need_it(damaged: Path) -> None:
    studio = Studio(damaged)
    recipe = load_recipe(str(damaged / "recipes" / "sound.toml"))
    answers, plan = {"damaged": True}, partial(plan_delivery, studio)
    plans = [plan_with_answers(plan, DeliveryRequest(recipe, (take,), "Harbour walk"), answers) for take in ("1", "2")]
    assert [one and one.request.damaged for one in plans] == [True, False]
    assert plan_with_answers(plan, DeliveryRequest(recipe, ("1",), "Harbour walk"), {"damaged": None}) is None
    with pytest.raises(GateError, match=r"0\.2 s of sound do not decode"):
        plan_with_answers(plan, DeliveryRequest(recipe, ("1",), "Harbour walk"), {})
    studio.close()


def _question(messages: Sequence[str]) -> GateQuestion:
    return GateQuestion(tuple(messages), (GateChoice("speed", "real", "real"), GateChoice("speed", "slow", "slow")))


def test_a_question_returns_the_selected_choice_or_none() -> None:
    question = _question(["one"])
    assert (question.parse_answer("0"), question.parse_answer("1")) == question.choices
    assert question.parse_answer("") is None
