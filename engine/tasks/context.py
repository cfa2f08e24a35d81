"""What the tasks of a studio work with, so that they need not know the studio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.catalog import Catalog, Take
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import StudioPaths
from engine.transfer import Subject


class SubjectLookup(Protocol):
    """Finds takes and opens footage."""

    def take(self, take_id: str) -> Take:
        """The take with this id. Raises EngineError where the catalog no longer has it."""

    def unprobed(self, take: Take) -> Subject:
        """A take as the catalog knows it, without the times of its frames. Reads no file."""

    def opened(self, take: Take) -> Subject:
        """A take with the times of its frames. Raises EngineError where the footage is gone."""

    def of_job(self, parameters: SubjectParameters) -> Subject:
        """The take or plain file that a job's parameters name, with the times of its frames.

        Raises EngineError where it is gone, RequestError where a plain file has changed since the job was requested.
        """


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a studio gives to its tasks. Jobs are looked up in `catalog.queue`."""

    catalog: Catalog
    paths: StudioPaths
    subjects: SubjectLookup
