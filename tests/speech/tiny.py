"""A minimal Whisper model with random weights, written by CTranslate2."""

from __future__ import annotations

import json
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2.specs import whisper_spec

WIDTH, HEADS, LAYERS, MELS, VOCABULARY = 32, 2, 2, 80, 51_864
START, UNTIMED = 50_257, 50_362


def write_tiny(folder: Path, quantization: str | None = None) -> Path:
    """Writes a CTranslate2 model folder without a tokenizer; `quantization` is a CTranslate2 type name."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(1)
    spec = whisper_spec.WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)

    def fill(part, *shape: int, scale: float = 0.2, bias: bool = True) -> None:
        part.weight = (scale * generator.standard_normal(shape)).astype(np.float32)
        if bias:
            part.bias = (0.1 * generator.standard_normal(shape[0])).astype(np.float32)

    def norm(part) -> None:
        part.gamma = (1 + 0.1 * generator.standard_normal(WIDTH)).astype(np.float32)
        part.beta = (0.1 * generator.standard_normal(WIDTH)).astype(np.float32)

    def stacked(part, count: int, keys: int) -> None:
        fill(part, count * WIDTH, WIDTH)
        part.bias[keys * WIDTH : (keys + 1) * WIDTH] = 0  # Whisper's keys have no bias

    encoder, decoder = spec.encoder, spec.decoder
    fill(encoder.conv1, WIDTH, MELS, 3)
    fill(encoder.conv2, WIDTH, WIDTH, 3)
    position = np.arange(1500)[:, None] * np.exp(-np.log(10_000) / (WIDTH // 2 - 1) * np.arange(WIDTH // 2))
    encoder.position_encodings.encodings = np.hstack([np.sin(position), np.cos(position)]).astype(np.float32)
    decoder.position_encodings.encodings = (0.1 * generator.standard_normal((448, WIDTH))).astype(np.float32)
    fill(decoder.embeddings, VOCABULARY, WIDTH, bias=False)
    decoder.projection.weight = decoder.embeddings.weight
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    for layer in (*encoder.layer, *decoder.layer):
        norm(layer.self_attention.layer_norm)
        stacked(layer.self_attention.linear[0], 3, keys=1)
        fill(layer.self_attention.linear[1], WIDTH, WIDTH)
        norm(layer.ffn.layer_norm)
        fill(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
        fill(layer.ffn.linear_1, WIDTH, 4 * WIDTH)
    for layer in decoder.layer:
        norm(layer.attention.layer_norm)
        fill(layer.attention.linear[0], WIDTH, WIDTH)
        stacked(layer.attention.linear[1], 2, keys=0)
        fill(layer.attention.linear[2], WIDTH, WIDTH)
    names = {50_256: "<|endoftext|>", START: "<|startoftranscript|>", UNTIMED: "<|notimestamps|>"}
    spec.register_vocabulary([names.get(number, f"<{number}>") for number in range(VOCABULARY)])
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(str(folder))
    config = {
        "alignment_heads": [[1, 0], [1, 1]],
        "lang_ids": [],
        "suppress_ids": [],
        "suppress_ids_begin": [],
    }
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def load(folder: Path) -> ctranslate2.models.Whisper:
    """Loads the model in CTranslate2."""
    return ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="float32")
