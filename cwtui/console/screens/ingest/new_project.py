"""Creates a project: prompts for its name, then for the footage that was pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.path_text import shown_path
from engine.catalog import Project, project_folder
from engine.errors import RequestError

if TYPE_CHECKING:
    from cwtui.console.screens.base import ModeScreen
    from engine.studio import Studio


class ProjectCreated(Message):
    """A project has been created for pasted footage."""

    def __init__(self, project: Project, pasted: str) -> None:
        super().__init__()
        self.project = project
        self.pasted = pasted


class NewProject:
    """The action that creates a project."""

    def __init__(self, screen: ModeScreen) -> None:
        self._screen = screen

    def action_new_project(self) -> None:
        """Prompts for the name."""
        self.prompt()

    def prompt(self, pasted: str | None = None) -> None:
        """Prompt for a new project's name; with a pasted path, prompt for the footage next."""
        app = self._screen.console_app

        def named(name: str | None) -> None:
            if not name:
                return

            def make(studio: Studio, _: Project | None) -> str:
                project = studio.new_project(name)
                app.studio_worker.switch_project(project.name)
                if pasted is not None:
                    self._screen.post_message(ProjectCreated(project, pasted))
                return f"Created “{project.name}” in {shown_path(studio.folder / project.folder)}."

            app.submit(make)

        app.push_screen(TextPrompt("Project name", hint="⏎ Create   esc Cancel", refuse=self._refusal), named)

    def _refusal(self, name: str) -> str:
        try:
            project_folder(name, self._screen.console_app.snapshot.projects)
        except RequestError as error:
            return error.message
        return ""
