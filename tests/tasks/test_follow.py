"""The faces of a take are found once, and a delivery plans its crop from them, from turns and from the user's keys."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from engine.deliver import Recipe
from engine.perception import ReframeKey
from engine.speech import SpeakerTurn
from engine.studio import ReframeChange, Studio, change_reframe
from engine.tasks import SpeakerChoice, finished_faces, follow_inputs, followed_take, read_faces
from engine.transfer import import_footage
from fixtures.interview import Said, write_interview

TURNS = (Said(0.0, 1.9, 1), Said(2.1, 4.0, 0))
RECIPE = Recipe.model_validate(
    {
        "name": "upright",
        "title": "Upright",
        "picture": {"view": "sdr", "codec": "h264", "canvas": "90x160", "fit": "follow"},
    }
)


class InProcess:
    """The context of a task that runs in this process."""

    results: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    folder = Path()

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        assert 0 <= done <= total

    def cancelled(self) -> bool:
        return False


def test_a_crop_is_planned_from_faces_turns_and_keys(tmp_path: Path) -> None:
    movie = write_interview(tmp_path / "IMG_1.MOV", TURNS, 4, size=(320, 180), rate=30)
    with Studio(tmp_path / "studio") as studio:
        (take,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [movie]).takes
        subject, context = studio.subject_of(take), studio.tasks.context
        said = [SpeakerTurn(start=Fraction(one.start), end=Fraction(one.end), speaker=f"S{one.who}") for one in TURNS]
        studio.tasks.speech.set_turns(take, said)
        inputs, needed = follow_inputs(context, subject, RECIPE)
        (request,) = needed
        assert inputs
        assert (inputs.faces, inputs.voices, len(inputs.turns)) == (request.id, None, 2)
        result = request.kind.run(request.parameters, InProcess())
        faces = read_faces(context, result)
        # Every second frame is enough for blinks and syllables.
        assert (faces.step, faces.ticks, len(faces.tracks)) == (2, 120, 2)
        assert [one.tick for one in faces.tracks[0].samples] == list(range(0, 120, 2))
        assert finished_faces(context, take) is None

        planned = followed_take(context, inputs, {request.id: result}, subject, RECIPE, (90, 160))
        assert {one.speaker: one.track for one in planned.speakers} == {"S1": 2, "S0": 1}
        assert planned.plan.path.x[0] == pytest.approx(0.75, abs=0.03)
        assert planned.plan.path.x[-1] == pytest.approx(0.25, abs=0.03)
        assert len(planned.plan.path.cuts) == 1

        without = inputs.model_copy(update={"turns": ()})
        mouths = followed_take(context, without, {request.id: result}, subject, RECIPE, (90, 160))
        assert mouths.notes == ("who speaks is taken from the mouths: the footage has no sound",)

        key = ReframeKey(time=Fraction(1), x=0.5)
        assert change_reframe(studio, take, ReframeChange(keys=(key,)))
        assert change_reframe(studio, take, ReframeChange(speaker=SpeakerChoice(speaker="S1", face=1)))
        changed, _ = follow_inputs(context, subject, RECIPE)
        assert changed
        assert changed != inputs
        planned = followed_take(context, changed, {request.id: result}, subject, RECIPE, (90, 160))
        assert planned.keys == 1
        assert planned.plan.path.x[60] == pytest.approx(0.5)
        assert planned.speakers[0].chosen
        assert follow_inputs(context, subject, RECIPE.model_copy(update={"picture": None})) == (None, ())


def test_faces_of_a_pass_are_measured_and_not_looked_for_again(tmp_path: Path) -> None:
    movie = write_interview(tmp_path / "IMG_2.MOV", (Said(0.0, 0.9, 0),), 1, size=(320, 180), rate=30)
    with Studio(tmp_path / "studio") as studio:
        (take,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [movie]).takes
        subject, tasks = studio.subject_of(take), studio.tasks
        looked = tasks.perceive_request(subject, ["face"], short_edge=540)
        first = tasks.faces_request(subject)
        looked.kind.run(looked.parameters, InProcess())
        request = tasks.faces_request(subject)
        assert (first.parameters.stored, request.parameters.stored) == ("", looked.id)
        once, again = (read_faces(tasks.context, one.kind.run(one.parameters, InProcess())) for one in (first, request))
        assert again.step == once.step == 2
        for found, before in zip(again.tracks, once.tracks, strict=True):
            assert found.ticks == before.ticks
            assert [one.mouth for one in found.samples] == pytest.approx(
                [one.mouth for one in before.samples], abs=1e-3
            )
