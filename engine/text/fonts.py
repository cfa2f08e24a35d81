"""Selects fonts for characters: the bundled fonts first, then those installed on the machine."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from engine.errors import EngineError, RequestError
from engine.text.bundled import bundled_font

# Invisible characters that only control how others are drawn.
_UNSEEN = frozenset("\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_COLOURED = 0xFE0F  # variation selector 16: the preceding character is an emoji

# Search order, by file name prefix: text before symbols, colour before black and white.
_PREFERRED = (
    "notosans-",
    "notosanscjk-",
    "notocoloremoji",
    "apple color emoji",
    "hiragino sans gb",
    "pingfang",
    "ヒラギノ角ゴシック w3",
    "applesdgothicneo",
    "notosans",
    "sfarabic",
    "kohinoor",
    "dejavusans",
)


@dataclass(frozen=True, slots=True)
class Face:
    """A font file with its family name and its code points (`has`).

    `ascent`, `descent` (above and below the baseline) and the width of a `space` are in units of the font size.
    `coloured` is true for fonts with colour glyphs (emoji).
    """

    path: Path
    family: str
    has: frozenset[int]
    ascent: float
    descent: float
    space: float
    coloured: bool


def upright(bold: bool = False) -> tuple[Face, ...]:
    """The bundled fonts, the same on every machine: FiraGO (Latin, Greek, Cyrillic, Georgian, Arabic, Hebrew,
    Devanagari, Thai), then DejaVu Sans (symbols)."""
    # To import matplotlib for the path of its data takes longer than to read the fonts.
    found = find_spec("matplotlib")
    assert found is not None
    assert found.submodule_search_locations
    data = Path(found.submodule_search_locations[0]) / "mpl-data"
    return _face(bundled_font("sans", bold)), _face(data / "fonts" / "ttf" / f"DejaVuSans{'-Bold' * bold}.ttf")


def select_faces(text: str, font: str = "", bold: bool = False) -> tuple[Face, ...]:
    """The fonts for a text in order of preference: `font` if given, the bundled ones, then installed fonts with the
    missing characters. Raises RequestError if `font` is not a font file."""
    faces = [*([_named(font)] if font else []), *upright(bold)]
    lacking = _lacking(text, faces) | coloured_in(text).difference(*(face.has for face in faces if face.coloured))
    for path in _installed() if lacking else ():
        if not lacking:
            break
        face = _readable(path)
        if face is not None and lacking & face.has:
            faces.append(face)
            lacking -= face.has
    return tuple(faces)


def require_faces(
    text: str, font: str = "", bold: bool = False, where: str = "the recipe ([picture.captions], font)"
) -> None:
    """Raises RequestError, with fonts to install, if no font on this machine has one of the text's characters.

    `where` is the place at which users name a font.
    """
    lacking = _lacking(text, select_faces(text, font, bold))
    if not lacking:
        return
    some = sorted(lacking)[:8]
    named = ", ".join(f"{chr(code)} ({unicodedata.name(chr(code), 'no name').lower()})" for code in some)
    raise RequestError(
        f"No font on this machine contains {named}{' and more' * (len(lacking) > len(some))}.",
        f"Name a font with them in {where}, or install one: on Debian "
        "fonts-noto-cjk (Chinese, Japanese, Korean), fonts-noto-color-emoji, fonts-noto (the rest).",
    )


def _lacking(text: str, faces: Iterable[Face]) -> set[int]:
    return drawn_in(text).difference(*(face.has for face in faces))


def drawn_in(text: str) -> set[int]:
    """The visible code points of a text, without control characters, spaces and variation selectors."""
    seen = {ord(one) for one in text if one not in _UNSEEN and unicodedata.category(one) not in ("Cc", "Cf", "Zs")}
    return seen - {_COLOURED, *range(0xFE00, 0xFE10), *range(0xE0020, 0xE0080)}


def coloured_in(text: str) -> set[int]:
    """The code points to draw in colour: emoji, and characters followed by variation selector 16."""
    asked = {ord(one) for one, after in pairwise(text) if ord(after) == _COLOURED}
    return asked | {ord(one) for one in text if 0x1F000 <= ord(one) < 0x1FB00}


def _named(font: str) -> Face:
    path = Path(font).expanduser()
    if not path.is_file():
        raise RequestError(f"Font {font} not found.", "Name a .ttf, .otf or .ttc file, or remove font.")
    face = _readable(path)
    if face is None:
        raise RequestError(f"{font} is not a font file.", "Name a .ttf, .otf or .ttc file, or remove font.")
    return face


@cache
def _installed() -> tuple[Path, ...]:
    from matplotlib.font_manager import findSystemFonts

    def order(path: Path) -> tuple[int, str]:
        name = path.name.casefold()
        preferred = (place for place, begins in enumerate(_PREFERRED) if name.startswith(begins))
        return next(preferred, len(_PREFERRED)), str(path)

    return tuple(sorted((Path(found) for found in findSystemFonts()), key=order))


def _readable(path: Path) -> Face | None:
    try:
        return _face(path)
    except EngineError:
        return None


@cache
def _face(path: Path) -> Face:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            size = font["head"].unitsPerEm
            return Face(
                path,
                font["name"].getBestFamilyName(),
                frozenset(font.getBestCmap()),
                font["hhea"].ascent / size,
                -font["hhea"].descent / size,
                font["hmtx"][font.getBestCmap().get(0x20, ".notdef")][0] / size,
                any(table in font for table in ("COLR", "CBDT", "sbix", "SVG ")),
            )
    except (OSError, TTLibError, KeyError, AssertionError, AttributeError, TypeError) as error:
        raise EngineError(f"{path} is not a font file: {error}.", "Name another font.") from error
