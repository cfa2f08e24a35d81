"""The console's colours: three greys, an accent for the current position, amber for attention, red for loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rich.style import Style
from textual.dom import DOMNode
from textual.theme import Theme


@dataclass(frozen=True)
class Palette:
    """The colours of the console's own widgets, by Rich's names; `theme` converts them for Textual's widgets."""

    name: str
    title: str
    dark: bool
    ground: str
    panel: str
    text: str
    quiet: str
    faint: str
    accent: str
    amber: str
    red: str
    selection: str
    voices: tuple[str, ...]
    ansi: bool = False

    @cached_property
    def styles(self) -> dict[str, Style]:
        """The foreground styles by name."""
        kinds = {
            kind: Style(color=getattr(self, kind)) for kind in ("text", "quiet", "faint", "accent", "amber", "red")
        }
        return kinds | {
            "strong": Style(color=self.text, bold=True),
            "here": Style(color=self.accent, bold=True),
            "heading": Style(color=self.quiet, bold=True),
            "tab": Style(color="black" if self.ansi else self.ground, bgcolor=self.accent, bold=True),
            "alarm": Style(color=self.amber, bold=True),
        }

    @cached_property
    def selection_style(self) -> Style:
        """The style of the row under the cursor: a background, or in the terminal's own colours one bar of them."""
        return Style(color="black", bgcolor=self.accent, bold=True) if self.ansi else Style(bgcolor=self.selection)

    def voice(self, number: int) -> Style:
        """The colour of a speaker; colours repeat past the last one."""
        return Style(color=self.voices[number % len(self.voices)])

    def theme(self) -> Theme:
        """The palette as a Textual theme."""
        ground, panel = _textual_color(self.ground), _textual_color(self.panel)
        accent, faint = _textual_color(self.accent), _textual_color(self.faint)
        variables = {
            "quiet": _textual_color(self.quiet),
            "faint": faint,
            "chosen": _textual_color(self.selection),
            **dict.fromkeys(
                ("scrollbar", "scrollbar-corner-color"), faint if self.ansi else _textual_color(self.selection)
            ),
            **dict.fromkeys(("scrollbar-hover", "scrollbar-active"), faint),
            **dict.fromkeys([f"scrollbar-background{state}" for state in ("", "-hover", "-active")], ground),
        }
        if self.ansi:
            variables |= _ANSI_VARIABLES
        return Theme(
            name=self.name,
            primary=accent,
            secondary=_textual_color(self.quiet),
            accent=accent,
            warning=_textual_color(self.amber),
            error=_textual_color(self.red),
            success=accent,
            foreground=_textual_color(self.text),
            background=ground,
            surface=ground,
            panel=panel,
            boost=panel,
            dark=self.dark,
            ansi=self.ansi,
            variables=variables,
        )


def _textual_color(colour: str) -> str:
    """Textual's name of a colour: Rich's `cyan` is `ansi_cyan` there."""
    return colour if colour.startswith("#") else f"ansi_{colour}"


# Variables that Textual cannot derive from ANSI colours.
_ANSI_VARIABLES = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-background": "ansi_cyan",
    "block-cursor-foreground": "ansi_black",
    "input-cursor-background": "ansi_default",
    "input-cursor-foreground": "ansi_default",
    "input-selection-background": "ansi_cyan",
    "input-selection-foreground": "ansi_black",
    "screen-selection-background": "ansi_cyan",
    "screen-selection-foreground": "ansi_black",
    "border-blurred": "ansi_bright_black",
}

DARK = Palette(
    name="cleanwater-night",
    title="night",
    dark=True,
    ground="#0a121c",
    panel="#121e2c",
    text="#d9e4ec",
    quiet="#a9bbc9",
    faint="#8aa0b3",
    accent="#5cd6d2",
    amber="#f2b65e",
    red="#ff8078",
    selection="#1d354a",
    voices=("#5cd6d2", "#c8a6ff", "#f2b65e", "#8fd694", "#ff9fb2", "#8ab8ff"),
)
LIGHT = Palette(
    name="cleanwater-day",
    title="day",
    dark=False,
    ground="#f5f9fb",
    panel="#e6eef3",
    text="#12212d",
    quiet="#384b5a",
    faint="#4b6070",
    accent="#00656a",
    amber="#7f4b00",
    red="#a81f1a",
    selection="#c6dde8",
    voices=("#00656a", "#5b3aa6", "#7f4b00", "#1e6126", "#a01f4b", "#1d4f9c"),
)
ANSI = Palette(
    name="cleanwater-ansi",
    title="the terminal's own colours",
    dark=True,
    ground="default",
    panel="default",
    text="default",
    quiet="default",
    faint="bright_black",
    accent="cyan",
    amber="yellow",
    red="red",
    selection="default",
    voices=("cyan", "magenta", "yellow", "green", "red", "blue"),
    ansi=True,
)
PALETTES = {palette.name: palette for palette in (DARK, LIGHT, ANSI)}


def palette_of(node: DOMNode) -> Palette:
    """The palette of the theme that a widget is drawn in."""
    return PALETTES.get(node.app.theme, DARK)
