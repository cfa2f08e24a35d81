"""The subject of a command."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog import Encoding, Take
from engine.ingest import Footage


@dataclass(frozen=True, slots=True)
class Subject:
    """The subject of a command: a take of a project, or a file outside any project."""

    footage: Footage
    label: str
    take: Take | None = None
    input_transform: Encoding | None = None

    def digest(self) -> str:
        """Return the XXH128 of the content."""
        from engine.transfer import take_digest

        return self.take.digest if self.take else take_digest(self.footage.path)

    @property
    def has_sound(self) -> bool:
        """Whether a sound track can be decoded."""
        return any(track.decodable for track in self.footage.probe.sound)
