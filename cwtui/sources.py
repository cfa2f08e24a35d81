"""Which footage a word on the command line means."""

from __future__ import annotations

from collections.abc import Sequence
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


def sources_named(references: Sequence[str], project: str | None, studio: Path | None) -> list[Subject]:
    """Takes and plain files, each once; every take of the project where none is named."""
    if project is None and references and all(names_a_file(reference) for reference in references):
        return [Studio.file(reference) for reference in dict.fromkeys(references)]
    room = Studio(studio_folder(studio))
    try:
        if references:
            found = [room.subject(reference, project) for reference in dict.fromkeys(references)]
        else:
            found = [room.subject_of(take) for take in room.takes(room.project(project))]
    finally:
        room.close()
    return list({subject.footage.path: subject for subject in found}.values())
