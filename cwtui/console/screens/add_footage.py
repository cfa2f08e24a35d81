"""Adds footage: opens the dialog that chooses it, and queues the ingest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.add_footage import AddFootageDialog
from cwtui.console.workers.folder_reader import FolderReader
from cwtui.console.workers.import_planner import ImportPlanner
from cwtui.formatting import plural
from engine.catalog import Project

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.studio import Studio


def open_add_footage(app: ConsoleApp, project: Project, pasted: str = "") -> None:
    """Open the dialog for a project, with the paths of a pasted text selected."""

    def start_reader(post: Callable[[Message], object]) -> FolderReader:
        reader = FolderReader(app.folder, app.volumes, post)
        reader.start()
        return reader

    def start_planner(paths: Sequence[Path], post: Callable[[Message], object]) -> ImportPlanner:
        app.expect_footage()
        planner = ImportPlanner(app.folder, project.name, paths, post)
        planner.start()
        return planner

    def chosen(paths: Sequence[Path] | None) -> None:
        if paths:
            # The studio may be busy for a moment before the job is queued.
            app.show_message(f"Adding {paths[0].name if len(paths) == 1 else plural(len(paths), 'item')} …")
            app.submit(lambda studio, _: _queue_ingest(studio, project, paths))

    app.push_screen(AddFootageDialog(project.name, start_reader, start_planner, pasted, app.plain), chosen)


def _queue_ingest(studio: Studio, project: Project, paths: Sequence[Path]) -> str:
    """Queue an ingest; runs on the studio's thread."""
    (job,) = studio.jobs.submit([studio.tasks.ingest_request(project, paths, None, False, True)])
    return f"Queued: {job.title}."
