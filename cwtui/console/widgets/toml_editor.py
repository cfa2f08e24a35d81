"""A TOML editor that shows errors at their lines and completes keys and values by a schema."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from cwtui.console.documents.toml_completion import Schema, completions, cursor_context, describe_key
from cwtui.console.theme import DARK, PALETTES, Palette, palette_of
from cwtui.console.widgets.debouncer import TYPING_DELAY_S, Debouncer
from engine.validation import Problem

_MARK = "   ✗ "


class TomlEditor(TextArea):
    """The text of a recipe. `validate` finds its errors, and a hint for the cursor's position."""

    class Validated(Message):
        """The text was validated: its errors as (line, text), and the hint for the cursor's position."""

        def __init__(self, faults: list[tuple[int, str]], hint: str) -> None:
            super().__init__()
            self.faults = faults
            self.hint = hint

    def __init__(self, schema: Schema, find_faults: Callable[[str], list[Problem]], *, id: str | None = None) -> None:
        super().__init__("", language="toml", show_line_numbers=True, tab_behavior="indent", soft_wrap=False, id=id)
        self._schema, self._find_faults = schema, find_faults
        self._debouncer = Debouncer(self, TYPING_DELAY_S, self.validate)
        self._wrong: dict[int, str] = {}
        self._found: tuple[str, list[tuple[int, str]]] | None = None

    def on_mount(self) -> None:
        for palette in PALETTES.values():
            self.register_theme(_theme(palette))
        self.watch(self.app, "theme", self._apply_palette)

    def _apply_palette(self, name: str) -> None:
        self.theme = name if name in PALETTES else DARK.name

    @property
    def idle(self) -> bool:
        """Whether the text has been validated."""
        return self._debouncer.idle

    def get_line(self, line_index: int) -> Text:
        """Returns a line of the text with its error."""
        line = super().get_line(line_index)
        if says := self._wrong.get(line_index):
            red = palette_of(self).styles["red"]
            line.append(f"{_MARK}{says}" if self._fits(line.cell_len, says) else _MARK.rstrip(), red)
        return line

    def _refresh_size(self) -> None:
        """Textual cuts each line at the width of the longest one; errors may follow to the edge of the widget."""
        super()._refresh_size()
        self.virtual_size = self.virtual_size.with_width(
            max(self.virtual_size.width, self.scrollable_content_region.width)
        )

    def _fits(self, width: int, says: str) -> bool:
        """Whether an error fits after a line of that width. If not, only its mark is there."""
        # One cell is for the cursor at the end of the line.
        return width + cell_len(_MARK) + cell_len(says) + 1 <= self.scrollable_content_region.width - self.gutter_width

    def hidden_faults(self) -> list[tuple[int, str]]:
        """The errors of the current text that are not visible: scrolled away, or too long for their line."""
        top = round(self.scroll_offset.y)
        visible = range(top, top + self.scrollable_content_region.height)
        lines = self.text.split("\n")
        return [
            (line, says)
            for line, says in self.faults()
            if line not in visible or self._wrong.get(line) != says or not self._fits(cell_len(lines[line]), says)
        ]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        # Other errors are visible now.
        self._debouncer.trigger()

    def on_resize(self) -> None:
        """Validates after a pause: other errors fit."""
        self._debouncer.trigger()

    def on_text_area_changed(self) -> None:
        """Validates after a pause."""
        self._debouncer.trigger()

    def on_text_area_selection_changed(self) -> None:
        """Updates the hint after a pause."""
        self._debouncer.trigger()

    def faults(self) -> list[tuple[int, str]]:
        """Returns the errors of the current text as (line, text)."""
        text = self.text
        if self._found is None or self._found[0] != text:
            found = self._find_faults(text)
            located = [(one.line or 0, one.short) for one in found]
            self._found = (text, located)
        return self._found[1]

    def validate(self) -> None:
        """Shows errors, and posts Validated."""
        text, faults = self.text, self.faults()
        wrong = dict(reversed(faults))
        if wrong != self._wrong:
            self._wrong = wrong
            # TextArea caches rendered lines.
            self.notify_style_update()
            self.refresh()
        here = cursor_context(text, *self.cursor_location)
        choices = completions(self._schema, here)
        hint = describe_key(self._schema, here) or (
            "tab: " + "  ".join(choice.strip(" =") for choice in choices[:8]) if choices else ""
        )
        self.post_message(self.Validated(faults, hint))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab" and not self.read_only and self._complete():
            event.stop()
            event.prevent_default()
        elif event.key == "escape":
            # The screen's action closes the editor; Textual would only move the focus.
            event.prevent_default()

    def _complete(self) -> bool:
        """Inserts what all completions have in common; returns whether there was any."""
        here = cursor_context(self.text, *self.cursor_location)
        choices = completions(self._schema, here)
        if not choices or (not here.typed and len(choices) > 1 and not here.heading):
            return False
        common = choices[0]
        for choice in choices[1:]:
            while not choice.startswith(common):
                common = common[:-1]
        rest = common[len(here.typed) :]
        if not rest:
            return False
        self.insert(rest + ("]" if here.heading and len(choices) == 1 else ""))
        return True


def _theme(palette: Palette) -> TextAreaTheme:
    """Returns the syntax colours of a palette: values accented, comments faint."""
    value, quiet = palette.styles["accent"], palette.styles["faint"]
    return TextAreaTheme(
        palette.name,
        syntax_styles={
            "comment": quiet,
            "operator": quiet,
            "punctuation.bracket": quiet,
            "punctuation.delimiter": quiet,
            "toml.type": palette.styles["strong"],
            "property": palette.styles["text"],
            **dict.fromkeys(("string", "number", "float", "boolean", "toml.datetime"), value),
            "toml.error": palette.styles["red"],
        },
    )
