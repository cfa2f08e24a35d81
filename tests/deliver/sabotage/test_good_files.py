"""No check fails on good files: all recipes, with takes of different kinds."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from engine.deliver import DeliverableRequest, build_deliverable, load_recipe, recipe_names
from engine.ingest import inspect
from engine.speech import Cue
from fixtures import clips
from fixtures.camera_gops import write_camera_take
from tests.permissions import DELIVER

pytestmark = pytest.mark.slow

_CUE = Cue(Fraction(1, 20), Fraction(19, 20), "Flat &\n<still>.")
# Archives are not rendered; `archive` of test_sabotage.py is one.
_RENDERED = [name for name in recipe_names() if load_recipe(name).archive is None]
# Without sound, these recipes are refused.
_NEED_SOUND = ("podcast", "captions")
_FEWEST = 50


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Short takes: HLG, upright SDR at 60 frames per second, uneven frame times, ProRes, no sound. Read-only."""
    folder = tmp_path_factory.mktemp("camera")
    clips.flash_and_click(folder / "uneven.MOV", seconds=3)
    return {
        "hlg": clips.plain_take(folder / "hlg.MOV", 320, 180, codec="hevc"),
        "upright": clips.plain_take(folder / "upright.MOV", 320, 180, rate=60, rotation=-90),
        "uneven": folder / "uneven.MOV",
        "prores": write_camera_take(folder / "prores.mov", "prores", 30),
        "silent": clips.picture_only(folder / "silent.MOV"),
    }


@pytest.mark.parametrize("name", _RENDERED)
def test_no_check_fails_on_good_files(takes: dict[str, Path], tmp_path: Path, name: str) -> None:
    recipe, files = load_recipe(name), 0
    for label, path in takes.items():
        footage = inspect(path)
        assert footage.probe.picture
        if name in _NEED_SOUND and not footage.probe.sound:
            continue
        order = DeliverableRequest(
            footage, label, recipe, footage.probe.picture.input_transform, cues=[_CUE], language="en"
        )
        made = build_deliverable(DELIVER, order, tmp_path / name)
        files += len(made.files)
        assert [(check.id, check.measured, check.wanted) for check in made.checks if check.failed] == [], label
        # Warnings: the takes are shorter than some platforms want, and the clicks of one limit its loudness.
        assert {check.id for check in made.checks if not check.passed} <= {"platform", "loudness"}
    assert files * len(_RENDERED) >= _FEWEST
