"""Prompter: the script at a reading pace; a retake of a sentence is recorded with its time of day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Center
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from cwtui.console.actions import requires
from cwtui.console.documents.document import Document, Stamps, read_stamps
from cwtui.console.documents.drafts import Drafts, same_text
from cwtui.console.documents.script_file import SCRIPT_NAME, ScriptFile, ScriptLoaded, read_script
from cwtui.console.screens.base import ModeScreen
from cwtui.console.screens.empty_state import NO_PROJECT
from cwtui.console.screens.prompter.pacing import MAX_PACE, MIN_PACE, ScriptPacer, location_of, sentence_at
from cwtui.console.screens.prompter.script_view import FooterData, PrompterFooter, ScriptPage, ScriptView
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import TYPING_DELAY_S, Debouncer
from cwtui.console.widgets.text_layout import truncate
from engine.catalog import Project
from engine.time import format_short_time

if TYPE_CHECKING:
    from engine.studio import Studio

_TICK_S = 0.1
_POLL_INTERVAL_S = 2.0
_DAY = timedelta(hours=24)


class PrompterScreen(ModeScreen):
    """The script or its editor, and a footer with the pace and the time left."""

    MODE: ClassVar[str] = "prompter"

    editor: TextArea
    """The script's editor."""

    def __init__(self) -> None:
        super().__init__()
        self.pacer = ScriptPacer()
        self.mirror = False
        self._document: Document[ScriptFile] | None = None
        self._stamps: Stamps | None = None
        self._drafts = Drafts(lambda work: self.console_app.studio_worker.submit_write(work))
        self._typing_debouncer = Debouncer(self, TYPING_DELAY_S, self._store_draft)
        self._timer: Timer | None = None
        self._advanced_at = 0.0

    def compose_body(self) -> Iterable[Widget]:
        yield ScriptView(id="script-view")
        with Center(id="editor-pane"):
            self.editor = TextArea("", soft_wrap=True, show_line_numbers=False, id="script")
            yield self.editor
        yield PrompterFooter()

    def on_mount(self) -> None:
        self.set_interval(_POLL_INTERVAL_S, self._poll_file)

    def on_screen_resume(self) -> None:
        self._read()

    @property
    def editing(self) -> bool:
        """Whether the editor is open."""
        return bool(self._document and self._document.is_open)

    @property
    def idle(self) -> bool:
        """Whether the typed text has been stored as a draft."""
        return self._typing_debouncer.idle

    @property
    def rolling(self) -> bool:
        """Whether the script is moving."""
        return self._timer is not None

    @property
    def document(self) -> Document[ScriptFile] | None:
        """The script of the current project, once it has been read."""
        project, document = self.console_app.snapshot.project, self._document
        return document if document and project and document.file.project == project.id else None

    @property
    def script(self) -> ScriptFile | None:
        """The script as it was last read."""
        return self.document.file if self.document else None

    @property
    def unsaved(self) -> bool:
        """Whether the text differs from the file."""
        return bool(self.document and self.document.is_changed)

    @property
    def retakes(self) -> list[str]:
        """The times of day of the retakes marked in the last 24 hours."""
        since = self.console_app.today() - _DAY
        return [f"{cue.at.astimezone():%H:%M:%S}" for cue in self.console_app.snapshot.cues if cue.at > since]

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show a snapshot; another project has another script."""
        if self._document and self.document is None:
            if self.editing:
                self._close_text()
            self._pause()
            self._document, self._stamps, self.pacer = None, None, ScriptPacer(pace=self.pacer.pace)
        if self._document is None:
            self._read()
        self._redraw()

    def deactivate(self) -> None:
        """Pauses the script and stores the draft."""
        self._pause()
        self._store_draft()

    def on_unmount(self) -> None:
        self._store_draft()

    def _poll_file(self) -> None:
        if self.is_current:
            self._read()

    def _read(self) -> None:
        """Read the script and its draft if their stamps have changed."""
        project, known = self.console_app.snapshot.project, self._stamps
        if project is None:
            return
        path, read = self.console_app.folder / project.folder / SCRIPT_NAME, self._script_reader(project)

        def poll() -> None:
            if known is None or read_stamps([path]) != known:
                read(False)

        self.console_app.studio_worker.submit_write(poll)

    def _script_reader(self, project: Project) -> Callable[[bool], None]:
        """A function that reads both on the studio's thread; its argument rebases the draft on the script."""
        path = self.console_app.folder / project.folder / SCRIPT_NAME
        drafts = self._drafts.reader(path)

        def read(rebase: bool) -> None:
            stamps = read_stamps([path])
            self.post_message(ScriptLoaded(read_script(project.id, path), stamps, drafts([]), rebase))

        return read

    @on(ScriptLoaded)
    def _script_loaded(self, event: ScriptLoaded) -> None:
        project = self.console_app.snapshot.project
        if project is None or event.script.project != project.id:
            return
        self._store_draft()
        self._document = document = self._document or Document(event.script, self._drafts)
        self._stamps = event.stamps
        self._drafts.apply_loaded(event.drafts)
        document.reload(event.script, rebase=event.rebase)
        if document.is_open:
            self._show_text(document)
            if event.script.error and not document.draft:
                self._close_text()
        if event.script.error or not event.script.text.strip():
            self._pause()
        self._redraw()

    # Actions

    def disabled_reason(self, action: str) -> str:
        """The reasons depend on the script and the editor."""
        if not requires(action, "script"):
            return ""
        if self.console_app.snapshot.project is None:
            return NO_PROJECT
        script = self.script
        if script is None:
            return "The script is loading."
        if action in ("save", "leave"):
            if not self.editing:
                return "The editor is not open. Press {edit} to open it."
            return "Nothing was changed." if action == "save" and not self.unsaved else ""
        if self.editing:
            return "The editor is open. Press {leave} to close it."
        if script.error:
            return script.error
        if action == "edit":
            return ""
        return self._read_disabled_reason(action)

    def _read_disabled_reason(self, action: str) -> str:
        reading = self.pacer
        if not reading.lines:
            return "No script yet. Press {edit} to write one."
        if action == "roll" and reading.ended:
            return "End of the script. Press {top} to go to the start."
        if action == "faster" and reading.pace == MAX_PACE:
            return f"{MAX_PACE} words/min is the fastest pace."
        if action == "slower" and reading.pace == MIN_PACE:
            return f"{MIN_PACE} words/min is the slowest pace."
        return ""

    def action_roll(self) -> None:
        if self._timer:
            self._tick()
            self._pause()
        else:
            self._advanced_at = self.console_app.clock()
            self._timer = self.set_interval(_TICK_S, self._tick)
        self._redraw()

    def action_change_pace(self, steps: int) -> None:
        """Changes the pace by ten words a minute a step."""
        self.pacer.change_pace(steps)
        self._redraw()

    def action_move_lines(self, steps: int) -> None:
        """Moves by lines."""
        self.pacer.move_by(steps)
        self._redraw()

    def action_top(self) -> None:
        """Go to the start and reset the elapsed time."""
        self.pacer.move_to(0, to_line=True)
        self.pacer.elapsed = 0.0
        self._redraw()

    def action_mirror(self) -> None:
        self.mirror = not self.mirror
        self._redraw()

    def action_mark_retake(self) -> None:
        """Record the time of day and the sentence, and go back to the start of the sentence."""
        project, reading, at = self.console_app.snapshot.project, self.pacer, self.console_app.today()
        assert project
        starts, ends = sentence_at(reading.script, min(reading.offset, len(reading.script) - 1))
        line = " ".join(reading.script[starts:ends].split())

        def mark(studio: Studio, _: Project | None) -> str:
            studio.catalog.reviews.add_retake_cue(project.id, at, line)
            return f"Retake marked {at.astimezone():%H:%M:%S}: “{truncate(line, 48)}”"

        self.console_app.submit(mark)
        reading.move_to(starts, to_line=True)
        self._redraw()

    def action_edit(self) -> None:
        document = self.document
        assert document
        self._pause()
        self._show_text(document)
        document.open(lambda: self.editor.text)
        self.set_class(True, "-editing")
        if not document.draft:
            self.editor.move_cursor(location_of(document.file.text, self.pacer.offset))
        self.editor.focus()
        self._redraw()

    def _show_text(self, document: Document[ScriptFile]) -> None:
        """Load the draft, or the script, into the editor; the cursor stays."""
        text, editor = document.stored_text, self.editor
        if not same_text(text, editor.text):
            cursor = editor.cursor_location
            editor.load_text(text)
            editor.move_cursor(cursor)

    def action_leave(self) -> None:
        """Close the editor. Unsaved text is kept as a draft."""
        self._close_text()
        if self.unsaved:
            self.console_app.show_message("Not saved yet. Press {edit} to continue, then {save} to save.", "refused")
        self._redraw()

    def _close_text(self) -> None:
        self._typing_debouncer.cancel()
        if self._document:
            self._document.close()
        self.set_class(False, "-editing")
        self.set_focus(None)

    def _store_draft(self) -> None:
        """Keep the typed text as a draft until it is saved."""
        self._typing_debouncer.cancel()
        if self._document:
            self._document.store_draft()

    def action_save(self) -> None:
        """Save the script atomically. If another program changed it, the error says to save again."""
        project, document = self.console_app.snapshot.project, self.document
        assert project
        assert document
        self._typing_debouncer.cancel()
        write, read = document.save(), self._script_reader(project)

        def save(studio: Studio, _: Project | None) -> str:
            try:
                write()
            finally:
                read(True)
            return "Script saved."

        self.console_app.submit(save)

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        self._typing_debouncer.trigger()
        self.update_key_hints()
        self._update_footer()

    # Rolling

    def _tick(self) -> None:
        now = self.console_app.clock()
        self.pacer.advance(now - self._advanced_at)
        self._advanced_at = now
        if self.pacer.ended:
            self._pause()
        self._redraw()

    def _pause(self) -> None:
        if self._timer:
            self._timer.stop()
            self._timer = None

    def _redraw(self) -> None:
        """Redraw what has changed."""
        script_view = self.query_one(ScriptView)
        script = self.script
        self.pacer.set_script(script.text if script and not script.error else "", script_view.column)
        pacer = self.pacer
        script_view.page = ScriptPage(
            pacer.lines,
            pacer.line_index,
            pacer.line_fraction >= 0.5,
            pacer.ended,
            self.mirror,
            tuple(self.placeholder()),
            self.console_app.plain,
        )
        self._update_footer()
        self.update_key_hints()

    def _update_footer(self) -> None:
        pacer, retakes, footer = self.pacer, self.retakes, self.query_one(PrompterFooter)
        if self.script is None:
            footer.data = None
            return
        footer.data = FooterData(
            editing=self.editing,
            unsaved=self.unsaved,
            has_lines=bool(pacer.lines),
            rolling=self.rolling,
            ended=pacer.ended,
            mirror=self.mirror,
            pace=pacer.pace,
            words_left=round(pacer.words_left),
            time_left=format_short_time(pacer.seconds_left),
            elapsed=format_short_time(pacer.elapsed),
            retakes=len(retakes),
            last_retake=retakes[-1] if retakes else "",
            plain=self.console_app.plain,
        )

    @on(ScriptView.Scrolled)
    def _scrolled(self, event: ScriptView.Scrolled) -> None:
        self.action_move_lines(event.steps)

    def on_resize(self) -> None:
        """Wrap again; the current character stays in place."""
        self.call_after_refresh(self._redraw)

    def placeholder(self) -> list[tuple[str, str]]:
        """The lines shown without a script, each with its style."""
        project, script = self.console_app.snapshot.project, self.script
        if not self.console_app.snapshot.loaded:
            return []
        purpose = ("The text that you read while you record runs here, at your pace.", "quiet")
        if project is None:
            create = self.with_keys("Press {go_ingest}, then {new_project} to create one.")
            return [("No project yet.", "text"), purpose, (create, "quiet")]
        if script is None:
            return []
        if script.error:
            return [(script.error, "red"), ("The file was not changed.", "quiet")]
        return [
            (f"No script for “{project.name}” yet.", "text"),
            purpose,
            (self.with_keys("Press {edit} to write one."), "quiet"),
            (f"Or save it as plain text at {self.console_app.folder / project.folder / SCRIPT_NAME}", "faint"),
        ]
