"""Converts a CTranslate2 Whisper model to mlx-whisper's layout, so that one model serves both back ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import RequestError
from engine.speech.ct2 import read_ct2
from engine.speech.models import SpeechModel

Precision = Literal["float16", "float32"]


def mlx_folder(model: SpeechModel, precision: Precision) -> Path:
    """The folder with `config.json` and `weights.npz` for a model, converted once and kept in the user's cache.

    For a model that is already in MLX's layout, its own folder.
    """
    from platformdirs import user_cache_path

    if model.layout == "mlx":
        return model.path
    folder = user_cache_path("Cleanwater") / "speech" / f"{model.digest}-{precision}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".partial-"))
        try:
            config, weights = to_mlx(model.path, precision)
            (partial / "config.json").write_text(json.dumps(config, indent=1))
            np.savez(partial / "weights.npz", **weights)  # type: ignore[arg-type]
            if not folder.is_dir():
                os.replace(partial, folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return folder


def to_mlx(folder: Path, precision: Precision) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """The dimensions and weights under mlx-whisper's names, from a CTranslate2 Whisper folder.

    Fused projections are split, convolutions become (out, kernel, in), 8-bit weights are dequantised,
    and the alignment heads (layer, head) for word times are read from CTranslate2's config.
    """
    found = read_ct2(folder / "model.bin")
    if found.spec != "WhisperSpec":
        raise RequestError(f"{folder} is not a Whisper model but a {found.spec}.", "Choose a Whisper model.")
    source = _Variables(found.variables, precision)
    encoder_layers, decoder_layers = source.layers("encoder"), source.layers("decoder")
    embedding = source("decoder/embeddings/weight")
    audio_positions = found.variables["encoder/position_encodings/encodings"]
    first = found.variables["encoder/conv1/weight"]
    config = {
        "n_mels": first.shape[1],
        "n_audio_ctx": audio_positions.shape[0],
        "n_audio_state": audio_positions.shape[1],
        "n_audio_head": int(found.variables["encoder/num_heads"]),
        "n_audio_layer": encoder_layers,
        "n_vocab": embedding.shape[0],
        "n_text_ctx": found.variables["decoder/position_encodings/encodings"].shape[0],
        "n_text_state": embedding.shape[1],
        "n_text_head": int(found.variables["decoder/num_heads"]),
        "n_text_layer": decoder_layers,
    }
    weights = {
        "decoder.token_embedding.weight": embedding,
        "decoder.positional_embedding": source("decoder/position_encodings/encodings"),
        **source.norm("encoder/layer_norm", "encoder.ln_post"),
        **source.norm("decoder/layer_norm", "decoder.ln"),
    }
    for name in ("conv1", "conv2"):
        weights[f"encoder.{name}.weight"] = np.ascontiguousarray(source(f"encoder/{name}/weight").transpose(0, 2, 1))
        weights[f"encoder.{name}.bias"] = source(f"encoder/{name}/bias")
    for layer in range(encoder_layers):
        weights |= source.block(f"encoder/layer_{layer}", f"encoder.blocks.{layer}")
    for layer in range(decoder_layers):
        weights |= source.block(f"decoder/layer_{layer}", f"decoder.blocks.{layer}")
        weights |= source.cross_attention(f"decoder/layer_{layer}/attention", f"decoder.blocks.{layer}")
    heads = json.loads((folder / "config.json").read_text()).get("alignment_heads")
    if heads:
        weights["alignment_heads"] = np.array(heads, np.int32)
    return config, weights


class _Variables:
    """CTranslate2's arrays in the given precision, and its layers under mlx-whisper's names."""

    def __init__(self, variables: dict[str, NDArray[Any]], precision: Precision) -> None:
        self._variables = variables
        self._precision = precision

    def __call__(self, name: str) -> NDArray[Any]:
        values = self._variables[name]
        scale = self._variables.get(f"{name}_scale")
        if scale is not None:
            values = values / np.reshape(scale, (-1, *[1] * (values.ndim - 1)))
        return np.ascontiguousarray(values, self._precision)

    def layers(self, part: str) -> int:
        numbers = (re.match(rf"{part}/layer_(\d+)/", name) for name in self._variables)
        return len({number[1] for number in numbers if number})

    def norm(self, name: str, to: str) -> dict[str, NDArray[Any]]:
        return {f"{to}.weight": self(f"{name}/gamma"), f"{to}.bias": self(f"{name}/beta")}

    def linear(self, name: str, *to: str) -> dict[str, NDArray[Any]]:
        """Splits a projection into one per target; Whisper's keys have no bias."""
        out: dict[str, NDArray[Any]] = {}
        weights, biases = np.split(self(f"{name}/weight"), len(to)), np.split(self(f"{name}/bias"), len(to))
        for target, weight, bias in zip(to, weights, biases, strict=True):
            out[f"{target}.weight"] = weight
            if not target.endswith(".key"):
                out[f"{target}.bias"] = bias
        return out

    def block(self, name: str, to: str) -> dict[str, NDArray[Any]]:
        attention = f"{to}.attn"
        return (
            self.norm(f"{name}/self_attention/layer_norm", f"{attention}_ln")
            | self.linear(
                f"{name}/self_attention/linear_0", f"{attention}.query", f"{attention}.key", f"{attention}.value"
            )
            | self.linear(f"{name}/self_attention/linear_1", f"{attention}.out")
            | self.norm(f"{name}/ffn/layer_norm", f"{to}.mlp_ln")
            | self.linear(f"{name}/ffn/linear_0", f"{to}.mlp1")
            | self.linear(f"{name}/ffn/linear_1", f"{to}.mlp2")
        )

    def cross_attention(self, name: str, to: str) -> dict[str, NDArray[Any]]:
        attention = f"{to}.cross_attn"
        return (
            self.norm(f"{name}/layer_norm", f"{attention}_ln")
            | self.linear(f"{name}/linear_0", f"{attention}.query")
            | self.linear(f"{name}/linear_1", f"{attention}.key", f"{attention}.value")
            | self.linear(f"{name}/linear_2", f"{attention}.out")
        )
