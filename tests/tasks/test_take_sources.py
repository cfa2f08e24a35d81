"""The products that a delivery with a look uses or requests."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Take
from engine.deliver import Recipe, load_recipe
from engine.jobs import JobRequest
from engine.perception import AnalysedTake, AnalysisFrame, ProviderSet, write_perception
from engine.studio import Studio
from engine.tasks import perception_folder
from engine.transfer import import_footage
from tests.perception.stored_products import Known, frames_between

MASKED = Path("looks/masked.toml")


@pytest.fixture
def take(studio: Studio, small_take: Path) -> Take:
    """A take of a studio with a look that reads a mask."""
    (studio.folder / MASKED).parent.mkdir(exist_ok=True)
    (studio.folder / MASKED).write_text('title = "Masked"\n[exposure]\nstops = 1.0\nmask = "person"\n')
    project = studio.new_project("p")
    (made,) = import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True).takes
    return made


def store(studio: Studio, take: Take, name: str, first: int, frames: int) -> None:
    """Stores a mask of some frames of a take."""
    grid = studio.subject_of(take).footage.grid
    assert grid
    ticks = range(first, min(first + frames, len(grid.sources)))

    def given(start: int, stop: int) -> Generator[AnalysisFrame]:
        return frames_between(start, stop, ticks.stop)

    folder = perception_folder(studio, take.id, take.digest) / name
    analysed = AnalysedTake(take.label, take.digest, grid.rate, ticks, (32, 18))
    write_perception(folder, analysed, ProviderSet(Known("person_mask"), Known("optical_flow"), keep_flow=False), given)


def masked() -> Recipe:
    return load_recipe("review-proxy").with_look("masked")


def delivery(studio: Studio, take: Take, start: int = 0, end: int | None = None) -> JobRequest:
    subject, stop = studio.subject_of(take), None if end is None else Fraction(end)
    return studio.tasks.delivery_request(subject, masked(), studio.folder / "out", start=Fraction(start), end=stop)


def test_a_delivery_uses_the_stored_mask_and_another_mask_makes_it_again(studio: Studio, take: Take) -> None:
    store(studio, take, "first", 0, 10_000)
    job = delivery(studio, take)
    assert job.parameters.sources == ("first",)  # type: ignore[attr-defined]
    assert "perceive" not in [one.kind.name for one in job.after]
    assert delivery(studio, take).id == job.id

    store(studio, take, "other-model", 0, 10_000)
    again = delivery(studio, take)
    assert again.parameters.sources == ("other-model",)  # type: ignore[attr-defined]
    assert again.id != job.id


def test_a_mask_of_a_part_is_used_for_deliveries_of_this_part_only(studio: Studio, take: Take) -> None:
    grid = studio.subject_of(take).footage.grid
    assert grid
    store(studio, take, "start", 0, round(grid.rate))
    assert delivery(studio, take, 0, 1).parameters.sources == ("start",)  # type: ignore[attr-defined]
