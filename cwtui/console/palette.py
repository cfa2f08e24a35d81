"""The entries of the palette: all actions of the registry, and recipes, takes and projects; and what each does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cwtui.console.actions import ACTIONS, BY_ID, Action
from cwtui.console.dialogs.palette import ActionPalette, PaletteEntriesLoaded, PaletteEntry
from cwtui.console.keymap import key_label, keys_of
from cwtui.console.screens.empty_state import NO_TAKE_SELECTED

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.mode_interface import ModeInterface
    from engine.catalog import Project
    from engine.studio import Studio


def open_palette(app: ConsoleApp, screen: ModeInterface) -> None:
    """Opens the palette over a screen. Recipes are added when the studio worker has read their names."""
    palette = ActionPalette([*_action_entries(app, screen), *_take_entries(app), *_project_entries(app)])

    def read_recipes(studio: Studio, project: Project | None) -> None:
        from engine.deliver import load_library

        palette.post_message(
            PaletteEntriesLoaded([_recipe_entry(name) for name in load_library(studio.folder).by_name])
        )

    async def run(entry: str | None) -> None:
        if entry:
            await run_entry(app, entry)

    app.push_screen(palette, run)
    app.submit(read_recipes)


async def run_entry(app: ConsoleApp, entry: str) -> None:
    """Runs an entry by its id. An action of another screen opens that screen first."""
    kind, _, name = entry.partition(" ")
    if kind == "action":
        action, screen = BY_ID[name], app.mode_screen
        if screen and not action.is_global and screen.MODE not in action.screens:
            await app.open_screen(action.screens[0])
        await app.action_dispatch(name)
    elif kind == "take":
        await app.open_screen("review", app.snapshot.by_id.get(name))
    elif kind == "project":
        app.studio_worker.switch_project(name)
    elif kind == "recipe":
        app.update_session(recipe=name)
        await app.open_screen("deliver")
        if app.mode_screen and (rows := app.mode_screen.rows):
            rows.move_to(name)


def _action_entries(app: ConsoleApp, screen: ModeInterface) -> Iterator[PaletteEntry]:
    """The actions of the current screen, then those of all screens, then those of others."""

    def distance(action: Action) -> int:
        return 0 if screen.MODE in action.screens else 1 if action.is_global else 2

    for action in sorted(ACTIONS, key=distance):
        here = distance(action) < 2
        reason = app.disabled_reason(action.id, screen) if here else ""
        if not here and "take" in action.requires and app.take is None:
            reason = NO_TAKE_SELECTED
        place = "everywhere" if action.is_global else (screen.MODE if here else action.screens[0]).capitalize()
        keys = " ".join(key_label(key) for key in keys_of(action, app.keymap))
        command = screen.command_line(action.command) if here else ""
        yield PaletteEntry(f"action {action.id}", action.title, place, keys, reason, command, action.id)


def _take_entries(app: ConsoleApp) -> Iterator[PaletteEntry]:
    for take in app.snapshot.takes:
        title = f"Take {take.number}  {take.label}"
        yield PaletteEntry(f"take {take.id}", title, "take", summary="Opens the take in Review.", terms=take.path.name)


def _project_entries(app: ConsoleApp) -> Iterator[PaletteEntry]:
    for project in app.snapshot.projects:
        current = project == app.snapshot.project
        yield PaletteEntry(
            f"project {project.name}",
            f"Switch to {project.name}",
            "project",
            disabled_reason="This project is open." if current else "",
            summary="Opens the project.",
        )


def _recipe_entry(name: str) -> PaletteEntry:
    return PaletteEntry(f"recipe {name}", f"Deliver with {name}", "recipe", summary="Opens the recipe in Deliver.")
