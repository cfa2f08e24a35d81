"""A take is delivered with its trim, unless a range is given."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from engine.deliver import load_recipe
from engine.studio import DeliveryRequest, Studio, plan_delivery


def test_a_take_is_delivered_with_its_trim_unless_a_range_is_given(studio: Studio, small_take: Path) -> None:
    project = studio.new_project("Harbour walk")
    studio.ingest(project, [small_take])
    (take,) = studio.takes(project)
    recipe = load_recipe("review-proxy")

    def delivered_range(request: DeliveryRequest) -> tuple[Fraction, Fraction | None]:
        ((_, job_request),) = plan_delivery(studio, request).steps
        return job_request.parameters.start, job_request.parameters.end  # type: ignore[attr-defined]

    assert delivered_range(DeliveryRequest(recipe)) == (0, None)
    studio.catalog.reviews.set_trim(take, Fraction(1, 4), Fraction(3, 4))
    assert delivered_range(DeliveryRequest(recipe)) == (Fraction(1, 4), Fraction(3, 4))
    assert delivered_range(DeliveryRequest(recipe, start=Fraction(0))) == (0, None)
