"""Paths of a studio: where results are kept, and how jobs store paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.catalog import Catalog, Project, Take
from engine.errors import EngineError


class ResultPaths(Protocol):
    """The part of `StudioPaths` that finds results; a `Studio` has it too."""

    @property
    def folder(self) -> Path:
        """The studio folder."""

    def artifact_folder(self, take_id: str | None) -> Path:
        """The folder for intermediate files of a take."""


@dataclass(frozen=True, slots=True)
class StudioPaths:
    """The folders of a studio and of its projects."""

    folder: Path
    catalog: Catalog

    def relative(self, path: Path) -> Path:
        """A path as jobs store it: relative to the studio folder where it is below it, so that a studio can be moved.

        `folder / path` gives the absolute path again.
        """
        whole = Path(os.path.abspath(path))
        return whole.relative_to(self.folder) if whole.is_relative_to(self.folder) else whole

    def project_folder(self, project_id: str) -> Path:
        """A project's folder. Raises EngineError where the catalog does not have the project."""
        return self.folder / find_project(self.catalog, project_id).folder

    def artifact_folder(self, take_id: str | None) -> Path:
        """The folder for intermediate files: in the take's project, or the studio's own for plain files.

        Raises EngineError where the take is no longer in the catalog.
        """
        if take_id is None:
            return self.folder / "work"
        return self.project_folder(find_take(self.catalog, take_id).project_id) / "work"

    def grid_path(self, take: Take) -> Path:
        """The file with the times of a take's frames."""
        return self.artifact_folder(take.id) / f"{take.digest}.grid.json"


def find_take(catalog: Catalog, take_id: str) -> Take:
    """The take with this id. Raises EngineError where the catalog no longer has it."""
    take = catalog.take(take_id)
    if take is None:
        raise EngineError("The take is no longer in the catalog.", "cwtui takes lists those that are.")
    return take


def find_project(catalog: Catalog, project_id: str) -> Project:
    """The project with this id. Raises EngineError where the catalog does not have it."""
    for project in catalog.projects():
        if project.id == project_id:
            return project
    raise EngineError(f"There is no project with the id {project_id} in the catalog.", "cwtui new makes projects.")


def transcript_path(paths: ResultPaths, take_id: str | None, label: str, source_digest: str) -> Path:
    """The file with a transcript: in `transcripts/` of a take's project, in the studio's `work/` for a plain file."""
    folder = paths.artifact_folder(take_id)
    if take_id is None:
        return folder / f"{source_digest}.transcript.json"
    return folder.parent / "transcripts" / f"{label}.json"
