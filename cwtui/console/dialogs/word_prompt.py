"""The field in which a person corrects words of a transcript."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from cwtui.console.dialogs.base import Dialog
from cwtui.console.theme import palette_of
from cwtui.formatting import plural
from engine.speech import has_space, running_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.speech import Word

_REVERSE = Style(reverse=True)
# Words of context on either side of the selected ones.
_AROUND = 7


@dataclass(frozen=True, slots=True)
class WordChange:
    """The new text of the words `first` to `last` (exclusive). An empty one removes them."""

    first: int
    last: int
    text: str
    to_glossary: bool = False
    everywhere: bool = False


class WordPrompt(Dialog[WordChange | None]):
    """Shows words in their context and a field with their text; returns None when cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "cancel"),
        Binding("down,shift+right", "extend(1)", "one more word", priority=True),
        Binding("up,shift+left", "extend(-1)", "one word fewer", priority=True),
        Binding("ctrl+g", "save(True, False)", "save, and add to the glossary", priority=True),
        Binding("ctrl+r", "save(False, True)", "save in all takes", priority=True),
    ]

    def __init__(self, words: Sequence[Word], first: int) -> None:
        super().__init__()
        self._words = words
        self._first, self._last = first, first + 1

    def compose(self) -> ComposeResult:
        with Vertical(classes="card"):
            yield Static("", id="word-title", classes="title", markup=False)
            yield Static("", id="word-context")
            yield Input(self._current_text, select_on_focus=False)
            yield Static("", id="word-hint", classes="hint", markup=False)

    def on_mount(self) -> None:
        self._show()

    @property
    def _current_text(self) -> str:
        return running_text(self._words[self._first : self._last])

    def _show(self) -> None:
        count = plural(self._last - self._first, "word")
        self.query_one("#word-title", Static).update(f"Fix {count}")
        self.query_one("#word-context", Static).update(self._words_around())
        enter = "⏎ Save" if self.query_one(Input).value.strip() else f"⏎ Remove {count}"
        self.query_one("#word-hint", Static).update(
            f"{enter}   ↓ ↑ More or fewer words   esc Cancel\nctrl+r Save in all takes   ctrl+g Also in the glossary"
        )

    def _words_around(self) -> Text:
        styles, line = palette_of(self).styles, Text()
        first, last = max(0, self._first - _AROUND), min(self._last + _AROUND, len(self._words))
        line.append("… " if first else "", styles["faint"])
        for n in range(first, last):
            selected = self._first <= n < self._last
            line.append(self._words[n].text, styles["here"] + _REVERSE if selected else styles["quiet"])
            if n + 1 < last and has_space(self._words[n], self._words[n + 1]):
                line.append(" ", _REVERSE if selected and n + 1 < self._last else "")
        return line.append("\N{NO-BREAK SPACE}…" if last < len(self._words) else "", styles["faint"])

    @on(Input.Changed)
    def _text_changed(self) -> None:
        self._show()

    @on(Input.Submitted)
    def _text_submitted(self) -> None:
        self.action_save(False, False)

    def action_extend(self, words: int) -> None:
        """Takes more words behind the selected ones, or fewer. Text that was typed stays."""
        last = min(max(self._last + words, self._first + 1), len(self._words))
        if last == self._last:
            return
        field, before = self.query_one(Input), self._current_text
        moved = running_text(self._words[min(last, self._last) : max(last, self._last)])
        self._last, typed = last, field.value
        if typed == before:
            field.value = self._current_text
        elif words > 0:
            field.value = f"{typed.rstrip()} {moved}".lstrip()
        else:
            field.value = typed.rstrip().removesuffix(moved).rstrip()
        field.cursor_position = len(field.value)
        self._show()

    def action_save(self, to_glossary: bool, everywhere: bool) -> None:
        text = " ".join(self.query_one(Input).value.split())
        if to_glossary and not text:
            return
        self.dismiss(WordChange(self._first, self._last, text, to_glossary, everywhere))
