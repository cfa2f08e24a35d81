"""What a command is about."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalog import Encoding, Take
from engine.ingest import Footage


@dataclass(frozen=True, slots=True)
class Subject:
    """What a command is about: a take of a project, or a plain file that belongs to none."""

    footage: Footage
    label: str
    take: Take | None = None
    input_transform: Encoding | None = None

    def digest(self) -> str:
        """XXH128 of the content."""
        from engine.transfer import take_digest

        return self.take.digest if self.take else take_digest(self.footage.path)

    @property
    def has_sound(self) -> bool:
        """Whether there is sound that can be decoded."""
        return any(track.decodable for track in self.footage.probe.sound)
