"""Deliver: recipes, their text, what would come out; then what is made, checked and proven."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.dialogs.gate_questions import answer_command, ask_about_jobs
from cwtui.console.dialogs.prompts import Choose, Write
from cwtui.console.documents.drafts import Draft, Drafts, same
from cwtui.console.screens.base import RoomScreen
from cwtui.console.screens.deliver.delivery_run import AnswerNeeded, ask_before_delivery, run_delivery, waiting_of
from cwtui.console.screens.deliver.recipes import (
    Kept,
    Predicted,
    Shelved,
    copy,
    free_name,
    predicted,
    remove,
    save,
    shelf,
    stamps_of,
)
from cwtui.console.screens.deliver.results import append_made, before_delivery, row, what_changed
from cwtui.console.screens.deliver.selection import Chosen, command_of
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.status_lines import Keys
from cwtui.console.widgets.toml_editor import TomlEditor
from engine.catalog import JobState, Project, Review, Take
from engine.deliver import Estimate, Recipe, find_problems

if TYPE_CHECKING:
    from engine.studio import Studio

_LOOK_EVERY_S = 2.0
_OF_A_RECIPE = {"edit", "open", "remove", "copy", "save", "revert", "deliver"}


class Deliver(RoomScreen):
    """Left the recipes, in the middle the text, at the right what comes of it."""

    ROOM: ClassVar[str] = "deliver"

    editor: TomlEditor
    """The text."""

    def __init__(self) -> None:
        super().__init__()
        self._recipes: dict[str, Kept] = {}
        self._stamps: object = None
        self._drafts = Drafts(lambda work: self.desk.hand.note(work))
        self._shown: str | None = None
        self._faults: list[tuple[int, str]] = []
        self._predictions: list[Estimate] = []
        self._predicted: tuple[object, ...] = ()
        self._meant = Chosen()
        self._done: tuple[Project | None, int] | None = None

    def furnish(self) -> Iterable[Widget]:
        """Three columns."""
        with Horizontal(id="bench"):
            yield RowList(self._draw, id="recipes")
            with Vertical(id="middle"):
                self.editor = TomlEditor(Recipe.model_json_schema(), find_problems, id="toml")
                yield self.editor
                yield Static("", id="hint", markup=False)
            with VerticalScroll(id="right", can_focus=False):
                yield Static("", id="outcome")

    def on_mount(self) -> None:
        """Nothing is edited yet; another console, or an editor, may write recipes, too."""
        self.editor.read_only, self.editor.can_focus = True, False
        self.set_interval(_LOOK_EVERY_S, self._look_again)

    def on_screen_resume(self) -> None:
        """Entered, or free of what was over it."""
        self._look_again()

    def left(self) -> None:
        """What was typed last is kept."""
        self._note()

    def on_unmount(self) -> None:
        """Whichever way one leaves."""
        self._note()

    @property
    def rows(self) -> RowList | None:
        """The recipes."""
        return self.query_one("#recipes", RowList) if self.is_mounted else None

    @property
    def recipe(self) -> Kept | None:
        """The one whose text is open, or the one under the cursor."""
        name = self._shown if self.editing else self.rows.cursor if self.rows else None
        return self._recipes.get(name or "")

    @property
    def editing(self) -> bool:
        """Whether keys go into the text."""
        return self.is_mounted and not self.editor.read_only

    @property
    def settled(self) -> bool:
        """Whether the text has been looked at as it is."""
        return self.editor.settled

    @property
    def takes(self) -> list[tuple[Take, Review]]:
        """What is delivered: the kept takes as they are trimmed; all of them where none was kept."""
        return self._meant.of(self.desk.snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio."""
        done = sum(job.kind == "deliver" and job.state is JobState.DONE for job in snapshot.jobs)
        if self._stamps is None or self._done != (snapshot.project, done):
            self._done = (snapshot.project, done)
            read = self._reader()
            self.desk.hand.note(lambda: read(None))
        self._predict()
        self._tell()

    def _look_again(self) -> None:
        """Reads the shelf where something on it is another than what is known."""
        if not self.is_current or self._stamps is None:
            return
        known, read, folder = self._stamps, self._reader(), self.desk.folder

        def look() -> None:
            if stamps_of(folder) != known:
                read(None)

        self.desk.hand.note(look)

    def _reader(self, settles: str | None = None) -> Callable[[str | None], None]:
        """Reads the shelf, on the thread that writes there; the cursor goes to a recipe, if one is named."""
        folder, project, drafts = self.desk.folder, self.desk.snapshot.project, self._drafts.reader()

        def read(at: str | None) -> None:
            recipes = shelf(folder, project)
            self.post_message(Shelved(recipes, drafts(recipes.own), at, settles))

        return read

    @on(Shelved)
    def _shelved(self, seen: Shelved) -> None:
        self._note()
        opened = self.recipe if self.editing else None
        self._recipes, self._stamps = dict(seen.recipes.kept), seen.recipes.stamps
        self._drafts.take_in(seen.found)
        if opened and opened.name not in self._recipes:
            # Removed elsewhere, but not what is being written here.
            self._recipes[opened.name] = replace(opened, text="", stamp=None)
            self._drafts.keep(opened.path, Draft(text=self.editor.text, base=opened.stamp))
        for one in self._recipes.values():
            self._drafts.compare(one.path, one.saved, one.name == seen.settles)
        own = [one.name for one in self._recipes.values() if one.own]
        shipped = [one.name for one in self._recipes.values() if not one.own]
        self._rows.put([f"{HEADING}shipped", *shipped, *([f"{HEADING}own", *own] if own else [])])
        self._rows.go(seen.at or (self.desk.place.recipe if self._shown is None else None))
        self._rows.again()
        self._show_text()

    def on_row_list_moved(self) -> None:
        """Another recipe; a text that was open stays with its own."""
        if self.editing and self._rows.cursor != self._shown:
            self._close_text()
        if self.recipe:
            self.desk.remember(recipe=self.recipe.name)
        self._show_text()

    def _show_text(self) -> None:
        recipe = self.recipe
        if recipe is None:
            return
        text, editor = (self._drafts.of(recipe.path) or recipe.saved).text, self.editor
        if recipe.name != self._shown or not same(editor.text, text):
            place = editor.cursor_location if recipe.name == self._shown else (0, 0)
            self._shown = recipe.name
            editor.load_text(text)
            editor.move_cursor(place)
            editor.look()
        self._predict()
        self._tell()

    @on(TomlEditor.Looked)
    def _looked(self, seen: TomlEditor.Looked) -> None:
        unread = self.recipe.unread if self.recipe else None
        self._faults = faults = [*([unread] if unread else []), *seen.faults]
        if self.editing:
            self._note()
            self._rows.again()
        hint = self.query_one("#hint", Static)
        if faults:
            line, says = faults[0]
            more = f"  and {len(faults) - 1} more" if len(faults) > 1 else ""
            hint.update(f"✗ line {line + 1}: {says}{more}")
        else:
            hint.update(seen.hint if self.editing else "")
        hint.set_class(bool(faults), "-wrong")
        self.query_one(Keys).again()
        self._predict()
        self._tell()

    def _predict(self) -> None:
        """What the text would make, asked when text, takes or trims are others."""
        recipe, text, takes = self.recipe, self.editor.text, self.takes
        asked = (text, recipe.name if recipe else "", takes, self.desk.snapshot.conditions)
        if recipe is None or asked == self._predicted or self.editor.faults():
            return
        self._predicted = asked

        def predict(studio: Studio, project: Project | None) -> None:
            if project:
                self.post_message(predicted(studio, project, recipe.name, text, takes))

        self.desk.do(predict)

    @on(Predicted)
    def _took(self, seen: Predicted) -> None:
        if seen.text == self.editor.text:
            self._predictions = seen.found
            self._tell()

    def _tell(self) -> None:
        """The right: what is made of this recipe, or what would be."""
        recipe = self.recipe
        if recipe is None:
            return
        width = max(24, self.query_one("#right").size.width - 3)
        text = before_delivery(self.desk, recipe.name, self._faults, self._predictions, width)
        text.append_text(what_changed(self.desk, recipe.text, self.editor.text, width))
        if not self.editing:
            append_made(text, self.desk, recipe.name, width)
        self.query_one("#outcome", Static).update(text)

    def values(self) -> dict[str, str]:
        """For command lines."""
        recipe, many = self.recipe, len(self.desk.snapshot.projects) > 1
        project = self.desk.snapshot.project
        if recipe is None or project is None:
            return {}
        name = str(recipe.path) if recipe.own else recipe.name
        answer = answer_command(waiting_of(self.desk.snapshot, recipe))
        return {"deliver": command_of(name, self.takes, project.name if many else None), **answer}

    def why_not(self, action: str) -> str:
        """What does not fit the recipe under the cursor."""
        recipe = self.recipe
        if action in _OF_A_RECIPE and recipe is None:
            return "The recipes are being read."
        if action in ("edit", "open", "remove") and self.editing:
            return "Its text is open: esc leaves it."
        if action in ("edit", "remove") and recipe and not recipe.own:
            return f"{recipe.name} comes with Cleanwater: n makes a copy of your own."
        if action in ("edit", "open") and recipe and recipe.own and recipe.unread:
            return f"Line {recipe.unread[0] + 1}: {recipe.unread[1]}."
        if action in ("save", "revert") and recipe and not self._is_changed(recipe):
            return "Nothing was changed."
        # Whoever writes fast and saves at once is told of this text, not of the one that was looked at last.
        if action == "save" and (faults := self.editor.faults()):
            return f"Line {faults[0][0] + 1}: {faults[0][1]}."
        if action == "answer_job" and not waiting_of(self.desk.snapshot, self.recipe):
            return "No delivery of this recipe waits for a choice."
        if action == "leave" and not self.editing:
            return "Nothing is open."
        if action == "deliver":
            if recipe and self._is_changed(recipe):
                return "It was changed: ctrl+s saves it, u takes it back."
            if not self.takes:
                return "There is no take to deliver yet."
            if self._faults:
                return f"Line {self._faults[0][0] + 1}: {self._faults[0][1]}."
        return ""

    def _note(self) -> None:
        """Keeps what was typed, until it is saved."""
        recipe = self.recipe if self.editing else None
        if recipe:
            self._drafts.typed(recipe.path, self.editor.text, recipe.saved)
        else:
            self._drafts.write_again()

    def _is_changed(self, recipe: Kept) -> bool:
        if self.editing:
            return not same(self.editor.text, recipe.text)
        return self._drafts.of(recipe.path) is not None

    # What can be asked

    def do_edit(self) -> None:
        """Keys go into the text."""
        editor = self.editor
        editor.read_only, editor.can_focus = False, True
        self.set_class(True, "-editing")
        editor.focus()
        editor.look()

    def do_leave(self) -> None:
        """Back to the list; what was changed stays in the text until it is saved or taken back."""
        self._close_text()
        self.editor.look()

    def _close_text(self) -> None:
        self._note()
        recipe, editor = self.recipe, self.editor
        editor.read_only, editor.can_focus = True, False
        self.set_class(False, "-editing")
        self.set_focus(None)
        if recipe and self._is_changed(recipe):
            self.desk.say(f"Not saved yet: {recipe.name}. ctrl+s saves it, u takes it back.", "refused")

    def do_save(self) -> None:
        """Writes it, not over what somebody else wrote meanwhile, unasked; what is not written stays a draft."""
        self._note()
        recipe = self.recipe
        assert recipe
        draft, read = self._drafts.of(recipe.path), self._reader(settles=recipe.name)
        assert draft

        def write(studio: Studio, project: Project | None) -> str:
            try:
                save(recipe, draft)
            finally:
                read(None)
            return f"{recipe.name} is saved."

        self.desk.do(write)

    def do_revert(self) -> None:
        """What is saved."""
        recipe = self.recipe
        assert recipe
        self._drafts.keep(recipe.path, None)
        self._show_text()
        self._rows.again()

    def do_copy(self) -> None:
        """One's own."""
        self._note()
        recipe = self.recipe
        assert recipe
        text = (self._drafts.of(recipe.path) or recipe.saved).text

        def named(called: str | None) -> None:
            if not called:
                return
            read = self._reader()

            def begin(studio: Studio, project: Project | None) -> str:
                name = copy(studio.folder, called, text)
                read(name)
                return f"{name} is yours: e edits it."

            self.desk.do(begin)

        self.app.push_screen(Write("What is the copy called?", free_name(self._recipes, recipe.name)), named)

    def do_remove(self) -> None:
        """Away, after a yes."""
        recipe = self.recipe
        assert recipe

        def gone(studio: Studio, project: Project | None) -> str:
            remove(recipe)
            read(None)
            return f"{recipe.name} is removed; what it delivered stays."

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.desk.do(gone)

        read = self._reader()
        choices = [("no", "keep it", ""), ("yes", "remove it", "what it delivered stays")]
        self.app.push_screen(Choose(f"Remove {recipe.name}?", choices), answered)

    def do_deliver(self) -> None:
        """Runs it."""
        assert self.recipe
        run_delivery(self.desk, self.post_message, self.recipe, [take for take, _ in self.takes], {})

    @on(AnswerNeeded)
    def _answer_needed(self, needed: AnswerNeeded) -> None:
        ask_before_delivery(self.desk, self.post_message, needed)

    def do_answer_job(self) -> None:
        """Answers what deliveries of this recipe wait for."""
        ask_about_jobs(self.desk, waiting_of(self.desk.snapshot, self.recipe))

    def do_open(self) -> None:
        """Its text: one's own is edited, of another a copy is offered."""
        assert self.recipe
        (self.do_edit if self.recipe.own else self.do_copy)()

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        ink = self.desk.ink.styles
        if key.startswith(HEADING):
            yield Segment("  your own" if key == f"{HEADING}own" else "  come with Cleanwater", ink["quiet"])
        else:
            recipe = self._recipes[key]
            yield from row(self.desk, recipe, bool(self._drafts.of(recipe.path)), width, here)
