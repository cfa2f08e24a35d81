"""Which footage a word on the command line means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cwtui.commands._options import studio_folder
from engine.catalog import Condition
from engine.studio import Studio, is_file_reference
from engine.transfer import Subject


def source(reference: str, project: str | None, studio: Path | None) -> Subject:
    """A take, or a plain file, which needs no studio at all."""
    if project is None and is_file_reference(reference):
        return Studio.file(reference)
    room = Studio(studio_folder(studio))
    try:
        return room.subject(reference, project)
    finally:
        room.close()


def condition_of(subject: Subject, studio: Path | None, *, decode: bool = False) -> Condition:
    """A subject's condition as far as it is known; with `decode` all of it is decoded where nobody did yet.

    What is found of a take is kept, as the studio's own check keeps it.
    """
    from engine.ingest import check_condition

    found_at_probe = Condition(damage=subject.footage.probe.damage)
    if subject.take is None:
        return Condition(checked=True, damage=check_condition(subject.footage)) if decode else found_at_probe
    room = Studio(studio_folder(studio))
    try:
        known = room.conditions([subject.take])[subject.take.id]
        if decode and not known.checked:
            return room.catalog.conditions.record(subject.take.digest, check_condition(subject.footage))
        return known
    finally:
        room.close()


def sources_named(references: Sequence[str], project: str | None, studio: Path | None) -> list[Subject]:
    """Takes and plain files, each once; every take of the project where none is named."""
    if project is None and references and all(is_file_reference(reference) for reference in references):
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
