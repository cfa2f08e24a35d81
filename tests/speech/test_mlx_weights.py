"""One model file serves both back ends: MLX and CTranslate2 compute the same from it."""

from __future__ import annotations

import struct
from pathlib import Path

import ctranslate2
import mlx.core as mx
import numpy as np
import pytest

from engine.errors import RequestError
from engine.speech import locate_model
from engine.speech.ct2 import read_ct2
from engine.speech.mlx_weights import mlx_folder

from .tiny import LAYERS, MELS, START, UNTIMED, WIDTH, load, write_tiny


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that also contains the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_model_bin_is_read(tmp_path: Path) -> None:
    found = read_ct2(write_tiny(tmp_path / "tiny") / "model.bin")
    assert (found.spec, found.revision) == ("WhisperSpec", 3)
    assert found.variables["encoder/conv1/weight"].shape == (WIDTH, MELS, 3)
    assert found.variables["decoder/projection/weight"] is found.variables["decoder/embeddings/weight"]
    assert int(found.variables["decoder/num_heads"]) == 2


@pytest.mark.parametrize(("quantization", "tolerance"), [(None, 2e-3), ("float16", 2e-3), ("int8", 0.3)])
def test_mlx_and_ctranslate2_compute_the_same(home: Path, quantization: str | None, tolerance: float) -> None:
    from mlx_whisper.load_models import load_model

    folder = write_tiny(home / "tiny", quantization)
    model = load_model(str(mlx_folder(locate_model(folder), "float32")), mx.float32)
    oracle = load(folder)
    mel = np.random.default_rng(5).standard_normal((1, MELS, 3000)).astype(np.float32)
    features = oracle.encode(ctranslate2.StorageView.from_array(mel))
    encoded = np.array(features)
    assert np.array(model.encoder(mx.array(mel.transpose(0, 2, 1)))) == pytest.approx(encoded, abs=tolerance)

    prompt = [START, UNTIMED, 11, 123]
    found = oracle.generate(
        features,
        [prompt],
        beam_size=1,
        max_length=len(prompt) + 3,
        suppress_blank=False,
        suppress_tokens=None,
        return_logits_vocab=True,
    )[0]
    # CTranslate2 returns logits from the last of Whisper's special tokens on.
    expected = np.stack([np.array(logits) for logits in found.logits[0]])
    logits = np.array(model.decoder(mx.array([prompt]), mx.array(encoded))[0])[0, 1:]
    assert logits == pytest.approx(expected, abs=tolerance * 4)


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path) -> None:
    def text(value: bytes) -> bytes:
        return struct.pack("<H", len(value) + 1) + value + b"\0"

    values = np.array([1.5, -2.0, 0.15625], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    variable = text(b"x") + struct.pack("<BIBI", 1, 3, 5, len(halves)) + halves
    content = struct.pack("<I", 6) + text(b"Spec") + struct.pack("<II", 1, 1) + variable + struct.pack("<I", 0)
    (tmp_path / "model.bin").write_bytes(content)
    assert np.array_equal(read_ct2(tmp_path / "model.bin").variables["x"], values)


def test_alignment_heads_are_converted(home: Path) -> None:
    from mlx_whisper.load_models import load_model

    folder = write_tiny(home / "tiny")
    model = load_model(str(mlx_folder(locate_model(folder), "float16")), mx.float16)
    assert model.alignment_heads.tolist() == [[1, 0], [1, 1]]
    assert model.dims.n_text_layer == LAYERS
    assert model.decoder.token_embedding.weight.dtype == mx.float16


def test_the_weights_are_converted_once(home: Path) -> None:
    model = locate_model(write_tiny(home / "tiny"))
    weights = mlx_folder(model, "float32") / "weights.npz"
    written = weights.stat().st_mtime_ns
    assert mlx_folder(model, "float32") / "weights.npz" == weights
    assert weights.stat().st_mtime_ns == written
    assert [path.name for path in weights.parent.parent.iterdir()] == [weights.parent.name]


@pytest.mark.parametrize("content", [b"", b"not a model at all", b"\x06\x00\x00\x00\x0c\x00Whis"])
def test_a_broken_model_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(RequestError, match=r"model\.bin"):
        read_ct2(tmp_path / "model.bin")


def test_a_truncated_model_is_named(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "tiny") / "model.bin"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(RequestError, match=r"model\.bin is not a complete"):
        read_ct2(path)
