"""Faces that a finished pass has found, as a provider: only their measures are new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.perception.products import PersonFace
from engine.perception.provider import AnalysisFrame, ProviderIdentity

if TYPE_CHECKING:
    from engine.perception.sidecars import PerceptionReader


class StoredFaces:
    """The faces in sidecars, for every `every`-th tick. It closes its reader."""

    def __init__(self, reader: PerceptionReader) -> None:
        self._reader = reader
        record = reader.index("face").product("face")
        assert record
        self.every = record.every

    @property
    def identity(self) -> ProviderIdentity:
        """That of what found the faces."""
        return self._reader.identity("face")

    def warm_up(self) -> None:
        """Nothing is compiled."""

    def close(self) -> None:
        """Closes the files."""
        self._reader.close()

    def faces(self, frame: AnalysisFrame) -> tuple[PersonFace, ...]:
        """The faces of the frame's tick. Raises EngineError if the pass does not have it, or if it is damaged."""
        return self._reader.faces(frame.number)
