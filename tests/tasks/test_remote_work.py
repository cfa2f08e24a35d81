"""A job runs in a studio that has only what its kind declares, with the same result and the same bytes."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import Take
from engine.deliver import DeliverableRequest, load_recipe, read_receipt
from engine.errors import EngineError, RequestError
from engine.file_digest import sha256_of
from engine.jobs import JobRequest
from engine.sound import load_preset
from engine.studio import Studio
from engine.tasks import find_tasks
from engine.tasks.condition import condition_request
from engine.tasks.diarize import diarize_request
from engine.tasks.faces import FacesParameters, faces_request
from engine.tasks.master import master_request
from engine.tasks.paths import proxy_path
from engine.tasks.proxy import proxy_request
from engine.tasks.source_seals import seal_of_take
from engine.tasks.transcribe import transcribe_request
from engine.tasks.transcribe_options import TranscribeOptions
from engine.transfer import Subject, import_footage
from fixtures.lines import Phrase
from fixtures.sound import speak

from .run_jobs import bring_back, results_of, run_all, run_elsewhere

Request = Callable[[Studio, Subject], JobRequest]

# What a result says about the time that it took, and files with a time: plots, and the index of perceived products.
_OF_ONE_RUN = {"seconds"}
_DATED = {".png", ".svg", "perception.json"}


def draft(studio: Studio, subject: Subject) -> JobRequest:
    assert subject.take
    step = studio.tasks.draft_request(subject.take)
    assert step
    return step


def master(studio: Studio, subject: Subject) -> JobRequest:
    recipe = load_recipe("podcast")
    order = DeliverableRequest(subject.footage, subject.label, recipe, None)
    return master_request(studio.tasks.context, subject, order, "aac", None, 0)


def cleaned_master(studio: Studio, subject: Subject) -> JobRequest:
    order = DeliverableRequest(subject.footage, subject.label, load_recipe("podcast"), None)
    clean = studio.tasks.clean_request(subject, load_preset("dialog"), words=False)
    return master_request(studio.tasks.context, subject, order, "aac", clean, 0)


def perceived(studio: Studio, subject: Subject) -> JobRequest:
    return studio.tasks.perceive_request(subject, ("optical_flow",), end=Fraction(1, 2))


def stored_faces(studio: Studio, subject: Subject) -> JobRequest:
    """The faces of a take of which a pass is stored: the job reads it."""
    run_all(studio, studio.tasks.perceive_request(subject, ("face",)))
    step = faces_request(studio.tasks.context, subject)
    assert isinstance(step.parameters, FacesParameters)
    assert step.parameters.stored
    return step


REQUESTS: dict[str, Request] = {
    "levels": lambda studio, subject: studio.tasks.levels_request(subject),
    "draft": draft,
    "master": master,
}
SLOW: dict[str, Request] = {
    "clean": lambda studio, subject: studio.tasks.clean_request(subject, load_preset("dialog"), words=False),
    "a cleaned master": cleaned_master,
    "perceive": perceived,
    "faces": lambda studio, subject: faces_request(studio.tasks.context, subject),
    "stored faces": stored_faces,
}
SPEECH: dict[str, Request] = {
    "transcribe": lambda studio, subject: transcribe_request(studio.tasks.context, subject, OPTIONS),
    "diarize": lambda studio, subject: diarize_request(studio.tasks.context, subject, OPTIONS),
}
OPTIONS = TranscribeOptions(language="en")


@pytest.fixture
def take(studio: Studio, small_take: Path) -> Take:
    (made,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [small_take]).takes
    return made


@pytest.mark.parametrize(
    "request_of",
    [
        *(pytest.param(one, id=name) for name, one in REQUESTS.items()),
        *(pytest.param(one, id=name, marks=pytest.mark.slow) for name, one in SLOW.items()),
    ],
)
def test_a_job_needs_only_what_its_kind_declares(
    studio: Studio, take: Take, tmp_path: Path, request_of: Request
) -> None:
    assert_same_elsewhere(studio, take, tmp_path, request_of)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SPEECH)
def test_speech_is_recognised_elsewhere_as_here(studio: Studio, tmp_path: Path, kind: str) -> None:
    """With the models of the packages, which both machines have."""
    talk = tmp_path / "talk.wav"
    (first, second) = speak([Phrase(Fraction(0), "The weather is wonderful today."), Phrase(Fraction(0), "It is.")])
    with wave.open(str(talk), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((np.concatenate([first, second]) * 32767).astype("<i2").tobytes())
    (made,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [talk]).takes
    found = assert_same_elsewhere(studio, made, tmp_path, SPEECH[kind])
    assert kind != "transcribe" or b"wonderful" in found


def assert_same_elsewhere(studio: Studio, take: Take, tmp_path: Path, request_of: Request) -> bytes:
    """Run a job here and in another studio, compare both, and return the first output."""
    step = request_of(studio, studio.subject_of(take))
    results: dict[str, dict[str, object]] = {}
    here = run_all(studio, step, results)
    there, other = run_elsewhere(studio, step, results_of(step, results), tmp_path / "other")
    assert {name: value for name, value in there.items() if name not in _OF_ONE_RUN} == {
        name: value for name, value in here.items() if name not in _OF_ONE_RUN
    }
    assert step.kind.remote
    outputs = list(step.kind.remote.outputs(step.parameters, there))
    assert outputs
    for place in outputs:
        assert (other.folder / place).is_file()
        if not {place.suffix, place.name} & _DATED:
            assert sha256_of(other.folder / place) == sha256_of(studio.folder / place), place
    assert step.kind.is_current(here)
    return (studio.folder / outputs[0]).read_bytes()


@pytest.mark.slow
def test_a_condition_found_elsewhere_is_recorded_here(
    studio: Studio, take: Take, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = condition_request(studio.tasks.context, studio.subject_of(take))
    # The job lowers the priority of its process, which cannot be raised again.
    monkeypatch.setattr(os, "nice", lambda by: 0)
    there, _ = run_elsewhere(studio, step, {}, tmp_path / "other")
    assert step.kind.remote
    assert not step.kind.is_current(there)
    step.kind.remote.accept(step.parameters, there)
    assert step.kind.is_current(there)
    assert studio.catalog.conditions.of(take.digest).damage == ()


def test_a_file_outside_the_project_stays_on_this_machine(studio: Studio, small_take: Path) -> None:
    plain = studio.tasks.levels_request(studio.file(str(small_take)))
    assert plain.kind.remote
    with pytest.raises(RequestError, match="is a file outside the project"):
        list(plain.kind.remote.inputs(plain.parameters, {}))


def test_footage_outside_the_studio_has_a_place_on_another_machine(studio: Studio, small_take: Path) -> None:
    project = studio.new_project("p")
    (made,) = import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True).takes
    step = studio.tasks.levels_request(studio.subject_of(made))
    assert step.kind.remote
    first, *_ = step.kind.remote.inputs(step.parameters, {})
    place = Path(project.folder) / "originals" / f"outside-{made.id}" / small_take.name
    assert (first.path, first.place, first.content) == (small_take, place, "originals")


@pytest.mark.slow
def test_a_proxy_made_elsewhere_is_recorded_here(studio: Studio, take: Take, tmp_path: Path) -> None:
    step = proxy_request(studio.tasks.context, take)
    assert step
    results: dict[str, dict[str, object]] = {}
    for before in step.after:
        run_all(studio, before, results)
    there, other = run_elsewhere(studio, step, results_of(step, results), tmp_path / "other")
    assert step.kind.remote
    places = bring_back(studio, other, step, there)
    assert places == [proxy_path(studio.paths, take).relative_to(studio.folder)]
    sent = sha256_of(studio.folder / places[0])
    assert not step.kind.is_current(there)
    step.kind.remote.accept(step.parameters, there)
    assert step.kind.is_current(there)
    (recorded,) = read_receipt(studio.folder / places[0].parent).deliveries
    assert recorded.seal == seal_of_take(studio.tasks.context, take)
    with pytest.raises(EngineError, match="another proxy"):
        step.kind.remote.accept(step.parameters, {**there, "folder": "elsewhere"})
    run_all(studio, step, results)
    assert sha256_of(studio.folder / places[0]) == sent


def test_what_runs_elsewhere_is_listed() -> None:
    """Jobs that change the catalog, ask gates, write to chosen folders or use the network stay on this machine."""
    assert {name for name, task in find_tasks().items() if task.remote} == {
        "clean",
        "condition",
        "cut-render-chunk",
        "diarize",
        "draft",
        "faces",
        "levels",
        "master",
        "perceive",
        "proxy",
        "render-chunk",
        "transcribe",
    }
