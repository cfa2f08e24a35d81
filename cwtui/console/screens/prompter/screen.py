"""Prompter: the script at a reading pace; a retake of a sentence is recorded with its time of day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
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
from cwtui.console.screens.prompter.pacing import ScriptPacer, location_of
from cwtui.console.screens.prompter.reading import ReadingActions
from cwtui.console.screens.prompter.script_view import (
    FooterData,
    PrompterFooter,
    ScriptPage,
    ScriptView,
    placeholder_lines,
)
from cwtui.console.screens.prompter.type_size import LargeTypeLoaded, TypeSize
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import TYPING_DELAY_S, Debouncer
from cwtui.console.workers.voice import VoiceEnded, VoiceHeard, VoiceListener
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
        self.type_size = TypeSize(self.post_message)
        self._reading = ReadingActions(self)
        self.voice = VoiceListener(self.post_message)
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
    def action_parts(self) -> tuple[object, ...]:
        """The screen, and its actions on the text that is read."""
        return (self, self._reading)

    @property
    def editing(self) -> bool:
        """Whether the editor is open."""
        return bool(self._document and self._document.is_open)

    @property
    def idle(self) -> bool:
        """Whether the typed text has been stored as a draft, and the type is loaded."""
        return self._typing_debouncer.idle and not self.type_size.loading

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
        self.redraw()

    def deactivate(self) -> None:
        """Pauses the script, turns the microphone off, and stores the draft."""
        self._pause()
        self.voice.stop()
        self._store_draft()

    def on_unmount(self) -> None:
        self.voice.stop()
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
        self.select_type()

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
        return self._reading.disabled_reason(action)

    def action_voice(self) -> None:
        """Turns the microphone on or off; the script follows what it hears."""
        if self.voice.on:
            self.voice.stop()
        else:
            self._pause()
            self.voice.start()
        self.redraw()

    @on(VoiceHeard)
    def _voice_heard(self, event: VoiceHeard) -> None:
        if self.voice.on and not self.editing:
            self._reading.follow(event.words)

    @on(VoiceEnded)
    def _voice_ended(self, event: VoiceEnded) -> None:
        self.voice.stop()
        if event.error:
            self.console_app.show_error(event.error)
        self.redraw()

    def action_roll(self) -> None:
        self.voice.stop()
        if self._timer:
            self._tick()
            self._pause()
        else:
            self._advanced_at = self.console_app.clock()
            self._timer = self.set_interval(_TICK_S, self._tick)
        self.redraw()

    def select_type(self) -> None:
        """Uses the selected size; glyphs are flipped in large type only, so that a mirror never has the smallest."""
        size = max(self.console_app.session.prompter_size, int(self.mirror))
        script = self.script
        self.type_size.select(size, script.text if script else "")
        self.redraw()

    def action_edit(self) -> None:
        document = self.document
        assert document
        self._pause()
        self.voice.stop()
        self._show_text(document)
        document.open(lambda: self.editor.text)
        self.set_class(True, "-editing")
        if not document.draft:
            self.editor.move_cursor(location_of(document.file.text, self.pacer.offset))
        self.editor.focus()
        self.redraw()

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
        self.redraw()

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
        self.redraw()

    def _pause(self) -> None:
        if self._timer:
            self._timer.stop()
            self._timer = None

    def redraw(self) -> None:
        """Redraw what has changed."""
        script_view = self.query_one(ScriptView)
        script = self.script
        large_type = None if self.console_app.plain else self.type_size.large_type
        column = script_view.column(large_type is not None)
        pacer, text = self.pacer, script.text if script and not script.error else ""
        if column:
            # While the editor is open the view has no width; it reports one when it is shown again.
            pacer.set_script(text, column, large_type.width if large_type else cell_len)
        script_view.page = ScriptPage(
            pacer.lines,
            pacer.line_index,
            pacer.line_fraction,
            pacer.ended,
            self.mirror,
            self._placeholder(),
            self.console_app.plain,
            large_type,
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
            size=self.type_size.size,
            microphone=self.voice.on,
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
        self._reading.action_move_lines(event.steps)

    @on(ScriptView.WidthChanged)
    def _width_changed(self) -> None:
        """Wraps again; the current character stays in place."""
        self.redraw()

    @on(LargeTypeLoaded)
    def _large_type_loaded(self, event: LargeTypeLoaded) -> None:
        self.type_size.loaded(event)
        if event.error:
            self.console_app.show_error(event.error)
        self.redraw()

    def _placeholder(self) -> tuple[tuple[str, str], ...]:
        if not self.console_app.snapshot.loaded:
            return ()
        project = self.console_app.snapshot.project
        path = self.console_app.folder / project.folder / SCRIPT_NAME if project else None
        lines = placeholder_lines(project.name if project else "", self.script, path, self.unsaved)
        return tuple((self.with_keys(text), style) for text, style in lines)
