"""Base classes of everything that is drawn over a screen: prompts, help, logs, the palette."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.screen import ModalScreen, ScreenResultType

from cwtui.console.actions import BY_ID
from cwtui.console.messages import FrameLoaded
from cwtui.console.widgets.row_list import RowList


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen that is dismissed only once, however often its key is pressed before it closes."""

    # Read with the first dialog: the style sheets of what is not shown would delay the start.
    CSS_PATH: ClassVar[Path] = Path(__file__).with_name("dialogs.tcss")

    @property
    def settled(self) -> bool:
        """Whether no timer of the dialog is running."""
        return True

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame that the dialog requested."""

    def media_loaded(self, take: str) -> None:
        """Shows the levels and words of a take, by its id, that have been read."""

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Close the dialog if it is the active screen. Otherwise Textual would close the screen below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


def _list_bindings(typing: bool) -> Iterator[Binding]:
    """The keys that move in lists, as on screens. With a field beside the list, only those that no text needs."""
    for name in ("up", "down", "page_up", "page_down", "first", "last"):
        action = BY_ID[name]
        keys = [key for key in action.keys.split(",") if not typing or key in _KEYS_BESIDE_FIELDS]
        if keys:
            # Users remap a binding by its id. A key beside a field must not become a letter.
            id_ = None if typing else name
            yield Binding(",".join(keys), action.call, action.title, id=id_, priority=typing)


_KEYS_BESIDE_FIELDS = ("up", "down", "pageup", "pagedown")
LIST_BINDINGS: Sequence[Binding] = (*_list_bindings(False), Binding("space", "move_pages(1)", "page down"))
FIELD_LIST_BINDINGS: Sequence[Binding] = tuple(_list_bindings(True))


def close_bindings(*names: str) -> Iterator[Binding]:
    """Escape, and the keys of these actions in the user's keymap, dismiss a dialog without a result."""
    yield Binding("escape", "dismiss(None)", "close")
    for name in names:
        yield Binding(BY_ID[name].keys, "dismiss(None)", "close", id=name)


class ListDialog(Dialog[ScreenResultType]):
    """A dialog with a list, in which the keys move as in the lists of screens."""

    def action_move_rows(self, steps: int) -> None:
        self.query_one(RowList).move_by(steps)

    def action_move_pages(self, pages: int) -> None:
        self.query_one(RowList).move_pages(pages)

    def action_move_to_end(self, last: bool) -> None:
        self.query_one(RowList).move_to_end(last)
