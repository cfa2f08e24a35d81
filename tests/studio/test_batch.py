"""Deliverables of one request: their files have different names, and a failure may stop the takes that follow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from engine.deliver import Recipe, SoundRecipe
from engine.deliver.files_recipe import FilesRecipe
from engine.errors import RequestError
from engine.studio import DeliveryRequest, Studio, forecast_delivery, plan_delivery
from engine.transfer import import_footage
from fixtures import clips


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """A studio with three takes."""
    with Studio(tmp_path / "studio") as studio:
        project = studio.new_project("Harbour walk")
        paths = [clips.tone(tmp_path / f"{name}.WAV", seconds) for seconds, name in enumerate("ABC", 1)]
        assert not import_footage(studio.catalog, studio.folder, project, paths).failed
        yield studio


def request(**files: object) -> DeliveryRequest:
    sound = SoundRecipe(codec="wav", lufs=-16.0, true_peak_dbtp=-1.0)
    return DeliveryRequest(Recipe(name="own", title="Own", sound=sound, files=FilesRecipe(**files)))  # type: ignore[arg-type]


def test_files_of_the_same_name_are_refused_before_the_work(studio: Studio) -> None:
    with pytest.raises(RequestError, match=r"001-A and 002-B would both be written to own\.wav") as caught:
        plan_delivery(studio, request(name="{recipe}"))
    assert "{take}" in caught.value.hint
    assert not studio.catalog.queue.jobs()
    assert len(plan_delivery(studio, request(name="{recipe}-{take}")).steps) == 3


def test_the_forecast_has_the_names_of_the_files(studio: Studio) -> None:
    forecast = forecast_delivery(studio, request(name="{project}-{take}"))
    assert forecast.new_files == ["Harbour walk-001-A.wav", "Harbour walk-002-B.wav", "Harbour walk-003-C.wav"]


def test_takes_are_delivered_one_after_another_if_a_failure_stops_the_rest(studio: Studio) -> None:
    free, chained = (
        [step for _, step in plan_delivery(studio, request(on_fail=on_fail)).steps] for on_fail in ("keep", "stop")
    )
    assert all(one.id not in {job.id for job in other.after} for one in free for other in free)
    assert [before.id in {job.id for job in step.after} for before, step in pairwise(chained)] == [True, True]
