"""Advanced SubStation Alpha captions (ASS v4.00+), with a style and highlighted words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.speech.captions.cue import Cue, Highlight, Position
from engine.speech.captions.textfile import written
from engine.speech.captions.webvtt import HIGHLIGHT_COLOUR

_CENTISECOND = Fraction(1, 100)
# An invisible word joiner keeps a backslash from starting an escape.
_JOINER = "\u2060"
_ALIGNMENT = {"left": 1, "center": 2, "right": 3}
_FORMAT = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, "
    "StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, "
    "Encoding"
)


@dataclass(frozen=True, slots=True)
class AssStyle:
    """The look of ASS captions for a picture of `width` by `height` pixels; sizes and margins are in pixels.

    `size` is the height of a line. Colours are #rrggbb or #rrggbbaa; with a `box`, libass draws no outline.
    """

    width: int = 1920
    height: int = 1080
    font: str = "FiraGO"
    bold: bool = False
    size: float = 65.0
    colour: str = "#f0f6f8"
    highlight_colour: str = HIGHLIGHT_COLOUR
    outline: float = 0.0
    outline_colour: str = "#060e14"
    shadow: float = 0.0
    box: str = "#060e14a8"
    position: Position = "bottom"
    align: Literal["left", "center", "right"] = "center"
    sides: int = 96
    ends: int = 54


def write_ass(cues: Sequence[Cue], style: AssStyle, highlight: Highlight = "none") -> str:
    """An ASS script. `fill` colours the words up to the current one by karaoke tags, `word` the current one alone.

    Times are centiseconds, rounded down, so that a caption starts and ends with the same frames as the cue.
    """
    fill = highlight == "fill"
    # The karaoke effect shows the secondary colour before a word, and the primary one from it on.
    primary, secondary = (style.highlight_colour, style.colour) if fill else (style.colour, style.highlight_colour)
    border = style.box or style.outline_colour
    # A box without a border would not be drawn.
    outline = max(style.outline, style.size * 0.2) if style.box else style.outline
    look = [
        "Default", style.font.replace(",", " "), f"{style.size:g}", _colour(primary), _colour(secondary),
        _colour(border), _colour("#000000a0"), -1 if style.bold else 0, 0, 0, 0, 100, 100, 0, 0, 3 if style.box else 1,
        f"{outline:g}", f"{style.shadow:g}", _alignment(style, style.position), style.sides, style.sides, style.ends, 1,
    ]  # fmt: skip
    head = [
        "[Script Info]", "ScriptType: v4.00+", f"PlayResX: {style.width}", f"PlayResY: {style.height}",
        "WrapStyle: 2", "ScaledBorderAndShadow: yes", "", "[V4+ Styles]", f"Format: {_FORMAT}",
        f"Style: {','.join(map(str, look))}", "", "[Events]",
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
    ]  # fmt: skip
    events = [
        f"Dialogue: 0,{_clock(start)},{_clock(end)},Default,{_name(cue)},0,0,0,,{_position(cue, style)}{text}"
        for cue in written(cues, _CENTISECOND)
        for start, end, text in _events(cue, style, highlight)
    ]
    return "\n".join([*head, *events, ""])


def _events(cue: Cue, style: AssStyle, highlight: Highlight) -> Iterator[tuple[Fraction, Fraction, str]]:
    """(start, end, text) of a cue: one event, or one for each word if the current word alone is coloured."""
    if highlight == "none" or not cue.words:
        yield cue.start, cue.end, _escaped(cue.text)
    elif highlight == "fill":
        yield cue.start, cue.end, _karaoke(cue)
    else:
        starts = [min(max(word.start, cue.start), cue.end) for word in cue.words]
        bounds = [*starts, cue.end]
        if starts[0] > cue.start:
            yield cue.start, starts[0], _escaped(cue.text)
        for word, start, end in zip(cue.words, bounds[:-1], bounds[1:], strict=True):
            if start < end:
                before, spoken, after = (
                    _escaped(part)
                    for part in (cue.text[: word.first], cue.text[word.first : word.last], cue.text[word.last :])
                )
                colour = _colour(style.highlight_colour, alpha=False)
                yield start, end, rf"{before}{{\1c{colour}}}{spoken}{{\r}}{after}"


def _karaoke(cue: Cue) -> str:
    """The text with the duration of each syllable in centiseconds; an empty one waits for the first word."""
    starts = [min(max(word.start, cue.start), cue.end) for word in cue.words]
    parts, at = [rf"{{\k{_centiseconds(starts[0] - cue.start)}}}"], 0
    for word, start, end in zip(cue.words, starts, [*starts[1:], cue.end], strict=True):
        parts.append(rf"{{\k{_centiseconds(max(end - start, Fraction(0)))}}}{_escaped(cue.text[at : word.last])}")
        at = word.last
    return "".join([*parts, _escaped(cue.text[at:])])


def _escaped(text: str) -> str:
    return text.replace("\\", f"\\{_JOINER}").replace("{", r"\{").replace("}", r"\}").replace("\n", r"\N")


def _position(cue: Cue, style: AssStyle) -> str:
    return rf"{{\an{_alignment(style, 'top')}}}" if cue.position == "top" else ""


def _alignment(style: AssStyle, position: Position) -> int:
    """A key of the numeric keypad: 1 to 3 at the bottom, 7 to 9 at the top."""
    return _ALIGNMENT[style.align] + (6 if position == "top" else 0)


def _name(cue: Cue) -> str:
    return (cue.speaker or "").replace(",", " ")


def _colour(colour: str, *, alpha: bool = True) -> str:
    """&HAABBGGRR, in which AA is the transparency; without `alpha` &HBBGGRR&, as overrides need it."""
    red, green, blue, opaque = colour[1:3], colour[3:5], colour[5:7], colour[7:9] or "ff"
    if not alpha:
        return f"&H{blue}{green}{red}&".upper()
    return f"&H{255 - int(opaque, 16):02x}{blue}{green}{red}".upper()


def _centiseconds(seconds: Fraction) -> int:
    return round(seconds / _CENTISECOND)


def _clock(seconds: Fraction) -> str:
    minutes, hundredths = divmod(_centiseconds(seconds), 6000)
    return f"{minutes // 60}:{minutes % 60:02d}:{hundredths // 100:02d}.{hundredths % 100:02d}"
