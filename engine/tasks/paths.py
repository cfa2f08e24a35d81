"""The paths of a studio's results, and the form in which jobs store paths."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engine.catalog import Catalog, Project, Take
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.transfer import Subject


class CatalogOwner(Protocol):
    """What has the catalog of a studio: a studio, or the context of its tasks."""

    @property
    def catalog(self) -> Catalog:
        """The catalog."""


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
        """A path as jobs store it: relative if it is below the studio folder, so that a studio can be moved.

        `folder / path` returns the absolute path.
        """
        whole = Path(os.path.abspath(path))
        return whole.relative_to(self.folder) if whole.is_relative_to(self.folder) else whole

    def project_folder(self, project_id: str) -> Path:
        """A project's folder. Raises EngineError if the catalog does not have the project."""
        return self.folder / find_project(self.catalog, project_id).folder

    def artifact_folder(self, take_id: str | None) -> Path:
        """The folder for intermediate files: of the take's project, or of the studio for plain files.

        Raises EngineError if the catalog does not have the take.
        """
        if take_id is None:
            return self.folder / "work"
        return self.project_folder(find_take(self.catalog, take_id).project_id) / "work"

    def grid_path(self, take: Take) -> Path:
        """The file with a take's frame times."""
        return self.artifact_folder(take.id) / f"{take.digest}.grid.json"


def find_take(catalog: Catalog, take_id: str) -> Take:
    """The take with this id. Raises EngineError if the catalog does not have it."""
    take = catalog.take(take_id)
    if take is None:
        raise EngineError("The take is no longer in the catalog.", "cwtui takes lists the takes.")
    return take


def find_project(catalog: Catalog, project_id: str) -> Project:
    """The project with this id. Raises EngineError if the catalog does not have it."""
    for project in catalog.projects():
        if project.id == project_id:
            return project
    raise EngineError(f"There is no project with the id {project_id} in the catalog.", "cwtui new creates one.")


def project_name(context: CatalogOwner, subject: Subject) -> str:
    """The name of a subject's project; empty for a plain file."""
    return find_project(context.catalog, subject.take.project_id).name if subject.take else ""


def proxy_path(paths: StudioPaths, take: Take) -> Path:
    """The file of a take's proxy."""
    return paths.project_folder(take.project_id) / "proxies" / f"{take.label}.mp4"


def draft_path(paths: StudioPaths, take: Take) -> Path:
    """The file of a take's draft proxy, which the proxy replaces."""
    path = proxy_path(paths, take)
    return path.with_name(f"{path.stem}.draft.mp4")


def transcript_path(paths: ResultPaths, take_id: str | None, label: str, source_digest: str) -> Path:
    """The file with a transcript: in `transcripts/` of the project for a take, in `work/` of the studio for a file."""
    folder = paths.artifact_folder(take_id)
    if take_id is None:
        return folder / f"{source_digest}.transcript.json"
    return folder.parent / "transcripts" / f"{label}.json"


def perception_folder(paths: ResultPaths, take_id: str | None, source_digest: str) -> Path:
    """The folder with the masks, flow, depth and faces of a recording: a folder for each pass, named by its job.

    `engine.perception.open_perception` reads it.
    """
    return paths.artifact_folder(take_id) / "perception" / source_digest


def translation_path(paths: ResultPaths, take_id: str | None, label: str, source_digest: str) -> Path:
    """The file with the English translation of a transcript, beside the transcript."""
    return transcript_path(paths, take_id, label, source_digest).with_suffix(".en.json")
