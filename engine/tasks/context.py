"""The interface between the tasks and their studio. Tasks do not import the studio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.catalog import Catalog, Take
from engine.policy import Gate
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import StudioPaths
from engine.transfer import Subject


class SubjectLookup(Protocol):
    """Finds takes and opens footage."""

    def take(self, take_id: str) -> Take:
        """The take with this id. Raises EngineError if the catalog does not have it."""

    def unprobed(self, take: Take) -> Subject:
        """A take from the catalog, without frame times. Reads no file."""

    def opened(self, take: Take) -> Subject:
        """A take with its frame times. Raises EngineError if the footage is missing."""

    def of_job(self, parameters: SubjectParameters) -> Subject:
        """The take or plain file in a job's parameters, with its frame times.

        Raises EngineError if it is missing, RequestError if a plain file has changed since the job was queued.
        """


@dataclass(frozen=True, slots=True)
class TaskContext:
    """The parts of a studio that its tasks use. Jobs are looked up in `catalog.queue`."""

    catalog: Catalog
    paths: StudioPaths
    subjects: SubjectLookup
    gate: Gate
