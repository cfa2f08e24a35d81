"""Takes and plain files as subjects of commands and jobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.catalog import Catalog, Take
from engine.errors import EngineError, RequestError
from engine.ingest import Footage
from engine.tasks import StudioPaths, SubjectParameters, find_take
from engine.transfer import Subject


@dataclass(frozen=True, slots=True)
class Subjects:
    """Finds takes and opens footage; the `SubjectLookup` of a studio's tasks."""

    catalog: Catalog
    paths: StudioPaths

    @staticmethod
    def file(reference: str) -> Subject:
        """A plain file or frame sequence, inspected in place. Needs no studio folder."""
        from engine.ingest import inspect

        footage = inspect(Path(reference))
        return Subject(footage, footage.name)

    def take(self, take_id: str) -> Take:
        """The take with this id. Raises EngineError if the catalog does not have it."""
        return find_take(self.catalog, take_id)

    def unprobed(self, take: Take) -> Subject:
        """A take from the catalog, without frame times. Reads no file."""
        footage = Footage(self.paths.folder / take.path, take.name, take.probe, None)
        return Subject(footage, take.label, take, take.input_transform)

    def opened(self, take: Take) -> Subject:
        """A take with its frame times, computed and stored if missing.

        Raises EngineError if the footage is missing.
        """
        subject = self.unprobed(take)
        path, grid = subject.footage.path, None
        if not path.exists():
            raise EngineError(f"The footage of {take.label} is missing: {path}.", "Restore it, or ingest it again.")
        if take.probe.picture is not None:
            from engine.ingest import read_grid

            stored = self.paths.grid_path(take)
            grid = read_grid(stored)
            if grid is None:
                from engine.ingest import inspect, write_grid

                grid = inspect(path).grid
                assert grid is not None
                write_grid(stored, grid)
        return replace(subject, footage=Footage(path, take.name, take.probe, grid))

    def of_job(self, parameters: SubjectParameters) -> Subject:
        """The take or plain file in a job's parameters, with its frame times.

        Raises EngineError if it is missing, RequestError if a plain file has changed since the job was queued.
        """
        if parameters.take is not None:
            return self.opened(self.take(parameters.take))
        subject = self.file(str(self.paths.folder / parameters.source))
        if subject.digest() != parameters.source_digest:
            raise RequestError(
                f"{parameters.source.name} has changed since this job was queued.", "Run the command again."
            )
        return subject
