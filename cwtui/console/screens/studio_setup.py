"""The start without a studio: where it is created, then the name of the first project."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.workers.studio_worker import StudioMissing
from cwtui.paths import is_account_default
from engine.units import format_bytes

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp

_INTRODUCTION = (
    "Cleanwater turns phone footage into films, entirely on this machine. A studio is a folder with your projects, "
    "their footage and what you deliver. There is none yet. It would be created here:"
)


class StudioSetup:
    """Prompts for the folder of the studio. Nothing is created before an answer."""

    def __init__(self, app: ConsoleApp, missing: StudioMissing) -> None:
        self._app = app
        self._missing = missing

    def prompt(self) -> None:
        """Prompts where the studio is created."""

        async def answered(answer: str | None) -> None:
            if answer == "create":
                await self.create()
            elif answer == "other":
                self._prompt_folder()
            else:
                await self._app.action_quit()

        choices = [
            ("create", "Create it here", ""),
            ("other", "Choose another folder …", ""),
            ("quit", "Quit", "nothing is created"),
        ]
        prompt = ChoicePrompt("Welcome to Cleanwater", choices, details=self._details(), hint="⏎ Choose   esc Quit")
        # There is no studio yet, so the screen below has nothing to show.
        prompt.add_class("alone")
        self._app.push_screen(prompt, answered)

    async def create(self) -> None:
        """Creates the studio, and prompts for the name of the first project."""
        app = self._app
        app.studio_worker.create_studio()
        await app.open_screen("ingest")
        await app.action_dispatch("new_project")

    def _details(self) -> str:
        folder, missing = self._app.folder, self._missing
        lines = [_INTRODUCTION, "", f"  {folder}", f"  {format_bytes(missing.disk_free)} free"]
        if missing.absent_disk:
            lines += ["", f"{missing.absent_disk} does not exist. If it is a disk, connect it first."]
        if missing.error:
            lines += ["", f"{missing.error.message} {missing.error.hint}"]
        return "\n".join(lines)

    def _prompt_folder(self) -> None:
        """Prompts for another folder; the console opens again there."""

        def chosen(text: str | None) -> None:
            if text is None:
                self.prompt()
            else:
                self._app.reopen_in(_path(text))

        later = (
            "Cleanwater opens this folder from now on."
            if is_account_default(self._app.folder)
            else "Open it again with cwtui --studio FOLDER."
        )
        hint = f"A studio that exists is opened. {later}\n⏎ OK   esc Back"
        prompt = TextPrompt("Folder of the studio", str(self._app.folder), hint, refuse=folder_refusal)
        prompt.add_class("alone")
        self._app.push_screen(prompt, chosen)


def folder_refusal(text: str) -> str:
    """Why a studio cannot be in the folder that was typed; empty if it can."""
    if not text.strip():
        return "Type the path of a folder."
    path = _path(text)
    existing = next(one for one in (path, *path.parents) if one.exists())
    if not existing.is_dir():
        return f"{existing} is a file, not a folder."
    if not os.access(existing, os.W_OK | os.X_OK):
        return f"You may not write to {existing}."
    return ""


def _path(text: str) -> Path:
    return Path(os.path.expanduser(text.strip())).absolute()
