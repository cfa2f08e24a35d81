"""A take is delivered with its trim, unless a range is given."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.deliver import Recipe, SoundRecipe, load_recipe, read_receipt
from engine.policy import PolicyError
from engine.studio import DeliveryRequest, Studio, deliver_all, forecast_delivery, plan_delivery
from engine.transfer import import_footage
from fixtures import clips


def test_a_take_is_delivered_with_its_trim_unless_a_range_is_given(studio: Studio, small_take: Path) -> None:
    project = studio.new_project("Harbour walk")
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
    recipe = load_recipe("review-proxy")

    def delivered_range(request: DeliveryRequest) -> tuple[Fraction, Fraction | None]:
        ((_, job_request),) = plan_delivery(studio, request).steps
        return job_request.parameters.start, job_request.parameters.end  # type: ignore[attr-defined]

    assert delivered_range(DeliveryRequest(recipe)) == (0, None)
    studio.catalog.reviews.set_trim(take, Fraction(1, 4), Fraction(3, 4))
    assert delivered_range(DeliveryRequest(recipe)) == (Fraction(1, 4), Fraction(3, 4))
    assert delivered_range(DeliveryRequest(recipe, start=Fraction(0))) == (0, None)


def test_takes_are_named_by_ranges_of_numbers(studio: Studio, tmp_path: Path) -> None:
    project = studio.new_project("Harbour walk")
    files = [clips.tone(tmp_path / f"{n}.wav", n) for n in (1, 2, 3)]
    import_footage(studio.catalog, studio.folder, project, files)
    sound = SoundRecipe(codec="wav", lufs=-16, true_peak_dbtp=-1)
    request = DeliveryRequest(Recipe(name="sound", title="Sound", sound=sound), ("2-3", "2"))
    assert forecast_delivery(studio, request).new_files == ["002-2.wav", "003-3.wav"]


def test_each_kept_range_of_a_take_is_a_deliverable_with_its_own_number(studio: Studio, small_take: Path) -> None:
    project = studio.new_project("Harbour walk")
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
    studio.catalog.reviews.add_range(take, Fraction(1, 2), None)
    studio.catalog.reviews.add_range(take, Fraction(0), Fraction(1, 5))
    sound = SoundRecipe(codec="wav", lufs=-16, true_peak_dbtp=-1)
    request = DeliveryRequest(Recipe(name="sound", title="Sound", sound=sound))
    (outcome,) = deliver_all(studio, request)
    assert outcome.selection
    assert outcome.selection.as_json()["ranges"] == 2
    names = [f"{take.label}-1", f"{take.label}-2"]
    assert [file.path for delivered in outcome.delivered for file in delivered.files] == [f"{n}.wav" for n in names]
    assert outcome.folder
    listed = [(one.take, one.start, one.duration) for one in read_receipt(outcome.folder).deliveries]
    assert listed == [(names[0], 0, Fraction(1, 5)), (names[1], Fraction(1, 2), Fraction(1, 2))]
    # A moved out point replaces the file of its range, and leaves the other one.
    studio.catalog.reviews.set_trim(take, Fraction(0), Fraction(3, 10), number=1)
    (again,) = deliver_all(studio, request)
    assert [one.duration for one in again.delivered] == [Fraction(3, 10), Fraction(1, 2)]
    assert again.delivered[1].made_at == outcome.delivered[1].made_at
    assert len(read_receipt(outcome.folder).deliveries) == 2
    # The forecast names the files before they are made, and those of an earlier trim.
    assert not forecast_delivery(studio, request).leftover
    studio.catalog.reviews.remove_range(take, 1)
    forecast = forecast_delivery(studio, request)
    assert forecast.new_files == [f"{take.label} 0.500s-end.wav"]
    assert [path.name for path in forecast.leftover] == [f"{n}.wav" for n in names]
    assert not forecast_delivery(studio, replace(request, start=Fraction(0))).leftover


def test_a_policy_refuses_a_delivery_and_its_forecast_says_why(studio: Studio, small_take: Path) -> None:
    project = studio.new_project("Walk")
    import_footage(studio.catalog, studio.folder, project, [small_take])
    studio.catalog.policies.choose_plan("free")
    request = DeliveryRequest(load_recipe("master-prores"), project=project.name)
    (estimate,) = forecast_delivery(studio, request).estimates
    assert estimate.refused == "The plan Free delivers pictures with a watermark."
    assert not estimate.waits
    # A forecast is a dry run.
    assert studio.catalog.policies.decisions(9) == []
    with pytest.raises(PolicyError, match="Writing a deliverable is not permitted: The plan Free"):
        plan_delivery(studio, request)
    (decision,) = studio.catalog.policies.decisions(9)
    assert (decision.permitted, decision.rule) == (False, "free-watermark")
