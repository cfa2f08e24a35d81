"""Footage above a recipe's maximum frame rate plays at real speed or in slow motion, as the user chooses."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from engine.catalog import Condition, Damage
from engine.deliver import (
    CutRequest,
    DeliverableRequest,
    SourceCondition,
    build_deliverable,
    keeps_sound,
    load_recipe,
    with_speed,
)
from engine.deliver.picture_recipe import PictureRecipe
from engine.errors import GateError
from engine.ingest import inspect
from engine.time import FrameGrid
from engine.timeline import Clip, Cut
from fixtures import clips
from tests.permissions import DELIVER


def make_request(path: Path, max_rate: int = 60) -> DeliverableRequest:
    footage = inspect(path)
    assert footage.probe.picture is not None
    recipe = load_recipe("shorts-vertical").in_sdr()
    assert recipe.picture is not None
    small = recipe.picture.model_copy(update={"long_edge": 64, "short_edge": 64, "fit": "within", "max_rate": max_rate})
    recipe = recipe.model_copy(update={"picture": small})
    return DeliverableRequest(footage, footage.name, recipe, footage.probe.picture.input_transform)


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fast") / "IMG_0240.MOV"
    return clips.plain_take(path, 64, 64, rate=240, seconds=Fraction(1, 2))


def test_a_high_frame_rate_needs_a_choice_of_speed(fast: Path, tmp_path: Path) -> None:
    with pytest.raises(GateError, match="240 frames per second") as error:
        build_deliverable(DELIVER, make_request(fast), tmp_path)
    for speed in ("real", "slow"):
        assert f"--speed {speed}" in error.value.hint


@pytest.mark.parametrize(("speed", "frames", "seconds"), [("real", 30, Fraction(1, 2)), ("slow", 120, Fraction(2))])
def test_the_chosen_speed_is_applied(fast: Path, tmp_path: Path, speed: str, frames: int, seconds: Fraction) -> None:
    result = build_deliverable(DELIVER, with_speed(make_request(fast), speed), tmp_path)  # type: ignore[arg-type]
    assert [check for check in result.checks if not check.passed] == []
    assert result.duration == seconds
    with av.open(str(tmp_path / result.files[0].path)) as movie:
        assert movie.streams.video[0].average_rate == 60
        assert sum(1 for _ in movie.decode(video=0)) == frames
        assert len(movie.streams.audio) == (1 if speed == "real" else 0)
    assert any(("at real speed" if speed == "real" else "slow motion") in note for note in result.notes)


@pytest.mark.parametrize("speed", ["real", "slow"])
def test_sound_damage_counts_only_if_sound_is_delivered(fast: Path, speed: str) -> None:
    recorded = make_request(fast)
    damage = Damage(kind="silent", media="sound", track=None, start=Fraction(0), end=Fraction(1, 4), detail="zeros")
    slow = with_speed(recorded, speed)  # type: ignore[arg-type]
    source = SourceCondition(
        recorded, Condition(checked=True, damage=(damage,)), plays_sound=keeps_sound(recorded, slow)
    )
    assert source.damage == ((damage,) if speed == "real" else ())


@pytest.mark.parametrize(
    ("rate", "max_rate", "delivered_rate"),
    [
        (Fraction(240), 60, Fraction(60)),
        (Fraction(120000, 1001), 60, Fraction(60000, 1001)),
        (Fraction(100), 60, Fraction(50)),
        (Fraction(144), 60, Fraction(48)),
        (Fraction(60), 60, Fraction(60)),
        (Fraction(60), 50, Fraction(30)),
    ],
)
def test_the_delivered_rate_divides_the_recorded_rate(
    fast: Path, rate: Fraction, max_rate: int, delivered_rate: Fraction
) -> None:
    request = make_request(fast, max_rate)
    grid = FrameGrid(rate, 1 / rate, tuple(range(60)), tuple(range(60)), False)
    uneven = DeliverableRequest(
        type(request.footage)(fast, "x", request.footage.probe, grid), "x", request.recipe, request.input_transform
    )
    real, slow = with_speed(uneven, "real").footage.grid, with_speed(uneven, "slow").footage.grid
    assert real is not None
    assert slow is not None
    assert real.rate == slow.rate == delivered_rate
    assert real.sources == tuple(range(0, 60, int(rate / delivered_rate)))
    assert slow.sources == tuple(range(60))


@pytest.mark.parametrize(("written", "rate"), [(25, Fraction(25)), ("29.97", Fraction(30000, 1001))])
def test_a_recipe_has_an_exact_frame_rate(fast: Path, tmp_path: Path, written: str | int, rate: Fraction) -> None:
    recorded = make_request(fast)
    assert recorded.recipe.picture
    exact = PictureRecipe.model_validate({**recorded.recipe.picture.model_dump(), "frame_rate": written})
    order = with_speed(replace(recorded, recipe=recorded.recipe.model_copy(update={"picture": exact})), None)
    result = build_deliverable(DELIVER, order, tmp_path)
    assert [check.name for check in result.checks if not check.passed] == []
    with av.open(str(tmp_path / result.files[0].path)) as movie:
        assert movie.streams.video[0].average_rate == rate
        assert sum(1 for _ in movie.decode(video=0)) == round(rate / 2)
    assert "each frame is the nearest recorded one" in " ".join(result.notes)


@pytest.mark.parametrize("written", [0, 300, "fast", "1/0", "30001/1001x", "24.5"])
def test_a_wrong_frame_rate_is_refused(written: str | int) -> None:
    with pytest.raises(ValueError, match=r"frame rate|whole number"):
        PictureRecipe(view="sdr", codec="h264", canvas="64x64", frame_rate=written)


def test_a_cut_has_the_exact_frame_rate_of_the_recipe(fast: Path) -> None:
    recipe = make_request(fast).recipe
    assert recipe.picture
    exact = recipe.model_copy(update={"picture": recipe.picture.model_copy(update={"frame_rate": 24})})
    cut = Cut("film", Fraction(30), 64, 64, (Clip("1", "0", 0, 31),))
    order = CutRequest(cut, {}, exact)
    assert (order.rate, order.frames, order.duration) == (Fraction(24), 25, Fraction(25, 24))
    assert [order.tick_of(frame) for frame in (0, 1, 4, 24)] == [0, 1, 5, 30]
