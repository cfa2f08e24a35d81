"""A cut of a project is delivered as one film, by a job that waits for a yes to damaged takes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Damage, Encoding, JobState, Project, Take
from engine.deliver import Recipe, SoundRecipe, load_recipe, read_receipt
from engine.errors import EngineError, FileInTheWayError, RequestError
from engine.studio import (
    DeliveryRequest,
    ProjectCuts,
    Studio,
    forecast_cut,
    plan_cut_delivery,
    run_plans,
    submit_deliveries,
)
from engine.tasks.cut_deliver import CutDeliverParameters
from engine.timeline import Clip, Cut, add_title
from engine.titles import load_title
from engine.transfer import import_footage

WAV = Recipe(name="sound", title="Sound", sound=SoundRecipe(codec="wav", lufs=-16, true_peak_dbtp=-1))


@pytest.fixture
def project(studio: Studio) -> Project:
    return studio.new_project("Harbour walk")


@pytest.fixture
def take(studio: Studio, project: Project, small_take: Path) -> Take:
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
    return take


def add_cut(studio: Studio, project: Project, *clips: Clip) -> ProjectCuts:
    cuts = ProjectCuts(studio, project)
    cuts.add(Cut("film", Fraction(30), 320, 180, clips))
    return cuts


def test_a_film_is_made_once_and_again_after_an_edit(studio: Studio, project: Project, take: Take) -> None:
    cuts = add_cut(studio, project, Clip("1", take.id, 3, 12), Clip("2", None, 0, 6), Clip("3", take.id, 20, 9))
    request = DeliveryRequest(WAV)
    forecast = forecast_cut(studio, request, None)
    assert forecast.estimates[0].duration == Fraction(27, 30)
    assert forecast.new_files == ["film.wav"]
    (outcome,) = run_plans(studio, [plan_cut_delivery(studio, request, "film")])
    (made,) = outcome.delivered
    assert (made.take, made.duration, made.passed) == ("film", Fraction(27, 30), True)
    assert made.cut is not None
    assert [one.take for one in made.cut.takes] == [take.label]
    # The reason of a clip is not part of the film.
    cuts.edit("film", lambda cut: replace(cut, clips=tuple(replace(one, reason="!") for one in cut.clips)), "reasons")
    (again,) = run_plans(studio, [plan_cut_delivery(studio, request, "film")])
    assert again.delivered[0].made_at == made.made_at
    cuts.edit("film", lambda cut: replace(cut, clips=cut.clips[:1]), "shorter")
    assert forecast_cut(studio, request, "film").files("replaced")
    (shorter,) = run_plans(studio, [plan_cut_delivery(studio, request, "film")])
    assert shorter.delivered[0].duration == Fraction(12, 30)
    assert shorter.folder
    assert len(read_receipt(shorter.folder).deliveries) == 1


def test_a_film_of_a_damaged_take_waits_for_a_yes(studio: Studio, project: Project, take: Take) -> None:
    add_cut(studio, project, Clip("1", take.id, 3, 12))
    lost = Damage(kind="undecodable", media="sound", track=1, start=Fraction(1, 5), end=Fraction(2, 5), detail="lost")
    studio.catalog.conditions.record(take.digest, (lost,))
    request = DeliveryRequest(WAV)
    plan = plan_cut_delivery(studio, request, "film")
    ((blocked,),) = submit_deliveries(studio, [plan])
    assert blocked.state is JobState.BLOCKED
    ((_, step),) = plan.steps
    assert step.blocked_by
    assert "cwtui deliver sound --cut film --damaged" in step.blocked_by.hint
    (outcome,) = run_plans(studio, [plan_cut_delivery(studio, replace(request, damaged=True), "film")])
    (made,) = outcome.delivered
    assert made.passed
    assert not made.complete
    found = studio.catalog.queue.job(blocked.id)
    assert found is not None
    assert found.state is JobState.CANCELLED


def test_a_film_of_a_log_take_waits_until_its_input_transform_is_confirmed(
    studio: Studio, project: Project, take: Take, log_take: Path
) -> None:
    (log,) = import_footage(studio.catalog, studio.folder, project, [log_take]).takes
    add_cut(studio, project, Clip("1", take.id, 3, 6), Clip("2", log.id, 0, 6))
    recipe = load_recipe("review-proxy")
    assert recipe.picture
    request = DeliveryRequest(
        recipe.model_copy(update={"picture": recipe.picture.model_copy(update={"burn_in": ()})}),
    )
    plan = plan_cut_delivery(studio, request, "film")
    ((blocked,),) = submit_deliveries(studio, [plan])
    assert blocked.state is JobState.BLOCKED
    assert blocked.error
    assert "never guessed" in blocked.error["message"]
    assert "cwtui confirm" in blocked.error["hint"]
    assert forecast_cut(studio, request, "film").estimates[0].waits
    studio.confirm(log, Encoding.APPLE_LOG)
    (answered,) = [job for job in studio.catalog.queue.jobs() if job.kind == "cut-deliver" and job.id != blocked.id]
    assert [one["input_transform"] for one in answered.parameters["cut_takes"]] == ["hlg", "apple-log"]
    assert answered.state is not JobState.BLOCKED
    ((_, step),) = plan_cut_delivery(studio, request, "film").steps
    assert step.id == answered.id
    # The sound of the film does not depend on the answer.
    assert [one.id for one in step.after] == [one.id for one in plan.steps[0][1].after]


def test_what_is_missing_or_in_the_way_is_named(studio: Studio, project: Project, take: Take, tmp_path: Path) -> None:
    add_cut(studio, project, Clip("1", take.id, 3, 12), Clip("2", "gone", 0, 12))
    request = DeliveryRequest(load_recipe("review-proxy"), folder=tmp_path / "out")
    with pytest.raises(RequestError, match="1 of the takes of “film”"):
        plan_cut_delivery(studio, request, "film")
    with pytest.raises(RequestError, match="film 2"):
        plan_cut_delivery(studio, request, "film 2")
    cuts = ProjectCuts(studio, project)
    cuts.edit("film", lambda cut: replace(cut, clips=cut.clips[:1]), "remove")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "film.mp4").write_text("mine")
    with pytest.raises(FileInTheWayError):
        plan_cut_delivery(studio, request, "film")
    original = studio.folder / take.path
    original.rename(original.with_suffix(".away"))
    with pytest.raises(EngineError, match=take.label):
        plan_cut_delivery(studio, request, "film")


def test_a_title_for_captions_needs_the_words_of_the_cut(studio: Studio, project: Project, take: Take) -> None:
    cuts = add_cut(studio, project, Clip("1", take.id, 3, 20))
    proxy = load_recipe("review-proxy")
    assert proxy.picture is not None
    picture = proxy.picture.model_copy(update={"burn_in": ()})
    request = DeliveryRequest(proxy.model_copy(update={"picture": picture, "captions": None}))

    def captions() -> str | None:
        ((_, step),) = plan_cut_delivery(studio, request, "film").steps
        assert isinstance(step.parameters, CutDeliverParameters)
        return step.parameters.captions

    def set_title(kind: str, **fields: str) -> None:
        template = load_title(kind)
        cuts.edit("film", lambda cut: add_title(cut, kind, 1, template.design, 0, 20, fields), kind)

    assert captions() is None
    set_title("lower-third", name="Ada")
    set_title("captions", caption="Words of its own")
    assert captions() is None
    set_title("captions")
    assert captions() is not None
