"""A file browser for footage: a path field, places and cards, folders with their footage, several selected at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.segment import Segment
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import Dialog
from cwtui.console.dialogs.footage_rows import FootageChoice, draw_entry, entry_choice, place_choice
from cwtui.console.dialogs.import_plan import ImportPlanDialog, Planner
from cwtui.console.footage_messages import FolderCounted, FolderListed, PathCompleted, PathsResolved, PlacesListed
from cwtui.console.theme import palette_of
from cwtui.console.widgets.debouncer import Debouncer
from cwtui.console.widgets.path_field import PathField
from cwtui.console.widgets.row_list import HEADING, RowList
from cwtui.formatting import plural
from cwtui.path_text import has_paths, shown_path, split_input
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.ingest import FolderEntry, MediaCount, Place

_TYPING_DELAY_S = 0.08
_PLACE_GROUPS = {"volume": "Cards and drives", "folder": "Folders", "recent": "Recent"}
_LIST_HINT = "⏎ Preview   space Select   → Open   ← Back   tab Path   esc Close"
_FIELD_HINT = "⏎ Preview   tab Complete   ↓ Browse   esc Close"


class FootageReader(Protocol):
    """Reads folders in the background, and posts what it finds."""

    def open(self, folder: Path | None) -> None:
        """List a folder, then count what is in it; without one, list the places."""

    def count(self, folders: Iterable[Path]) -> None:
        """Count folders before others."""

    def complete(self, text: str) -> None:
        """Complete a typed path."""

    def resolve(self, text: str, submitted: bool) -> None:
        """Find the paths in a text."""

    def idle(self) -> bool:
        """Whether everything is listed and counted."""

    def stop(self) -> None:
        """End reading."""


Post = Callable[[Message], object]


class AddFootageDialog(Dialog[Sequence[Path] | None]):
    """Chooses footage and shows its plan; returns the paths to ingest, or None.

    `start_reader` and `start_planner` (None: no plan) start threads that post by a function. `pasted` has paths.
    """

    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "close"),
        Binding("up", "move(-1)", "up", priority=True),
        Binding("down", "move(1)", "down", priority=True),
        Binding("pageup", "move(-10)", "page up"),
        Binding("pagedown", "move(10)", "page down"),
        Binding("tab", "complete", "complete", priority=True),
        Binding("left,backspace", "go_back", "parent"),
        Binding("right", "go_into", "open"),
        Binding("space", "select", "select"),
        Binding("delete", "clear", "clear the selection"),
        Binding("enter", "plan", "plan"),
    ]

    def __init__(
        self,
        project: str,
        start_reader: Callable[[Post], FootageReader],
        start_planner: Callable[[Sequence[Path], Post], Planner] | None,
        pasted: str = "",
        plain: bool = False,
    ) -> None:
        super().__init__()
        self._project, self._pasted, self._plain = project, pasted, plain
        self._start_reader, self._start_planner = start_reader, start_planner
        self._reader: FootageReader | None = None
        self._debouncer = Debouncer(self, _TYPING_DELAY_S, self._follow_field)
        self._folder: Path | None = None
        self._prefix = ""
        self._cursor_path: Path | None = None
        self._places: Sequence[Place] = ()
        self._entries: Sequence[FolderEntry] = ()
        self._shown: dict[str, FootageChoice] = {}
        self._counts: dict[Path, tuple[MediaCount, str | None]] = {}
        self._selected: dict[Path, FootageChoice] = {}
        self._problem = ""

    @property
    def settled(self) -> bool:
        """Whether everything that is shown has been read."""
        return self._debouncer.idle and (self._reader is None or self._reader.idle())

    def compose(self) -> ComposeResult:
        with Vertical(classes="card tall footage"):
            yield Static(f"Add footage to “{self._project}”", classes="title", markup=False)
            yield PathField(placeholder="a path, or paste or drop files here", select_on_focus=False)
            yield RowList(self._draw)
            yield Static("", classes="remark", markup=False)
            yield Static(_LIST_HINT, classes="hint", markup=False)

    def on_mount(self) -> None:
        self._reader = self._start_reader(self.post_message)
        if self._pasted:
            self._reader.resolve(self._pasted, False)
        else:
            self._open(None)

    def on_unmount(self) -> None:
        if self._reader:
            self._reader.stop()

    # The path field

    @property
    def _field(self) -> PathField:
        return self.query_one(PathField)

    def on_key(self, event: events.Key) -> None:
        """Text that is typed in the list goes to the field."""
        if self.focused is None and event.is_printable and event.character and event.character != " ":
            event.stop()
            event.prevent_default()
            self._focus_field()
            self._field.insert_text_at_cursor(event.character)

    def on_descendant_focus(self) -> None:
        self.query_one(".hint", Static).update(_FIELD_HINT)

    def on_descendant_blur(self) -> None:
        self.query_one(".hint", Static).update(_LIST_HINT)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._debouncer.trigger()

    def _follow_field(self) -> None:
        """Show the folder that the field names, and in it the entries that begin like the rest."""
        folder, prefix = split_input(self._field.value)
        if (folder, prefix) == (self._folder, self._prefix):
            return
        self._prefix, self._problem = prefix, ""
        if folder == self._folder:
            self._show_rows()
        else:
            self._open(folder, write=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        # Otherwise the field would be followed after the answer, which would hide its message.
        self._debouncer.cancel()
        self._follow_field()
        folder, prefix = split_input(event.value)
        if folder is None or (self._selected and not prefix):
            self.action_plan()
        elif self._reader:
            self._reader.resolve(event.value, True)

    @on(PathField.PathsPasted)
    def _paths_pasted(self, event: PathField.PathsPasted) -> None:
        if self._reader:
            self._reader.resolve(event.text, False)

    def on_paste(self, event: events.Paste) -> None:
        """Terminals paste the paths of files that are dropped onto them."""
        if self._reader and has_paths(event.text):
            self._reader.resolve(event.text, False)

    @on(PathsResolved)
    def _resolved(self, event: PathsResolved) -> None:
        """Select pasted paths and show the first one; plan those that were submitted."""
        self._problem = ""
        if event.missing:
            more = f", and {plural(len(event.missing) - 1, 'more path')}" if event.missing[1:] else ""
            self._problem = f"{shown_path(event.missing[0])}{more}: not found. Check the name, or mount the card."
        found = {entry.path: entry_choice(entry) for entry in event.found}
        if event.submitted and found and not event.missing:
            self._plan(list(self._selected | found))
        elif found and not event.submitted:
            self._selected |= found
            self.set_focus(None)
            first = next(iter(found))
            self._open(first.parent, first)
        elif self._folder is None and not self._places:
            self._open(None)
        self._show_remark()

    def action_complete(self) -> None:
        """In the field, complete the path; in the list, go to the field."""
        if self.focused is None:
            self._focus_field()
        elif self._reader:
            self._reader.complete(self._field.value)

    @on(PathCompleted)
    def _completed(self, event: PathCompleted) -> None:
        if event.text != self._field.value:
            return
        if event.completion.text != event.text:
            self._write_field(event.completion.text)
        elif len(event.completion.names) > 1:
            # The entries that the text may continue with are those of the list.
            self.set_focus(None)

    def _focus_field(self) -> None:
        self.set_focus(self._field)
        self._field.cursor_position = len(self._field.value)

    def _write_field(self, text: str) -> None:
        self._field.value = text
        self._field.cursor_position = len(text)

    # The list

    def _open(self, folder: Path | None, cursor: Path | None = None, write: bool = True) -> None:
        """Show a folder, or the places; `write`: in the field, too."""
        assert self._reader
        self._folder, self._cursor_path, self._entries = folder, cursor, ()
        if write:
            self._prefix = ""
            self._write_field("" if folder is None else f"{shown_path(folder).rstrip('/')}/")
        self._show_rows()
        self._reader.open(folder)
        self._count_selected()

    def _count_selected(self) -> None:
        assert self._reader
        uncounted = [path for path, one in self._selected.items() if one.is_folder and path not in self._counts]
        if uncounted:
            self._reader.count(uncounted)

    @on(PlacesListed)
    def _places_listed(self, event: PlacesListed) -> None:
        self._places = event.places
        if self._cursor_path is None and not any(place.card for place in event.places):
            self._cursor_path = next((place.path for place in event.places if place.kind == "recent"), None)
        self._show_rows()

    @on(FolderListed)
    def _folder_listed(self, event: FolderListed) -> None:
        if event.folder in (self._folder, Path()):
            self._entries = event.entries
            self._problem = f"{event.error.message} {event.error.hint}" if event.error else self._problem
            self._show_rows()

    @on(FolderCounted)
    def _folder_counted(self, event: FolderCounted) -> None:
        self._counts[event.folder] = event.count, event.card
        self.query_one(RowList).refresh_changed()
        self._show_remark()

    def _show_rows(self) -> None:
        rows = self.query_one(RowList)
        keys: list[str] = []
        self._shown = {}
        if self._folder is None:
            for kind, heading in _PLACE_GROUPS.items():
                group = {str(place.path): place_choice(place) for place in self._places if place.kind == kind}
                keys += [f"{HEADING}{heading}", *group] if group else []
                self._shown |= group
        else:
            wanted = self._prefix.casefold()
            found = [entry for entry in self._entries if entry.path.name.casefold().startswith(wanted)]
            self._shown = {str(entry.path): entry_choice(entry) for entry in found}
            keys = [*self._shown]
        rows.set_rows(keys)
        if self._cursor_path:
            rows.move_to(str(self._cursor_path))
        self._show_remark()

    @property
    def _current(self) -> FootageChoice | None:
        return self._shown.get(self.query_one(RowList).cursor or "")

    def action_move(self, steps: int) -> None:
        """Move the cursor of the list. From the field, go to the row that the cursor is on already."""
        if self.focused is None:
            self.query_one(RowList).move_by(steps)
        self.set_focus(None)
        self._cursor_path, self._problem = None, ""
        self._show_remark()

    @on(RowList.RowHighlighted)
    def _highlighted(self, event: RowList.RowHighlighted) -> None:
        self._show_remark()

    @on(RowList.RowSelected)
    def _double_clicked(self) -> None:
        current = self._current
        if current and current.is_folder:
            self.action_go_into()
        else:
            self.action_plan()

    def action_go_into(self) -> None:
        """Open the folder under the cursor."""
        current = self._current
        self._problem = ""
        if current and current.is_folder:
            self._open(current.path)

    def action_go_back(self) -> None:
        """Open the parent folder; from a place, go back to the places."""
        folder = self._folder
        self._problem = ""
        if folder is None:
            return
        at_place = any(place.path == folder for place in self._places)
        self._open(None if at_place or folder.parent == folder else folder.parent, folder)

    def action_select(self) -> None:
        """Select or deselect the row under the cursor, and move on."""
        current = self._current
        if current is None:
            return
        if self._selected.pop(current.path, None) is None:
            self._selected[current.path] = current
            self._count_selected()
        rows = self.query_one(RowList)
        rows.refresh_changed()
        rows.move_by(1)
        self._show_remark()

    def action_clear(self) -> None:
        """Deselect everything."""
        self._selected.clear()
        self.query_one(RowList).refresh_changed()
        self._show_remark()

    # The plan

    def action_plan(self) -> None:
        """Show the plan of the selection, or of the row under the cursor."""
        current = self._current
        if paths := list(self._selected) or ([current.path] if current else []):
            self._plan(paths)
        elif self._reader and not self._reader.idle():
            self._problem = "This folder is still being read."
            self._show_remark()

    def _plan(self, paths: Sequence[Path]) -> None:
        def planned(confirmed: bool | None) -> None:
            if confirmed:
                self.dismiss(paths)

        if start := self._start_planner:
            self.app.push_screen(ImportPlanDialog(self._project, lambda post: start(paths, post), self._plain), planned)

    # Rendering

    def _show_remark(self) -> None:
        """Show a problem, else the count and size of the selection or of the row under the cursor."""
        line = self.query_one(".remark", Static)
        line.update(self._problem or self._selection_text())
        line.set_class(bool(self._problem), "-problem")

    def _selection_text(self) -> str:
        if not self._selected:
            current = self._current
            return "" if current is None else shown_path(current.path)
        files = size = 0
        complete = True
        for path, one in self._selected.items():
            if not one.is_folder:
                files, size = files + 1, size + one.size
            elif path in self._counts:
                count = self._counts[path][0]
                files, size, complete = files + count.files, size + count.bytes, complete and count.complete
            else:
                complete = False
        more = "" if complete else "+"
        counted = f"{files:,}{more} {'file' if files == 1 and complete else 'files'}, {format_bytes(size)}{more}"
        return f"{len(self._selected):,} selected: {counted}   del Clear"

    def _draw(self, key: str, width: int, here: bool) -> Iterable[Segment]:
        styles = palette_of(self).styles
        if key.startswith(HEADING):
            return [Segment(key.removeprefix(HEADING), styles["quiet"])]
        choice = self._shown[key]
        row, selected = choice.counted_row(self._counts), choice.path in self._selected
        return draw_entry(row, styles, width, here, selected, self._plain)
