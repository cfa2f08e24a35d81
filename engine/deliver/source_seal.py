"""The seal of a source at the time of its delivery, for the receipt."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.transfer import SEAL_FOLDER, seal_manifests


class SourceSeal(FrozenModel):
    """The newest ASC MHL manifest of the folder that a source was ingested into.

    `manifest` is its path in the studio. `digest` is that of its bytes in the chain of the history, of type `format`
    (C4 in seals by Cleanwater).
    """

    manifest: str
    format: str
    digest: str

    def is_kept(self, studio: Path) -> bool:
        """Whether the history still has this manifest with these bytes. EngineError if the history is damaged."""
        place = Path(self.manifest)
        return (place.name, self.format, self.digest) in seal_manifests(studio / place.parent.parent)


def newest_seal(studio: Path, folder: str) -> SourceSeal | None:
    """The seal of a folder of `studio` now; None if it has none that can be read."""
    try:
        manifests = seal_manifests(studio / folder)
    except EngineError:
        return None
    name, form, digest = manifests[-1]
    return SourceSeal(manifest=f"{folder}/{SEAL_FOLDER}/{name}", format=form, digest=digest)
