"""Which footage a word on the command line means."""

from __future__ import annotations

from pathlib import Path

from cwtui.options import studio_folder
from engine.studio import Studio, Subject, names_a_file


def source(reference: str, project: str | None, studio: Path | None) -> Subject:
    """A take, or a plain file, which needs no studio at all."""
    if project is None and names_a_file(reference):
        return Studio.file(reference)
    room = Studio(studio_folder(studio))
    try:
        return room.subject(reference, project)
    finally:
        room.close()
