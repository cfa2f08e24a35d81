"""Jobs of their own render the parts of a delivery, and its bytes are those of a delivery without them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.catalog import Take
from engine.deliver import FarmParts, Recipe, RenderedPart, load_recipe, seams
from engine.errors import EngineError, RequestError
from engine.jobs import JobRequest
from engine.picture.fidelity import ChunkFidelity
from engine.studio import DeliveryRequest, ProjectCuts, Studio, plan_cut_delivery, plan_delivery
from engine.tasks import FarmChoice, chunk_jobs
from engine.timeline import Clip, Cut
from engine.transfer import import_footage
from fixtures import clips
from fixtures.camera_gops import write_camera_take

from .run_jobs import bring_back, join, results_of, run_all, run_elsewhere, run_here

FPS = Fraction(12)


@pytest.fixture(scope="module")
def six_seconds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a small HLG take with sound: a chunk of 48 frames and one of 24. Read-only."""
    path = tmp_path_factory.mktemp("camera") / "IMG_0102.MOV"
    return clips.plain_take(path, 160, 90, FPS, Fraction(6), codec="hevc")


@pytest.fixture
def take(studio: Studio, six_seconds: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    """A take of a studio whose farm has a machine; each chunk is a job."""
    monkeypatch.setattr(chunk_jobs, "_CHUNKS_PER_JOB", 1)
    join(studio)
    (made,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [six_seconds]).takes
    return made


def recipe(name: str = "review-proxy", **picture: Any) -> Recipe:
    """A recipe with a small picture and without sound."""
    found = load_recipe(name)
    assert found.picture
    wanted = {"long_edge": 160, "short_edge": 90, "effort": "quick", "burn_in": ("timecode", "name"), **picture}
    table = found.model_copy(update={"sound": None, "picture": found.picture.model_copy(update=wanted)})
    return Recipe.model_validate(table.model_dump())


def delivery(studio: Studio, take: Take, wanted: Recipe, farm: FarmChoice = "equal", folder: str = "out") -> JobRequest:
    request = DeliveryRequest(wanted, (take.label,), folder=studio.folder / folder, farm=farm)
    ((_, step),) = plan_delivery(studio, request).steps
    return step


def movie(result: Mapping[str, Any]) -> str:
    """The digest of the movie."""
    digest: str = next(file["sha256"] for file in result["delivered"]["files"] if file["role"] == "movie")
    return digest


ONE_PASS_OR_TWO = [
    pytest.param(recipe(), id="h264"),
    pytest.param(recipe(quality=None, bit_rate={"sdr": {90: (0.2, 0.2)}}), id="h264 with a bit rate"),
    pytest.param(recipe(quality=None, passes=2, bit_rate={"sdr": {90: (0.2, 0.2)}}), id="h264 in two passes"),
    pytest.param(recipe(codec="hevc", view="hlg"), id="hevc", marks=pytest.mark.slow),
    pytest.param(
        recipe("youtube-hdr10", bit_rate={"pq": {90: (0.2, 0.2)}}), id="youtube-hdr10", marks=pytest.mark.slow
    ),
    pytest.param(recipe(codec="av1", quality=40), id="av1", marks=pytest.mark.slow),
    pytest.param(recipe(codec="prores", quality=None), id="prores", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("wanted", ONE_PASS_OR_TWO)
def test_a_delivery_from_parts_has_the_bytes_of_one_without(studio: Studio, take: Take, wanted: Recipe) -> None:
    plain = run_all(studio, delivery(studio, take, wanted, "", "plain"))
    step, results = delivery(studio, take, wanted), dict[str, dict[str, Any]]()
    parts = [one for one in step.after if one.kind.name == "render-chunk"]
    assert [(one.parameters.first, one.parameters.frames) for one in parts] == [(0, 48), (48, 24)]  # type: ignore[attr-defined]
    for one in parts:
        run_all(studio, one, results)
    made, context = run_here(studio, step, results_of(step, results))
    assert movie(made) == movie(plain)
    assert "parts" not in [key for key, value in plain["delivered"].items() if value]
    assert [(one["first"], one["frames"], one["machine"]) for one in made["delivered"]["parts"]] == [
        (0, 48, ""),
        (48, 24, ""),
    ]
    assert "rendered on this machine in parts: no machine of the farm took one" in made["delivered"]["notes"]
    assert made["delivered"]["fidelity"] == plain["delivered"]["fidelity"]
    assert [one[0] for one in context.reports if one[2] == "frames"] == [48, 72], "the delivery encoded frames itself"
    assert not any(studio.folder.rglob("*.nut")), "the chunks of a finished movie were left"


def test_a_part_rendered_elsewhere_joins_with_one_from_here(studio: Studio, take: Take, tmp_path: Path) -> None:
    wanted = recipe()
    plain = run_all(studio, delivery(studio, take, wanted, "", "plain"))
    step, results = delivery(studio, take, wanted), dict[str, dict[str, Any]]()
    first, second = (one for one in step.after if one.kind.name == "render-chunk")
    results[first.id], other = run_elsewhere(studio, first, {}, tmp_path / "other")
    bring_back(studio, other, first, results[first.id])
    lease = studio.catalog.farm.offer(first.id, 1, {})
    now = lease.offered_at
    studio.catalog.farm.claim(lease.id, "m-attic", now)
    studio.catalog.farm.answer(lease.id, "m-attic", {})
    run_all(studio, second, results)
    made, _ = run_here(studio, step, results_of(step, results))
    assert movie(made) == movie(plain)
    assert [one["machine"] for one in made["delivered"]["parts"]] == ["attic", ""]
    assert made["delivered"]["notes"] == plain["delivered"]["notes"]


def test_the_film_of_a_cut_is_rendered_in_parts_elsewhere(studio: Studio, take: Take, tmp_path: Path) -> None:
    shots = (Clip("1", take.id, 24, 48), Clip("2", take.id, 0, 24))
    ProjectCuts(studio, studio.project("p")).add(Cut("film", FPS, 160, 90, shots))
    wanted = recipe(burn_in=("timecode",))
    plain = run_all(studio, film_of(studio, wanted, "", "plain"))
    step, results = film_of(studio, wanted, "equal", "out"), dict[str, dict[str, Any]]()
    parts = [one for one in step.after if one.kind.name == "cut-render-chunk"]
    assert len(parts) == 2
    for number, one in enumerate(parts):
        results[one.id], other = run_elsewhere(studio, one, {}, tmp_path / str(number))
        bring_back(studio, other, one, results[one.id])
    made, _ = run_here(studio, step, results_of(step, results))
    assert movie(made) == movie(plain)


def test_a_film_with_copied_shots_gets_its_other_frames_from_elsewhere(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunk_jobs, "_CHUNKS_PER_JOB", 1)
    join(studio)
    # There is no key frame in the first and the last clip.
    cameras = [
        write_camera_take(tmp_path / name, "hevc", 60, gop=gop, b_frames=0, rate=FPS, size=(160, 90))
        for name, gop in (("IMG_0103.MOV", 12), ("IMG_0104.MOV", 60))
    ]
    copied_take, other = import_footage(studio.catalog, studio.folder, studio.new_project("p"), cameras).takes
    shots = (Clip("1", other.id, 12, 48), Clip("2", copied_take.id, 0, 60), Clip("3", other.id, 4, 48))
    ProjectCuts(studio, studio.project("p")).add(Cut("film", FPS, 160, 90, shots))
    wanted = recipe("youtube-4k", bit_rate={"hlg": {90: (0.4, 0.4)}}, burn_in=(), gop_seconds=1)
    plain = run_all(studio, film_of(studio, wanted, "", "plain"))
    (copied,) = plain["delivered"]["cut"]["copied"]
    assert copied["packets"] == 60
    step, results = film_of(studio, wanted, "equal", "out"), dict[str, dict[str, Any]]()
    _, nothing, _ = parts = [one for one in step.after if one.kind.name == "cut-render-chunk"]
    (copies,) = (one for one in step.after if one.kind.name == "cut-copies")
    results[copies.id], _ = run_here(studio, copies, {})
    assert [one[:2] for one in results[copies.id]["copied"]] == [[48, 108]]
    for number, one in enumerate(parts):
        if one is nothing:
            assert one.kind.remote
            with pytest.raises(RequestError, match="all of its frames are copied"):
                list(one.kind.remote.inputs(one.parameters, results))
            run_all(studio, one, results)
        else:
            results[one.id], elsewhere = run_elsewhere(studio, one, results_of(one, results), tmp_path / str(number))
            bring_back(studio, elsewhere, one, results[one.id])
    made, context = run_here(studio, step, results_of(step, results))
    assert movie(made) == movie(plain)
    assert made["delivered"]["cut"] == plain["delivered"]["cut"]
    assert [(one["first"], one["frames"]) for one in made["delivered"]["parts"]] == [(0, 48), (108, 48)]
    assert [one[0] for one in context.reports if one[2] == "frames"] == [48, 156, 156], "it encoded frames itself"


def test_the_receipt_has_the_frames_that_a_part_encoded_and_those_that_were_encoded_again() -> None:
    attic = RenderedPart(first=0, frames=96, machine="attic", device="one", seconds=3.0)
    chunks = [
        ChunkFidelity(first, frames, "", 1, (), 0, lowered=lowered)
        for first, frames, lowered in (
            (0, 24, False),
            (40, 24, False),
            (64, 24, True),
            (88, 24, False),
            (112, 8, False),
        )
    ]
    assert FarmParts((attic,), device="two").of(chunks) == (
        attic.model_copy(update={"frames": 24, "seconds": 1.0}),
        attic.model_copy(update={"first": 40, "frames": 24, "seconds": 1.0}),
        RenderedPart(first=64, frames=24, device="two"),
        attic.model_copy(update={"first": 88, "frames": 24, "seconds": 1.0}),
        RenderedPart(first=112, frames=8, device="two"),
    )


def film_of(studio: Studio, wanted: Recipe, farm: FarmChoice, folder: str) -> JobRequest:
    request = DeliveryRequest(wanted, project="p", folder=studio.folder / folder, farm=farm)
    ((_, step),) = plan_cut_delivery(studio, request, "film").steps
    return step


def test_a_part_from_other_software_is_refused_by_name(studio: Studio, take: Take) -> None:
    step, results = delivery(studio, take, recipe()), dict[str, dict[str, Any]]()
    for one in step.after:
        run_all(studio, one, results)
    results[step.after[0].id]["identity"]["encoder"] = "PyAV 1"
    with pytest.raises(EngineError, match="Frames 0 to 47 were rendered earlier on this machine with encoder PyAV 1"):
        run_here(studio, step, results_of(step, results))


def test_another_device_is_refused_unless_the_user_mixes(studio: Studio, take: Take) -> None:
    step, results = delivery(studio, take, recipe()), dict[str, dict[str, Any]]()
    for one in step.after:
        run_all(studio, one, results)
    results[step.after[0].id]["identity"]["device"] = "Apple M3"
    with pytest.raises(EngineError, match="device Apple M3 instead of") as refused:
        run_here(studio, step, results_of(step, results))
    assert "--mixed" in refused.value.hint


def test_joins_between_devices_are_compared_and_recorded(
    studio: Studio, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, results = delivery(studio, take, recipe(), "mixed"), dict[str, dict[str, Any]]()
    for one in step.after:
        run_all(studio, one, results)
    results[step.after[1].id]["identity"]["device"] = "Apple M3"
    made, _ = run_here(studio, step, results_of(step, results))
    (seam,) = made["delivered"]["seams"]
    assert seam["frame"] == 48
    assert 0 < seam["before"] < 0.1
    assert abs(seam["before"] - seam["after"]) < 0.05
    assert [one["device"] == "Apple M3" for one in made["delivered"]["parts"]] == [False, True]


def test_a_join_that_is_visible_is_refused(studio: Studio, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    step, results = delivery(studio, take, recipe(), "mixed"), dict[str, dict[str, Any]]()
    for one in step.after:
        run_all(studio, one, results)
    results[step.after[1].id]["identity"]["device"] = "Apple M3"
    # The encoder alone makes a difference between two frames.
    monkeypatch.setattr(seams, "_LIMIT", 0.0)
    with pytest.raises(EngineError, match="changes visibly at frame 48, where Apple M3 continues"):
        run_here(studio, step, results_of(step, results))
    assert not (studio.folder / "out" / f"{take.label}.mp4").exists()


def test_a_missing_part_is_rendered_again_and_the_receipt_says_so(studio: Studio, take: Take) -> None:
    wanted = recipe()
    plain = run_all(studio, delivery(studio, take, wanted, "", "plain"))
    step, results = delivery(studio, take, wanted), dict[str, dict[str, Any]]()
    for one in step.after:
        run_all(studio, one, results)
    (chunk,) = studio.folder.glob(f"*/work/chunks/{step.after[1].id}/*.nut")
    chunk.write_bytes(chunk.read_bytes()[:-1])
    made, context = run_here(studio, step, results_of(step, results))
    assert movie(made) == movie(plain)
    assert "1 of the parts for the farm was rendered here" in " ".join(made["delivered"]["notes"])
    assert "rendered here" in context.reports[-1][3]
    assert [one["seconds"] is None for one in made["delivered"]["parts"]] == [False, True]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (load_recipe("podcast"), "only movies"),
        (recipe(gop_seconds=6), "so short that it has a single part"),
    ],
    ids=["sound", "one chunk"],
)
def test_a_delivery_without_parts_is_rendered_here_and_says_why(
    studio: Studio, take: Take, wanted: Recipe, reason: str
) -> None:
    step = delivery(studio, take, wanted)
    assert not [one for one in step.after if one.kind.name == "render-chunk"]
    assert reason in step.parameters.farm.refused  # type: ignore[attr-defined]


def test_without_a_machine_the_receipt_says_that_the_picture_was_rendered_here(
    studio: Studio, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio.catalog.farm.set_state("m-attic", "revoked")
    step = delivery(studio, take, recipe())
    made, context = run_here(studio, step, {})
    (note,) = (note for note in made["delivered"]["notes"] if "farm" in note)
    assert note == "rendered on this machine and not by the farm: no machine has joined the farm"
    assert note in context.reports[0][3]


def test_what_does_not_change_the_picture_does_not_change_a_part(studio: Studio, take: Take) -> None:
    one, other = (delivery(studio, take, recipe(), folder=folder) for folder in ("a", "b"))
    assert one.id != other.id
    assert [step.id for step in one.after] == [step.id for step in other.after]
    assert delivery(studio, take, recipe(), "mixed").after[0].id != one.after[0].id
