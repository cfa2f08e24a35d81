"""Looks in deliveries: on takes, per clip of a cut, with keyframes, and in the receipt."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.catalog import Encoding
from engine.deliver import (
    CutRequest,
    CutTake,
    DeliverableRequest,
    Recipe,
    build_cut,
    build_deliverable,
    cut_looks,
    estimate_copies,
    find_problems,
    load_recipe,
    looks_as_json,
    looks_from_json,
    read_receipt,
)
from engine.effects.exposure import ExposureEffect
from engine.errors import RequestError
from engine.ingest import inspect
from engine.keyframes import Keyframe
from engine.looks import Look, LookEffect, load_look
from engine.timeline import Clip, Cut, set_key, set_look
from fixtures import clips
from fixtures.curves import APPLE_LOG, HLG, REC709, Colour
from tests.deliver.flash_films import plain_recipe
from tests.permissions import DELIVER

GREY = 110
FRAMES = 24


def exposed(name: str, stops: float) -> Look:
    return Look(name, name, "physical", (LookEffect("exposure", ExposureEffect(stops=stops)),))


def grey(path: Path, colour: Colour = REC709, luma: int = GREY) -> Path:
    return clips.columns(path, np.full(64, luma * 4, np.uint16), colour, 64, FRAMES)


def silent(**picture: object) -> Recipe:
    return plain_recipe(**picture).model_copy(update={"sound": None})


def lumas(path: Path) -> np.ndarray:
    """The mean luma of each frame, as a code value 0–1."""
    with av.open(str(path)) as movie:
        frames = [np.asarray(frame.to_ndarray(format="gray"), float) for frame in movie.decode(video=0)]
    return np.array([frame.mean() / 255 for frame in frames])


def rec709(code: float, stops: float) -> float:
    """The code after a change of exposure, by the OETF of BT.709."""
    light = ((code + 0.099) / 1.099) ** (1 / 0.45) if code >= 0.081 else code / 4.5
    light *= 2**stops
    return 1.099 * light**0.45 - 0.099 if light >= 0.018 else 4.5 * light


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CutTake]:
    """A grey take of 24 frames. Read-only."""
    footage = inspect(grey(tmp_path_factory.mktemp("camera") / "grey.mov"))
    return {"a": CutTake("a", "grey", footage, "digest", Encoding.REC709)}


@pytest.fixture(scope="module")
def film(takes: dict[str, CutTake], tmp_path_factory: pytest.TempPathFactory) -> tuple[CutRequest, Path]:
    """Clips with the look of the recipe, a look with keyframes, and none; read-only."""
    rate = Fraction(takes["a"].footage.grid.rate)  # type: ignore[union-attr]
    cut = Cut("film", rate, 64, 64, (Clip("1", "a", 0, 8), Clip("2", "a", 4, 16), Clip("3", "a", 0, 8)))
    cut = set_look(set_look(cut, ["2"], "lift"), ["3"], "none")
    for tick, stops, kind in ((4, -1.0, "ease"), (12, 1.0, "linear"), (19, 0.0, "hold")):
        key = Keyframe(tick / rate, stops, kind)  # type: ignore[arg-type]
        cut = set_key(cut, "2", "exposure.stops", key)
    looks = {"dim": exposed("dim", -1), "lift": exposed("lift", 0)}
    order = CutRequest(cut, takes, silent(look="dim", long_edge=64, short_edge=64), looks=looks)
    folder = tmp_path_factory.mktemp("film")
    build_cut(DELIVER, order, folder, source_digest="cut")
    return order, folder


def test_brightness_follows_the_keyframes_in_the_encoded_film(film: tuple[CutRequest, Path]) -> None:
    _, folder = film
    code = (GREY - 16) / 219
    ease = [x * x * (3 - 2 * x) for x in (tick / 8 for tick in range(8))]
    stops = [-1.0] * 8 + [-1 + 2 * share for share in ease] + [1 - tick / 7 for tick in range(8)] + [0.0] * 8
    assert lumas(folder / "film.mp4") == pytest.approx([rec709(code, one) for one in stops], abs=1.5 / 219)


def test_the_receipt_names_looks_clips_and_the_light_of_each_effect(film: tuple[CutRequest, Path]) -> None:
    order, folder = film
    (made,) = read_receipt(folder).deliveries
    dim, lift = made.looks
    assert (dim.name, dim.digest, dim.version, dim.clips) == ("dim", order.looks["dim"].digest, 1, (1,))
    assert (lift.name, lift.clips, lift.animated) == ("lift", (2,), ("exposure.stops",))
    (sample,) = dim.samples
    (light,) = sample.effects
    assert light.after == pytest.approx(light.before / 2, rel=1e-3)
    (light,) = lift.samples[0].effects
    assert light.after == pytest.approx(light.before * 2, rel=1e-3)


def test_a_clip_with_a_look_is_rendered_and_not_copied(film: tuple[CutRequest, Path]) -> None:
    order, _ = film
    copying = replace(order, recipe=silent(look="dim", copy_shots="where-possible", long_edge=64, short_edge=64))
    plan = estimate_copies(copying, {})
    reasons = {one.clip: one.reason for one in plan.encoded}
    assert (reasons[1], reasons[2]) == ("it has the look dim", "it has the look lift")
    assert "look" not in reasons.get(3, "")


@pytest.mark.parametrize(
    ("colour", "transform", "luma"),
    [
        (REC709, Encoding.REC709, GREY),
        (HLG, Encoding.HLG, 100),
        pytest.param(APPLE_LOG, Encoding.APPLE_LOG, 110, marks=pytest.mark.slow),
    ],
)
def test_a_look_on_takes_of_any_encoding(colour: Colour, transform: Encoding, luma: int, tmp_path: Path) -> None:
    footage = inspect(grey(tmp_path / "take.mov", colour, luma))
    found = []
    for stops in (None, -1.0):
        look = None if stops is None else exposed("dim", stops)
        order = DeliverableRequest(footage, f"take{stops}", silent(), transform, look=look)
        made = build_deliverable(DELIVER, order, tmp_path / "out")
        assert [check for check in made.checks if check.failed] == []
        assert [one.name for one in made.looks] == ([] if stops is None else ["dim"])
        found.append(lumas(tmp_path / "out" / made.files[0].path).mean())
    assert found[1] < found[0] - 0.05


def test_the_frames_of_a_master_have_the_look_and_no_view(takes: dict[str, CutTake], tmp_path: Path) -> None:
    import OpenEXR

    recipe = load_recipe("exr-sequence")
    footage, transform = takes["a"].footage, Encoding.REC709
    values = []
    for stops in (0.0, 1.0):
        order = DeliverableRequest(
            footage, f"m{stops:g}", recipe, transform, end=Fraction(1, 12), look=exposed("lift", stops)
        )
        build_deliverable(DELIVER, order, tmp_path)
        first = min((tmp_path / f"m{stops:g}").rglob("*.exr"))
        with OpenEXR.File(str(first)) as file:
            values.append(float(np.asarray(file.channels()["RGB"].pixels, float).mean()))
    assert values[1] == pytest.approx(2 * values[0], rel=2e-3)


def test_looks_are_found_by_name_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    recipe = silent(look="natural")
    cut = Cut("film", Fraction(24), 64, 64, (Clip("1", "a", 0, 8), Clip("2", "a", 0, 8, look="mine")))
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "mine.toml").write_text('title = "Mine"\n[exposure]\nstops = 1\n')
    assert list(cut_looks(cut, recipe, tmp_path)) == ["mine", "natural"]
    with pytest.raises(RequestError, match="“gone” not found"):
        cut_looks(set_look(cut, ["1"], "gone"), recipe, tmp_path)


@pytest.mark.parametrize(
    ("look", "said"), [("naturel", "picture.look: Look “naturel” not found"), ("bad", "bad.toml is not")]
)
def test_a_recipe_with_a_missing_or_invalid_look_is_refused_with_its_line(look: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "looks").mkdir()
    (tmp_path / "looks" / "bad.toml").write_text('title = "Bad"\n[exposure]\nstop = 1\n')
    text = f'extends = "review-proxy"\n[picture]\nlook = "{look}"\n'
    (problem,) = find_problems(text, tmp_path / "recipes" / "mine.toml")
    assert problem.line == 2
    assert said in problem.message
    assert find_problems(text.replace(look, "natural"), tmp_path / "recipes" / "mine.toml") == []


def test_a_job_gets_looks_with_all_their_values() -> None:
    looks = {"": load_look("film-print"), "dim": exposed("dim", -1)}
    read = looks_from_json(json.loads(json.dumps(looks_as_json(looks.items()))))
    assert {name: look.digest for name, look in read.items()} == {name: look.digest for name, look in looks.items()}
