"""Cuts as a whole in Cut: new, choose, rename, copy, delete, the player window, suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.dialogs.suggestions import SuggestionsDialog
from cwtui.console.keymap import with_keys
from cwtui.console.screens.cut.interface import CutEditor
from cwtui.console.shown_cut import CutMaterial, ShownCut
from cwtui.console.workers.cut_suggestions import SuggestionFinder, SuggestionsFound, find_suggestions
from cwtui.formatting import plural
from engine.catalog import Project

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.timeline import Cut, Suggestion


class CutChoice:
    """The actions on whole cuts."""

    def __init__(self, screen: CutEditor) -> None:
        self._screen = screen

    def action_new_cut(self) -> None:
        """Prompts for the kind of a new cut, and makes it."""
        from engine.timeline import unused_name

        app = self._screen.console_app
        name = unused_name(app.snapshot.cuts)

        def chosen(kind: str | None) -> None:
            if kind:
                self._make(name, automatic=kind == "auto")

        choices = [
            ("auto", "Automatic", "the best reading of each line, trimmed to speech"),
            ("ranges", "Kept ranges", "the kept takes in shooting order"),
        ]
        app.push_screen(ChoicePrompt(f"New cut “{name}”", choices), chosen)

    def _make(self, name: str, *, automatic: bool) -> None:
        def make(studio: Studio, project: Project | None) -> str | None:
            from engine.studio import ProjectCuts, ProjectWords

            assert project
            cuts = ProjectCuts(studio, project)
            if not automatic:
                made, remark = cuts.new(name), ""
                title = "made"
            else:
                assembly = ProjectWords(studio, project).assemble(name)
                made, title = assembly.cut, "cut automatically"
                left = [f"{plural(len(assembly.left_out), 'take')} not used"] if assembly.left_out else []
                unsaid = [f"nobody says {plural(len(assembly.unsaid), 'line')}"] if assembly.unsaid else []
                remark = "".join(f", {one}" for one in (*left, *unsaid))
            cuts.add(made, title)
            return f"{name}: {plural(len(made.clips), 'clip')}{remark}."

        self._screen.console_app.submit(make)
        self._show(name)

    def _show(self, name: str) -> None:
        app = self._screen.console_app
        app.update_session(cut=name, clip=None)
        app.studio_worker.show_cut(name)

    def action_cuts(self) -> None:
        """Prompts for a cut to show, or for what to do with the shown one."""
        app, shown = self._screen.console_app, self._screen.shown
        here = shown.cut.name if shown else app.snapshot.cuts[0]
        others = [(f"show {name}", name, "") for name in app.snapshot.cuts]
        verbs = [(verb.lower(), f"{verb} “{here}”", "") for verb in ("Rename", "Copy", "Delete")]

        def chosen(answer: str | None) -> None:
            if answer and answer.startswith("show "):
                self._show(answer.removeprefix("show "))
            elif answer == "rename":
                app.push_screen(TextPrompt(f"New name for “{here}”", here), lambda new: self._rename(here, new))
            elif answer == "copy":
                self._copy(here)
            elif answer == "delete":
                self._delete(here)

        app.push_screen(ChoicePrompt("Cuts", [*others, *verbs], f"show {here}"), chosen)

    def _rename(self, name: str, new: str | None) -> None:
        if new is None or new == name:
            return

        def rename(studio: Studio, project: Project | None) -> str | None:
            from engine.studio import ProjectCuts

            assert project
            edit = ProjectCuts(studio, project).rename(name, new)
            return edit.title if edit else None

        self._screen.console_app.submit(rename)
        self._show(new)

    def _copy(self, name: str) -> None:
        from engine.timeline import unused_name

        new = unused_name(self._screen.console_app.snapshot.cuts, name)

        def copy(studio: Studio, project: Project | None) -> str:
            from engine.studio import ProjectCuts

            assert project
            cuts = ProjectCuts(studio, project)
            return cuts.add(replace(cuts.read(name), name=new), f"copied from {name}").title

        self._screen.console_app.submit(copy)
        self._show(new)

    def _delete(self, name: str) -> None:
        def delete(studio: Studio, project: Project | None) -> str | None:
            from engine.studio import ProjectCuts

            assert project
            edit = ProjectCuts(studio, project).delete(name)
            return edit.title if edit else None

        self._screen.console_app.submit(delete)

    def action_cut_window(self) -> None:
        """Opens the cut in a player window, which plays from the playhead."""
        shown, app = self._screen.shown, self._screen.console_app
        project = app.snapshot.project
        assert shown
        assert project
        app.player.open_cut(project, shown.cut, self._screen.at)


class Suggestions:
    """The suggestions for the shown cut; None before they are found."""

    def __init__(self, screen: CutEditor) -> None:
        self._screen = screen
        self._finder = SuggestionFinder(screen.post_message)
        self._requested: ShownCut | None = None
        self._dialog: SuggestionsDialog | None = None
        self.found: tuple[Suggestion, ...] | None = None
        # Their number and the seconds that they save; empty before they are found.
        self.summary = ""

    @property
    def idle(self) -> bool:
        """Whether no search is running."""
        return self._finder.idle

    def request(self) -> None:
        """Searches again if the cut or its words have changed."""
        shown = self._screen.shown
        if shown and shown is not self._requested and shown.words:
            self._requested = shown
            self._finder.request(shown)

    def cut_changed(self) -> None:
        """Forgets the suggestions of another cut."""
        shown = self._screen.shown
        if shown is None or self._requested is None or shown.cut.name != self._requested.cut.name:
            self.found, self.summary = None, ""

    def suggestions_found(self, event: SuggestionsFound) -> None:
        """Shows the suggestions, also in the dialog if it is open."""
        if event.shown is self._requested:
            self.found = event.found
            # A long cut has hundreds of suggestions, and the summary is shown at each movement of the playhead.
            saved = float(sum(one.saved for one in event.found))
            count = plural(len(event.found), "suggestion")
            self.summary = f"{count}: {saved:.1f} s" if event.found else "no suggestions"
            if self._dialog and self._dialog.is_active:
                self._dialog.show(event.shown, event.found)

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled, or an action of another part."""
        if action == "suggestions" and not self.found:
            return "The suggestions are not found yet." if self.found is None else "There are no suggestions."
        return ""

    def action_suggestions(self) -> None:
        """Opens the list of suggestions."""
        shown = self._requested
        assert shown
        app = self._screen.console_app
        undo = with_keys("{undo}", app.keymap)
        self._dialog = SuggestionsDialog(shown, self.found or (), self._decide, undo)
        app.push_screen(self._dialog)

    def _decide(self, chosen: Sequence[Suggestion], accepted: bool) -> None:
        base, count = self._requested, plural(len(chosen), chosen[0].kind)
        keys = {one.key for one in chosen}

        def change(cut: Cut, material: CutMaterial) -> Cut:
            from engine.timeline import accept, refuse

            if not accepted:
                return refuse(cut, chosen)
            current: Sequence[Suggestion] = chosen
            if base is None or cut != base.cut:
                # The numbers of words have changed, the keys stay.
                now = ShownCut(cut, material)
                current = [one for one in find_suggestions(now) if one.key in keys]
            return accept(cut, material.spoken, current, material.levels)

        self._screen.edit(change, f"{count} {'accepted' if accepted else 'refused'}")
