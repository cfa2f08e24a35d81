"""Resolves command-line references to takes and files."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.commands._studio import open_studio
from engine.catalog import Condition
from engine.studio import Studio, is_file_reference
from engine.transfer import Subject

if TYPE_CHECKING:
    from engine.looks import Look, TakeSources


def source(reference: str, project: str | None, studio: Path | None) -> Subject:
    """The subject for a take or a plain file. A plain file needs no studio."""
    if project is None and is_file_reference(reference):
        return Studio.file(reference)
    opened_studio = open_studio(studio)
    try:
        return opened_studio.subject(reference, project)
    finally:
        opened_studio.close()


@contextmanager
def look_sources(subject: Subject, look: Look | None, studio: Path | None) -> Generator[TakeSources | None]:
    """The stored masks and other sources of a subject, if a look reads some.

    Raises RequestError, with the command that makes them, if they are missing.
    """
    if look is None or not look.reads:
        yield None
        return
    from engine.looks import require_sources
    from engine.studio import StoredSources

    if subject.take is None:
        require_sources(look, (), str(subject.footage.path))
    opened_studio = open_studio(studio)
    try:
        stored = StoredSources(opened_studio)
        with closing(stored):
            found = stored.of(subject)
            require_sources(look, found.names if found else (), subject.label)
            yield found
    finally:
        opened_studio.close()


def condition_of(subject: Subject, studio: Path | None, *, decode: bool = False) -> Condition:
    """A subject's known condition; with `decode`, decodes the whole file if that has not been done.

    The result for a take is recorded in the catalog.
    """
    from engine.ingest import check_condition

    found_at_probe = Condition(damage=subject.footage.probe.damage)
    if subject.take is None:
        return Condition(checked=True, damage=check_condition(subject.footage)) if decode else found_at_probe
    opened_studio = open_studio(studio)
    try:
        known = opened_studio.conditions([subject.take])[subject.take.id]
        if decode and not known.checked:
            return opened_studio.catalog.conditions.record(subject.take.digest, check_condition(subject.footage))
        return known
    finally:
        opened_studio.close()


def sources_named(references: Sequence[str], project: str | None, studio: Path | None) -> list[Subject]:
    """Takes and plain files without duplicates; all takes of the project if `references` is empty."""
    if project is None and references and all(is_file_reference(reference) for reference in references):
        return [Studio.file(reference) for reference in dict.fromkeys(references)]
    opened_studio = open_studio(studio)
    try:
        if references:
            found = [opened_studio.subject(reference, project) for reference in dict.fromkeys(references)]
        else:
            found = [opened_studio.subject_of(take) for take in opened_studio.takes(opened_studio.project(project))]
    finally:
        opened_studio.close()
    return list({subject.footage.path: subject for subject in found}.values())
