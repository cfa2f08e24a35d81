"""The console's colours: three greys, one accent for where you are, amber where you are needed, red for loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rich.style import Style
from textual.theme import Theme

# Quiet to loud, by the highest sample of a column out of 255.
_LOUD = (0, 24, 80, 160, 235)


@dataclass(frozen=True)
class Ink:
    """The colours that widgets draw with, as Rich names them; `Ink.themes` are the same for Textual's own."""

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
    chosen: str
    voices: tuple[str, ...]
    ansi: bool = False

    @cached_property
    def styles(self) -> dict[str, Style]:
        """Each kind of ink as a style on the ground."""
        kinds = {
            kind: Style(color=getattr(self, kind)) for kind in ("text", "quiet", "faint", "accent", "amber", "red")
        }
        return kinds | {"strong": Style(color=self.text, bold=True), "here": Style(color=self.accent, bold=True)}

    @cached_property
    def chosen_style(self) -> Style:
        """The ground of the line that the cursor is on."""
        return Style(reverse=True) if self.ansi else Style(bgcolor=self.chosen)

    def voice(self, number: int) -> Style:
        """A speaker's colour, the same ones again past the last."""
        return Style(color=self.voices[number % len(self.voices)])

    def level(self, peak: int) -> Style:
        """The colour of a column of sound by its highest sample out of 255; red where it may have clipped."""
        kinds = ("faint", "quiet", "accent", "accent")
        return self.styles[
            next((k for k, (a, b) in zip(kinds, pairwise(_LOUD), strict=True) if a <= peak < b), "amber")
        ]

    def theme(self) -> Theme:
        """For Textual's own widgets."""
        return Theme(
            name=self.name,
            primary=self.accent if not self.ansi else "ansi_cyan",
            secondary=self.quiet if not self.ansi else "ansi_bright_black",
            accent=self.accent if not self.ansi else "ansi_cyan",
            warning=self.amber if not self.ansi else "ansi_yellow",
            error=self.red if not self.ansi else "ansi_red",
            success=self.accent if not self.ansi else "ansi_cyan",
            foreground=self.text if not self.ansi else "ansi_default",
            background=self.ground if not self.ansi else "ansi_default",
            surface=self.ground if not self.ansi else "ansi_default",
            panel=self.panel if not self.ansi else "ansi_default",
            boost=self.panel if not self.ansi else "ansi_default",
            dark=self.dark,
            ansi=self.ansi,
            variables={
                "quiet": self.quiet if not self.ansi else "ansi_bright_black",
                "faint": self.faint if not self.ansi else "ansi_bright_black",
                "chosen": self.chosen if not self.ansi else "ansi_blue",
                "scrollbar": self.panel if not self.ansi else "ansi_bright_black",
                "scrollbar-hover": self.faint if not self.ansi else "ansi_bright_black",
                "scrollbar-active": self.faint if not self.ansi else "ansi_bright_black",
                "scrollbar-background": self.ground if not self.ansi else "ansi_default",
                "scrollbar-background-hover": self.ground if not self.ansi else "ansi_default",
                "scrollbar-background-active": self.ground if not self.ansi else "ansi_default",
                "scrollbar-corner-color": self.ground if not self.ansi else "ansi_default",
            },
        )


NIGHT = Ink(
    name="cleanwater-night",
    title="night",
    dark=True,
    ground="#0a121c",
    panel="#121e2c",
    text="#d9e4ec",
    quiet="#9fb2c1",
    faint="#7c91a3",
    accent="#5cd6d2",
    amber="#f2b65e",
    red="#ff8078",
    chosen="#17293a",
    voices=("#5cd6d2", "#c8a6ff", "#f2b65e", "#8fd694", "#ff9fb2", "#8ab8ff"),
)
DAY = Ink(
    name="cleanwater-day",
    title="day",
    dark=False,
    ground="#f5f9fb",
    panel="#e6eef3",
    text="#12212d",
    quiet="#3f5364",
    faint="#526879",
    accent="#00656a",
    amber="#7f4b00",
    red="#a81f1a",
    chosen="#d6e6ee",
    voices=("#00656a", "#5b3aa6", "#7f4b00", "#1e6126", "#a01f4b", "#1d4f9c"),
)
PLAIN = Ink(
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
    chosen="default",
    voices=("cyan", "magenta", "yellow", "green", "red", "blue"),
    ansi=True,
)
INKS = {ink.name: ink for ink in (NIGHT, DAY, PLAIN)}
