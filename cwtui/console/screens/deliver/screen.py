"""Deliver: recipes, their text, estimates, and the results and checks of their deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import on
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from cwtui.console.documents.document import Document, Stamps
from cwtui.console.documents.drafts import Drafts, same_text
from cwtui.console.keymap import first_key
from cwtui.console.messages import FrameLoaded
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.deliver.choice_actions import ChoiceActions
from cwtui.console.screens.deliver.choices import DeliverySelection, render_choices
from cwtui.console.screens.deliver.delivery_run import (
    AnswerNeeded,
    DeliveryRun,
    ReplaceNeeded,
    delivery_work,
    recipe_commands,
    waiting_deliveries,
)
from cwtui.console.screens.deliver.preview import SLOT, RecipePreview
from cwtui.console.screens.deliver.preview_playhead import PreviewPlayhead
from cwtui.console.screens.deliver.receipt_actions import ReceiptActions, Reply
from cwtui.console.screens.deliver.recipe_editing import RecipeEditing
from cwtui.console.screens.deliver.recipe_files import RecipeFileActions
from cwtui.console.screens.deliver.recipe_rows import recipe_row, row_keys
from cwtui.console.screens.deliver.recipes import (
    ForecastReady,
    Forecasts,
    RecipesLoaded,
    load_with_drafts,
    problem_finder,
    recipe_stamps,
    row_heading,
)
from cwtui.console.screens.deliver.refusals import deliver_refusal
from cwtui.console.screens.deliver.results import RecipeOutcome, delivery_jobs, first_fault, render_outcome
from cwtui.console.screens.deliver.running_checks import ChecksRead, RunningChecks
from cwtui.console.session import DeliveryChoices
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import PICTURE_DELAY_S, Debouncer
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.console.widgets.toml_editor import TomlEditor
from cwtui.job_status import DELIVERIES
from engine.catalog import JobState, Project, Review, Take
from engine.deliver import Recipe, RecipeLibrary, StoredRecipe, read_recipe, recipe_schema

if TYPE_CHECKING:
    from engine.timeline import Cut

_POLL_INTERVAL_S = 2.0
_CHECKS_INTERVAL_S = 0.5


class DeliverScreen(ModeScreen):
    """The recipes, the text of the selected one, and its choices with their estimate or results."""

    MODE: ClassVar[str] = "deliver"

    editor: TomlEditor

    def __init__(self) -> None:
        super().__init__()
        self._documents: dict[str, Document[StoredRecipe]] = {}
        self._stamps: Stamps | None = None
        self._drafts = Drafts(lambda work: self.console_app.studio_worker.submit_write(work))
        self._shown: str | None = None
        self._faults: list[tuple[int, str]] = []
        self._forecasts = Forecasts(self)
        self._parsed: tuple[str, Recipe | None] = ("", None)
        self._name_width = 0
        self._choosing = ChoiceActions(self)
        self._editing = RecipeEditing(self)
        self._receipts = ReceiptActions(self)
        self._live_checks = RunningChecks(self)
        self._playhead = PreviewPlayhead(self)
        # Words and looks may change on other screens: each visit renders the frame again.
        self._visits = 0
        self._frame_debouncer = Debouncer(self, PICTURE_DELAY_S, self._request_frame)
        self._selection = DeliverySelection()
        self._listed_for: tuple[Project | None, int] | None = None

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="columns"):
            with Vertical(id="left"):
                yield RowList(self._draw, id="recipes")
                yield RecipePreview(self.console_app.picture_output, id="preview")
            with Container(id="panes"):
                with Vertical(id="middle"):
                    self.editor = TomlEditor(recipe_schema(), problem_finder(lambda: self.recipe), id="toml")
                    yield self.editor
                    yield Static("", id="hint", markup=False)
                with VerticalScroll(id="right", can_focus=False):
                    yield Static("", id="choices")
                    yield Static("", id="outcome")

    def on_mount(self) -> None:
        self.editor.read_only, self.editor.can_focus = True, False
        self.set_interval(_POLL_INTERVAL_S, self._poll_files)
        self.set_interval(_CHECKS_INTERVAL_S, self._poll_checks)

    def on_screen_resume(self) -> None:
        self._poll_files()

    def deactivate(self) -> None:
        """Store the draft, and forget the forecast: other screens change words, which captions depend on."""
        self._forecasts.forget()
        self._visits += 1
        self._store_draft()

    def on_unmount(self) -> None:
        self._store_draft()

    @property
    def rows(self) -> RowList | None:
        """The list of recipes."""
        return self.query_one("#recipes", RowList) if self.is_mounted else None

    @property
    def document(self) -> Document[StoredRecipe] | None:
        """The text of the recipe that is open in the editor, or of the one under the cursor."""
        if self.editing:
            return self._shown_document
        return self._documents.get((self.rows and self.rows.cursor) or "")

    @property
    def recipe(self) -> StoredRecipe | None:
        """The recipe that is open in the editor, or the one under the cursor, as it was last read."""
        return self.document.file if self.document else None

    @property
    def editing(self) -> bool:
        """Whether the editor is open."""
        return bool(self._shown_document and self._shown_document.is_open)

    @property
    def _shown_document(self) -> Document[StoredRecipe] | None:
        """The document whose text is in the editor."""
        return self._documents.get(self._shown or "")

    @property
    def idle(self) -> bool:
        """Whether the text has been validated."""
        return self.editor.idle and self._frame_debouncer.idle

    @property
    def choices(self) -> DeliveryChoices:
        """The choices that apply to the project."""
        return self._choosing.choices

    @property
    def delivered_cut(self) -> Cut | None:
        """The cut that is delivered, once it has been read; None if takes are."""
        cut = self._forecasts.ready.cut
        return cut if cut and (self.choices.takes, self.choices.cut) == ("cut", cut.name) else None

    @property
    def takes(self) -> list[tuple[Take, Review]]:
        """The takes to deliver, by the choices: as a rule the kept ones."""
        app = self.console_app
        return self._selection.takes_of(app.snapshot, self.choices, app.session.selected)

    @property
    def parsed_recipe(self) -> Recipe | None:
        """The recipe of the text in the editor; None if it has errors."""
        recipe, text = self.recipe, self.editor.text
        if recipe is None or self._faults or self.editor.faults():
            return None
        if self._parsed[0] != f"{recipe.name}\n{text}":
            self._parsed = (f"{recipe.name}\n{text}", read_recipe(text, recipe.path))
        return self._parsed[1]

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The objects whose methods do this screen's actions."""
        return (self, self._choosing, self._playhead, self._editing, self._receipts, RecipeFileActions(self))

    @property
    def library(self) -> RecipeLibrary:
        """The recipes as they were last read."""
        return RecipeLibrary({name: one.file for name, one in self._documents.items()})

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""
        done = sum(job.kind in DELIVERIES and job.state is JobState.DONE for job in snapshot.jobs)
        if self._stamps is None or self._listed_for != (snapshot.project, done):
            self._listed_for = (snapshot.project, done)
            read = self.library_reader()
            self.console_app.studio_worker.submit_write(lambda: read(None))
        self.show_choices()

    def show_choices(self) -> None:
        """Shows the choices with their estimate."""
        if not self.editor.faults():
            self._forecasts.request(self.editor.text, self._listed_for[1] if self._listed_for else 0)
        self._show_outcome()
        self.show_preview()

    def show_preview(self) -> None:
        """Shows the frame at the playhead."""
        self._frame_debouncer.trigger()

    def _request_frame(self) -> None:
        # Without pictures, the preview has only words.
        self.set_class(self.console_app.picture_output.protocol == "text", "-words")
        self.query_one(RecipePreview).show(self._playhead.frame, self._playhead.reason, self._visits)

    @on(FrameView.SizeChanged)
    def _size_changed(self) -> None:
        self.show_preview()

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows the frame of the recipe."""
        if event.request.slot == SLOT:
            self.query_one(RecipePreview).show_frame(event)

    def _poll_checks(self) -> None:
        if self.is_current:
            self._live_checks.poll()

    def _poll_files(self) -> None:
        """Reload the library when a file in it has changed."""
        if not self.is_current or self._stamps is None:
            return
        known, read, folder = self._stamps, self.library_reader(), self.console_app.folder

        def poll() -> None:
            if recipe_stamps(folder) != known:
                read(None)

        self.console_app.studio_worker.submit_write(poll)

    def library_reader(self, rebase: str | None = None) -> Callable[[str | None], None]:
        """A function that loads the library on the studio's thread; its argument is the recipe to select, if any."""
        folder, project, drafts = self.console_app.folder, self.console_app.snapshot.project, self._drafts.reader()

        def read(cursor: str | None) -> None:
            library, stamps = load_with_drafts(folder, project)
            self.post_message(RecipesLoaded(library, stamps, drafts([one.path for one in library.own]), cursor, rebase))

        return read

    @on(RecipesLoaded)
    def _recipes_loaded(self, event: RecipesLoaded) -> None:
        self._store_draft()
        recipes, self._stamps = dict(event.library.by_name), event.stamps
        self._drafts.apply_loaded(event.drafts)
        opened = self._shown_document if self.editing else None
        removed = opened if opened and opened.file.path not in [one.path for one in recipes.values()] else None
        if removed:
            # Another program removed the recipe while it is being edited.
            recipes[removed.file.name] = replace(removed.file, text="", stamp=None)
        self._documents = {
            name: self._documents.get(name) or Document(recipe, self._drafts) for name, recipe in recipes.items()
        }
        for name, document in self._documents.items():
            document.reload(recipes[name], rebase=name == event.rebase, keep_text=document is removed)
        self._name_width = max(cell_len(name) for name in recipes)
        self._rows.set_rows(row_keys(recipes.values()))
        self._rows.move_to(event.cursor or (self.console_app.session.recipe if self._shown is None else None))
        self._rows.refresh_changed()
        self.show_text()

    def on_row_list_row_highlighted(self) -> None:
        if self.editing and self._rows.cursor != self._shown:
            self._editing.close()
        if self.recipe:
            self.console_app.update_session(recipe=self.recipe.name)
        self.show_text()

    def show_text(self) -> None:
        """Shows the text of the recipe under the cursor, or the one that is open."""
        document, editor = self.document, self.editor
        if document is None:
            return
        name, text = document.file.name, document.stored_text
        if name != self._shown or not same_text(editor.text, text):
            cursor = editor.cursor_location if name == self._shown else (0, 0)
            self._shown = name
            editor.load_text(text)
            editor.move_cursor(cursor)
            editor.validate()
        self.show_choices()

    @on(TomlEditor.Validated)
    def _text_validated(self, event: TomlEditor.Validated) -> None:
        unread = self.recipe.read_error if self.recipe else None
        self._faults = [*([unread] if unread else []), *event.faults]
        if self.editing:
            self._store_draft()
            self._rows.refresh_changed()
        hint = self.query_one("#hint", Static)
        # An error is written once: at its line, or here if it is not visible there.
        hidden = [*([unread] if unread else []), *self.editor.hidden_faults()]
        hint.update(first_fault(hidden) or (event.hint if self.editing else ""))
        hint.set_class(bool(hidden), "-wrong")
        self.update_key_hints()
        self.show_choices()

    @on(ForecastReady)
    def _forecast_ready(self, event: ForecastReady) -> None:
        if event.text == self.editor.text:
            self._forecasts.ready = event
            self._show_outcome()
            self.show_preview()

    def _show_outcome(self) -> None:
        """Show the choices, and the forecast or the results of the recipe."""
        if (recipe := self.recipe) is None:
            return
        app, width = self.console_app, max(24, self.query_one("#right").size.width - 3)
        takes, key = [take for take, _ in self.takes], lambda action: first_key(action, app.keymap)
        chosen = self.choices
        choices = render_choices(app.snapshot, self.parsed_recipe, chosen, takes, key, app.palette, width)
        self.query_one("#choices", Static).update(choices)
        text, ready, cut = self.editor.text, self._forecasts.ready, chosen.takes == "cut"
        shown = (ready.forecast, ready.error, ready.verdicts, ready.kept, cut)
        approval = self.parsed_recipe.approval if self.parsed_recipe else None
        checks = self._live_checks.of(delivery_jobs(app.snapshot, recipe.name))
        after = (approval, first_key("approve", app.keymap), first_key("plan", app.keymap), checks)
        outcome = RecipeOutcome(recipe, text, self.editing, self._faults, *shown, *after)
        self.query_one("#outcome", Static).update(render_outcome(outcome, app.snapshot, app.palette, app.plain, width))

    @on(ChecksRead)
    def _checks_read(self, event: ChecksRead) -> None:
        self._live_checks.show(event)
        self._show_outcome()

    @on(Reply)
    def _reply(self, event: Reply) -> None:
        event.show()

    def renew_forecast(self) -> None:
        """Requests the forecast again: what is permitted has changed."""
        self._forecasts.forget()
        self.show_choices()

    def command_values(self) -> dict[str, str]:
        """The placeholders of command lines: the recipe, the delivery and the answer to its gate."""
        if self.recipe is None:
            return {}
        return recipe_commands(self.recipe, self.parsed_recipe, self.choices, self.takes, self.console_app.snapshot)

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the recipe and its text."""
        if action.startswith("delivery_"):
            return self._choosing.disabled_reason(action, self.parsed_recipe)
        return deliver_refusal(self, action, self._faults)

    def _store_draft(self) -> None:
        """Keep the text as a draft until it is saved."""
        if self._shown_document:
            self._shown_document.store_draft()

    # Actions

    def action_deliver(self) -> None:
        assert self.recipe
        self._deliver(DeliveryRun(self.recipe, tuple(take for take, _ in self.takes), self.choices, {}))

    def _deliver(self, run: DeliveryRun) -> None:
        self.console_app.submit(delivery_work(self.post_message, run))

    @on(AnswerNeeded)
    @on(ReplaceNeeded)
    def _answer_needed(self, needed: AnswerNeeded | ReplaceNeeded) -> None:
        """Prompt for an answer and deliver with it. Nothing is delivered when the dialog is cancelled."""

        def answered(answer: str | None) -> None:
            if answer is None:
                self.console_app.show_message("Nothing delivered.")
            else:
                self._deliver(needed.answered(answer))

        self.app.push_screen(needed.dialog(), answered)

    def action_answer_job(self) -> None:
        """Prompt for the answer that deliveries of this recipe wait for."""
        self.prompt_gates(waiting_deliveries(self.console_app.snapshot, self.recipe))

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        row = self.row_style(width, here)
        if key.startswith(HEADING):
            yield Segment(self.with_keys(row_heading(key, self._rows.keys[-1])), row.styles["quiet"])
        else:
            document = self._documents[key]
            now = self.console_app.today()
            yield from recipe_row(document.file, document.draft is not None, now, row, self._name_width)
