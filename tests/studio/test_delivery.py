"""A take is delivered with its trim, unless a stretch is given."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from engine.deliver import load_recipe
from engine.studio import DeliveryRequest, Studio, plan_delivery


def test_a_take_is_delivered_as_it_is_trimmed_unless_a_stretch_is_said(studio: Studio, small_take: Path) -> None:
    project = studio.new_project("Harbour walk")
    studio.ingest(project, [small_take])
    (take,) = studio.takes(project)
    recipe = load_recipe("review-proxy")

    def stretch(request: DeliveryRequest) -> tuple[Fraction, Fraction | None]:
        ((_, step),) = plan_delivery(studio, request).steps
        return step.parameters.start, step.parameters.end  # type: ignore[attr-defined]

    assert stretch(DeliveryRequest(recipe)) == (0, None)
    studio.catalog.reviews.set_trim(take, Fraction(1, 4), Fraction(3, 4))
    assert stretch(DeliveryRequest(recipe)) == (Fraction(1, 4), Fraction(3, 4))
    assert stretch(DeliveryRequest(recipe, start=Fraction(0))) == (0, None)
