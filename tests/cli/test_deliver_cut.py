"""`cwtui deliver --cut`: options that do not fit, and the forecast of a film."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from engine.studio import ProjectCuts, Studio
from engine.timeline import Clip, Cut
from engine.transfer import import_footage

from .shell import Shell


def test_a_film_is_forecast(cwtui: Shell, small_take: Path) -> None:
    studio = Studio(cwtui.studio)
    project = studio.new_project("Walk")
    (take,) = import_footage(studio.catalog, studio.folder, project, [small_take]).takes
    ProjectCuts(studio, project).add(Cut("film", Fraction(30), 320, 180, (Clip("1", take.id, 2, 20),)))
    studio.close()
    refused = cwtui("deliver", "review-proxy", "1", "--cut", "film", code=2)
    assert "--cut cannot be combined with takes" in refused.stderr
    missing = cwtui("deliver", "review-proxy", "--cut", "films", code=2)
    assert "film" in missing.stderr
    forecast = json.loads(cwtui("deliver", "review-proxy", "--cut", "film", "--dry-run", "--json").stdout)
    (estimate,) = forecast["estimates"]
    assert (estimate["take"], estimate["duration"], estimate["files"]) == ("film", 20 / 30, ["film.mp4"])
    assert forecast["existing"] == []
