"""Prompter: the script, rolling at a reader's pace; a line that is read again is noted with its time of day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Center
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import TextArea

from cwtui.console.documents.drafts import Drafts, same
from cwtui.console.documents.file_stamp import Stamp
from cwtui.console.documents.script_file import NAME, Sheet, SheetRead, read_sheet, save_sheet, stamps_of
from cwtui.console.screens.base import RoomScreen
from cwtui.console.screens.prompter.pacing import FASTEST, SLOWEST, Reading, sentence_at
from cwtui.console.screens.prompter.script_view import Foot, Paper
from cwtui.console.snapshot import Snapshot
from cwtui.console.widgets.debouncer import TYPING_S, Rest
from cwtui.console.widgets.status_lines import Keys
from cwtui.formatting import cut
from engine.catalog import Project

if TYPE_CHECKING:
    from engine.studio import Studio

_TICK_S = 0.1
_LOOK_EVERY_S = 2.0
_DAY = timedelta(hours=24)


class Prompter(RoomScreen):
    """The text, or its editor, and below it the pace and what is left."""

    ROOM: ClassVar[str] = "prompter"

    editor: TextArea
    """The script while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.reading = Reading()
        self.mirror = False
        self._sheet: Sheet | None = None
        self._stamps: tuple[Stamp, Stamp] | None = None
        self._drafts = Drafts(lambda work: self.desk.hand.note(work))
        self._typing = Rest(self, TYPING_S, self._note)
        self._rolls: Timer | None = None
        self._told_at = 0.0
        self._drawn: tuple[object, ...] = ()

    def furnish(self) -> Iterable[Widget]:
        """Paper, editor, what is left."""
        yield Paper(id="paper")
        with Center(id="writing"):
            self.editor = TextArea("", soft_wrap=True, show_line_numbers=False, id="script")
            yield self.editor
        yield Foot()

    def on_mount(self) -> None:
        """An editor elsewhere may write the script, too."""
        self.set_interval(_LOOK_EVERY_S, self._look_again)

    def on_screen_resume(self) -> None:
        """Entered, or free of what was over it."""
        self._read()

    @property
    def editing(self) -> bool:
        """Whether keys go into the text."""
        return self.has_class("-editing")

    @property
    def settled(self) -> bool:
        """Whether what was written is kept."""
        return self._typing.over

    @property
    def rolling(self) -> bool:
        """Whether the text moves."""
        return self._rolls is not None

    @property
    def sheet(self) -> Sheet | None:
        """The script of the project that is shown, once it has been read."""
        project = self.desk.snapshot.project
        return self._sheet if self._sheet and project and self._sheet.project == project.id else None

    @property
    def unsaved(self) -> bool:
        """Whether something was written that is not in the file."""
        sheet = self.sheet
        if sheet and self.editing:
            return not same(self.editor.text, sheet.text)
        return bool(sheet and self._drafts.of(sheet.path))

    @property
    def retakes(self) -> list[str]:
        """The times of day of the retakes marked in the last 24 hours."""
        since = self.desk.today() - _DAY
        return [f"{cue.at.astimezone():%H:%M:%S}" for cue in self.desk.snapshot.cues if cue.at > since]

    def show(self, snapshot: Snapshot) -> None:
        """Another state of the studio; another project has another script."""
        if self._sheet and self.sheet is None:
            if self.editing:
                self._close_text()
            self._hold()
            self._sheet, self._stamps, self.reading = None, None, Reading(pace=self.reading.pace)
        if self._sheet is None:
            self._read()
        self._redraw()

    def left(self) -> None:
        """Nobody reads any more, or writes."""
        self._hold()
        self._note()

    def on_unmount(self) -> None:
        """Whichever way one leaves: what was typed last is kept."""
        self._note()

    def _look_again(self) -> None:
        if self.is_current:
            self._read()

    def _read(self) -> None:
        """Reads the script and its draft where they are others than those that are known."""
        project, known = self.desk.snapshot.project, self._stamps
        if project is None:
            return
        path, read = self.desk.folder / project.folder / NAME, self._reader(project)

        def look() -> None:
            if known is None or stamps_of(path) != known:
                read(False)

        self.desk.hand.note(look)

    def _reader(self, project: Project) -> Callable[[bool], None]:
        """Reads them on the thread that has the studio; whether that settles what a draft is held against."""
        path = self.desk.folder / project.folder / NAME
        drafts = self._drafts.reader(path)

        def read(settles: bool) -> None:
            stamps = stamps_of(path)
            self.post_message(SheetRead(read_sheet(project.id, path), stamps, drafts([]), settles))

        return read

    @on(SheetRead)
    def _took(self, seen: SheetRead) -> None:
        project = self.desk.snapshot.project
        if project is None or seen.sheet.project != project.id:
            return
        self._note()
        self._sheet, self._stamps = seen.sheet, seen.stamps
        self._drafts.take_in(seen.found)
        self._drafts.compare(seen.sheet.path, seen.sheet.saved, seen.settles)
        if self.editing:
            self._load()
            if seen.sheet.trouble and not self._drafts.of(seen.sheet.path):
                self._close_text()
        if seen.sheet.trouble or not seen.sheet.text.strip():
            self._hold()
        self._redraw()

    # What can be asked

    def why_not(self, action: str) -> str:
        """What does not fit: nothing to read, or nothing written."""
        if action not in _OWN:
            return ""
        if self.desk.snapshot.project is None:
            return "There is no project yet: I goes to Ingest, n makes one."
        sheet = self.sheet
        if sheet is None:
            return "The script is being read."
        if action in ("save", "leave"):
            if not self.editing:
                return "Nothing is open: e edits the script."
            return "Nothing was changed." if action == "save" and not self.unsaved else ""
        if self.editing:
            return "The script is open: esc leaves it."
        if sheet.trouble:
            return sheet.trouble
        if action == "edit":
            return ""
        return self._why_not_read(action)

    def _why_not_read(self, action: str) -> str:
        reading = self.reading
        if not reading.lines:
            return "There is no script yet: e writes one."
        if action == "roll" and reading.ended:
            return "This is the end: 0 goes to the beginning."
        if action == "faster" and reading.pace == FASTEST:
            return f"{FASTEST} words a minute is as fast as it goes."
        if action == "slower" and reading.pace == SLOWEST:
            return f"{SLOWEST} words a minute is as slow as it goes."
        return ""

    def do_roll(self) -> None:
        """Rolls, or holds."""
        if self._rolls:
            self._tick()
            self._hold()
        else:
            self._told_at = self.desk.clock()
            self._rolls = self.set_interval(_TICK_S, self._tick)
        self._redraw()

    def do_faster(self) -> None:
        """Ten words a minute more."""
        self.reading.faster(1)
        self._redraw()

    def do_slower(self) -> None:
        """Ten words a minute less."""
        self.reading.faster(-1)
        self._redraw()

    def do_line_back(self) -> None:
        """To the line before."""
        self.reading.move(-1)
        self._redraw()

    def do_line_forth(self) -> None:
        """To the next line."""
        self.reading.move(1)
        self._redraw()

    def do_top(self) -> None:
        """To the beginning, the time that went by with it."""
        self.reading.go(0, to_line=True)
        self.reading.gone = 0.0
        self._redraw()

    def do_mirror(self) -> None:
        """Mirrored, or as it is."""
        self.mirror = not self.mirror
        self._redraw()

    def do_again(self) -> None:
        """Notes the time of day and the sentence, and goes back to where it begins."""
        project, reading, at = self.desk.snapshot.project, self.reading, self.desk.today()
        assert project
        starts, ends = sentence_at(reading.script, min(reading.place, len(reading.script) - 1))
        line = " ".join(reading.script[starts:ends].split())

        def mark(studio: Studio, _: Project | None) -> str:
            studio.catalog.reviews.add_retake_cue(project.id, at, line)
            return f"Retake marked {at.astimezone():%H:%M:%S}: “{cut(line, 48)}”"

        self.desk.do(mark)
        reading.go(starts, to_line=True)
        self._redraw()

    def do_edit(self) -> None:
        """Keys go into the text, where one was reading."""
        sheet = self.sheet
        assert sheet
        self._hold()
        self._load()
        self.set_class(True, "-editing")
        if not self._drafts.of(sheet.path):
            self.editor.move_cursor(_spot(sheet.text, self.reading.place))
        self.editor.focus()
        self._redraw()

    def _load(self) -> None:
        """What is to be gone on with: the draft, or the script as it is."""
        sheet, editor = self._sheet, self.editor
        assert sheet
        text = (self._drafts.of(sheet.path) or sheet.saved).text
        if not same(text, editor.text):
            place = editor.cursor_location
            editor.load_text(text)
            editor.move_cursor(place)

    def do_leave(self) -> None:
        """Back to the prompter; what was written stays until it is saved."""
        self._close_text()
        if self.unsaved:
            self.desk.say("Not saved yet: e goes on with it, ctrl+s in there saves it.", "refused")
        self._redraw()

    def _close_text(self) -> None:
        self._note()
        self.set_class(False, "-editing")
        self.set_focus(None)

    def _note(self) -> None:
        """Keeps what was typed, until it is saved."""
        self._typing.forget()
        if self._sheet and self.editing:
            self._drafts.typed(self._sheet.path, self.editor.text, self._sheet.saved)
        else:
            self._drafts.write_again()

    def do_save(self) -> None:
        """Writes the file, whole or not at all; not over what somebody else wrote meanwhile, unasked."""
        self._note()
        project, sheet = self.desk.snapshot.project, self.sheet
        assert project
        assert sheet
        draft, read = self._drafts.of(sheet.path), self._reader(project)
        assert draft

        def save(studio: Studio, _: Project | None) -> str:
            try:
                save_sheet(sheet.path, draft)
            finally:
                read(True)
            return "The script is saved."

        self.desk.do(save)

    @on(TextArea.Changed)
    def _written(self) -> None:
        self._typing.ask()
        self.query_one(Keys).again()
        self.query_one(Foot).refresh()

    # How it rolls

    def _tick(self) -> None:
        now = self.desk.clock()
        self.reading.advance(now - self._told_at)
        self._told_at = now
        if self.reading.ended:
            self._hold()
        self._redraw()

    def _hold(self) -> None:
        if self._rolls:
            self._rolls.stop()
            self._rolls = None

    def _redraw(self) -> None:
        """Draws what became different."""
        paper = self.query_one(Paper)
        sheet = self.sheet
        self.reading.put(sheet.text if sheet and not sheet.trouble else "", paper.column)
        now = (*paper.state, self.desk.theme, self.desk.plain)
        if now != self._drawn:
            self._drawn = now
            paper.refresh()
        self.query_one(Foot).refresh()
        self.query_one(Keys).again()

    def on_resize(self) -> None:
        """Another width is another wrapping; one stays at the word that one read."""
        self.call_after_refresh(self._redraw)

    def instead(self) -> list[tuple[str, str]]:
        """What is said where there is nothing to read, each line in its ink."""
        project, sheet = self.desk.snapshot.project, self.sheet
        if project is None:
            return [("There is no project here yet.", "text"), ("I goes to Ingest, n makes one.", "quiet")]
        if sheet is None:
            return []
        if sheet.trouble:
            return [(sheet.trouble, "red"), ("It was left as it is.", "quiet")]
        return [
            (f"There is no script for “{project.name}” yet.", "text"),
            ("e writes one.", "quiet"),
            (f"Or put it, as plain text, at {self.desk.folder / project.folder / NAME}", "faint"),
        ]


_OWN = {
    "roll", "faster", "slower", "line_back", "line_forth", "top", "mirror", "again", "edit", "save", "leave",
}  # fmt: skip


def _spot(text: str, place: int) -> tuple[int, int]:
    before = text[:place].splitlines(keepends=True) or [""]
    return (len(before), 0) if before[-1].endswith("\n") else (len(before) - 1, len(before[-1]))
