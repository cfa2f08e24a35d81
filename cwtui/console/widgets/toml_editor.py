"""An editor for TOML that says at the line what is wrong with it, and completes what the schema knows."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from cwtui.console.documents.toml_completion import Schema, candidates, line_of, spot, told
from cwtui.console.theme import INKS, NIGHT, Ink
from cwtui.console.widgets.debouncer import TYPING_S, Rest
from engine.deliver import RecipeProblem


class TomlEditor(TextArea):
    """A recipe's text. `look` finds what is wrong with it; the cursor's line says what may be written there."""

    class Looked(Message):
        """The text has been looked at: what is wrong, each with its line, and what is said of the cursor's place."""

        def __init__(self, faults: list[tuple[int, str]], hint: str) -> None:
            super().__init__()
            self.faults = faults
            self.hint = hint

    def __init__(self, schema: Schema, look: Callable[[str], list[RecipeProblem]], *, id: str | None = None) -> None:
        super().__init__("", language="toml", show_line_numbers=True, tab_behavior="indent", soft_wrap=False, id=id)
        self._schema, self._look = schema, look
        self._rest = Rest(self, TYPING_S, self.look)
        self._wrong: dict[int, str] = {}
        self._found: tuple[str, list[tuple[int, str]]] | None = None

    def on_mount(self) -> None:
        """In the console's ink, whichever it is."""
        for ink in INKS.values():
            self.register_theme(_theme(ink))
        self.watch(self.app, "theme", self._in_ink)

    def _in_ink(self, name: str) -> None:
        self.theme = name if name in INKS else NIGHT.name

    @property
    def settled(self) -> bool:
        """Whether what was typed has been looked at."""
        return self._rest.over

    def get_line(self, line_index: int) -> Text:
        """A line of the text, what is wrong with it behind it."""
        line = super().get_line(line_index)
        if says := self._wrong.get(line_index):
            red = INKS.get(self.app.theme, NIGHT).styles["red"]
            line.append(f"   ✗ {says}", red)
        return line

    def on_text_area_changed(self) -> None:
        """Looked at once the typing rests."""
        self._rest.ask()

    def on_text_area_selection_changed(self) -> None:
        """Another place, another hint."""
        self._rest.ask()

    def faults(self) -> list[tuple[int, str]]:
        """What is wrong with the text as it is now, each with its line."""
        text = self.text
        if self._found is None or self._found[0] != text:
            found = self._look(text)
            told = [(one.line if one.line is not None else line_of(text, one.keys), _worded(one)) for one in found]
            self._found = (text, told)
        return self._found[1]

    def look(self) -> None:
        """Says what is wrong, and what may be written here."""
        text, faults = self.text, self.faults()
        wrong = dict(reversed(faults))
        if wrong != self._wrong:
            self._wrong = wrong
            # The lines that were drawn before are kept by the editor otherwise.
            self.notify_style_update()
            self.refresh()
        here = spot(text, *self.cursor_location)
        ways = candidates(self._schema, here)
        hint = told(self._schema, here) or ("tab: " + "  ".join(way.strip(" =") for way in ways[:8]) if ways else "")
        self.post_message(self.Looked(faults, hint))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab" and not self.read_only and self._complete():
            event.stop()
            event.prevent_default()
        elif event.key == "escape":
            # Out of the text, by the room's own word; Textual would only go to the next thing that takes keys.
            event.prevent_default()

    def _complete(self) -> bool:
        """Writes what all candidates have in common; whether there was something to write."""
        here = spot(self.text, *self.cursor_location)
        ways = candidates(self._schema, here)
        if not ways or (not here.typed and len(ways) > 1 and not here.heading):
            return False
        common = ways[0]
        for way in ways[1:]:
            while not way.startswith(common):
                common = common[:-1]
        rest = common[len(here.typed) :]
        if not rest:
            return False
        self.insert(rest + ("]" if here.heading and len(ways) == 1 else ""))
        return True


def _theme(ink: Ink) -> TextAreaTheme:
    """What is written in the ink that is read, values where one is, remarks quiet."""
    value, quiet = ink.styles["accent"], ink.styles["faint"]
    return TextAreaTheme(
        ink.name,
        syntax_styles={
            "comment": quiet,
            "operator": quiet,
            "punctuation.bracket": quiet,
            "punctuation.delimiter": quiet,
            "toml.type": ink.styles["strong"],
            "property": ink.styles["text"],
            **dict.fromkeys(("string", "number", "float", "boolean", "toml.datetime"), value),
            "toml.error": ink.styles["red"],
        },
    )


def _worded(fault: RecipeProblem) -> str:
    key = fault.keys[-1] if fault.keys else ""
    says = {"Extra inputs are not permitted": "there is no such key", "Field required": "is missing"}.get(
        fault.message, fault.message.removeprefix("Value error, ")
    )
    return f"{key}: {says}" if key else says
