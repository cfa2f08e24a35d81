"""The cuts of a studio's projects as lists for the journal of changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from engine.catalog import Catalog, Project, Take
from engine.errors import RequestError
from engine.timeline import CutStore, MediaFile, cut_from_items, cut_to_items, media_of


@dataclass
class ProjectTakes:
    """The takes of a project as the media of its cuts. Takes that did not change are read once."""

    catalog: Catalog
    project: Project
    studio: Path
    _known: dict[str, Take] = field(default_factory=dict)
    _files: dict[str, MediaFile] = field(default_factory=dict)

    def __call__(self) -> dict[str, MediaFile]:
        """The takes by id, as they are now."""
        takes = self.catalog.refresh_takes(self.project, self._known)
        if takes != list(self._known.values()):
            self._known = {take.id: take for take in takes}
            self._files = {take.id: MediaFile(media_of(take), self._url(take)) for take in takes}
        return self._files

    def _url(self, take: Take) -> str:
        """The URL of a take's file, relative to the folder of the cuts, so that a studio may be moved."""
        path = self.studio / take.path
        folder = self.studio / self.project.folder
        return quote(f"../{path.relative_to(folder)}") if path.is_relative_to(folder) else path.as_uri()


@dataclass
class CutLists:
    """The cuts of all projects, each by its project's id and its name: harbour-walk/film. No items are no cut."""

    merges: ClassVar[bool] = False
    catalog: Catalog
    studio: Path
    _stores: dict[str, CutStore] = field(default_factory=dict)

    def store(self, project_id: str) -> CutStore:
        """The cuts of a project. Raises RequestError if the catalog does not have the project."""
        if project_id not in self._stores:
            project = next((one for one in self.catalog.projects() if one.id == project_id), None)
            if project is None:
                raise RequestError(f"There is no project “{project_id}”.", "cwtui places lists the projects.")
            folder = self.studio / project.folder / "timeline"
            self._stores[project_id] = CutStore(folder, ProjectTakes(self.catalog, project, self.studio))
        return self._stores[project_id]

    def read(self, key: str) -> list[Any]:
        """The items of a cut; none if it does not exist."""
        store, name = self._place(key)
        return cut_to_items(store.read(name).cut) if name in store.names() else []

    def write(self, key: str, items: list[Any]) -> None:
        """Writes a cut, or deletes it without items. Raises EngineError if they are invalid or the file has changed."""
        store, name = self._place(key)
        if items:
            store.write(cut_from_items(name, items))
        else:
            store.delete(name)

    def _place(self, key: str) -> tuple[CutStore, str]:
        project_id, _, name = key.partition("/")
        return self.store(project_id), name
