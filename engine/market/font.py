"""Fonts of packages: one sfnt file with outlines and layout rules, sanitized, then written again by fontTools.

The order matters. The directory and its checksums are read here. OTS (the sanitizer of browsers) refuses tables that
lie about their contents, which fontTools would expand. Then fontTools writes the tables of a list without hinting,
which is code, and with names of ours, so that a font cannot replace another one. Text that rules of layout would blow
up is refused by a bound on what one character can become. A variable font becomes one static weight.

Source: OpenType 1.9.1.
"""

from __future__ import annotations

import hashlib
import io
import resource
import struct
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import RequestError
from engine.market.font_growth import most_glyphs, most_points
from engine.market.font_instance import make_static
from engine.market.limited import check_limited
from engine.units import format_bytes

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FONT_SUFFIXES = (".ttf", ".otf")
MOST_FONT_BYTES = 16 << 20
MOST_GLYPHS = 65_535
MOST_POINTS = 20_000
"""The most points of an outline, with those of the glyphs that it is composed of."""
MOST_GROWTH = 32
"""The most glyphs that a character may become: the longest ligature of Arabic has 18 letters."""

_FORMS = (b"\x00\x01\x00\x00", b"OTTO", b"true")
_OTHERS = {b"ttcf": "a collection of fonts", b"wOFF": "a WOFF file", b"wOF2": "a WOFF2 file"}
# Hinting (fpgm, prep, cvt, …), signatures, pictures and colours are left out.
_KEPT = frozenset(
    [
        "head",
        "hhea",
        "maxp",
        "OS/2",
        "hmtx",
        "cmap",
        "name",
        "post",
        "glyf",
        "loca",
        "CFF",
        "GDEF",
        "GSUB",
        "GPOS",
        "kern",
    ]
)
_NEEDED = frozenset(["head", "hhea", "maxp", "hmtx", "cmap"])
_COPYRIGHT, _LICENCE = 0, 13
_LONGEST_NOTICE = 600
_HEAD_ADJUSTMENT = 8
_OTS_SECONDS = 8
_OTS_WALL_SECONDS = 150
_PASSES = 4
_HINT = "Export it as a static .ttf or .otf font with the letters that the title needs."


def canonical_font(content: bytes, name: str) -> bytes:
    """A font as Cleanwater writes it, read in a process with limits. Raises RequestError with the reason."""
    _check_form(content, name)
    return check_limited("font", content, name)


def rewritten_font(content: bytes) -> bytes:
    """A font as Cleanwater writes it: the same bytes if it is written again. Raises RequestError with the reason."""
    _check_form(content, "The font")
    for _ in range(_PASSES):
        made = _written(_sanitized(content))
        if made == content:
            return made
        content = made
    raise RequestError("The font has no stable form", _HINT)


def _check_form(content: bytes, name: str) -> None:
    """Refuses what is no sfnt file whose tables are within it, one behind the other, with right checksums."""
    form = content[:4]
    if form in _OTHERS:
        raise RequestError(f"{name} is {_OTHERS[form]}, not one font.", _HINT)
    if form not in _FORMS or len(content) < 12:
        raise RequestError(f"{name} is no font: it begins with {form!r}.", _HINT)
    if len(content) > MOST_FONT_BYTES:
        raise RequestError(
            f"{name} has {format_bytes(len(content))}, more than {format_bytes(MOST_FONT_BYTES)}.", _HINT
        )
    count = int.from_bytes(content[4:6], "big")
    if not 0 < count <= 64 or len(content) < 12 + 16 * count:
        raise RequestError(f"{name} ends within its list of tables.", _HINT)
    end, last = 12 + 16 * count, b""
    places = []
    for number in range(count):
        tag, checksum, offset, size = struct.unpack_from(">4sIII", content, 12 + 16 * number)
        if tag <= last:
            raise RequestError(f"{name} has the table {tag!r} twice, or in a wrong place.", _HINT)
        if offset < end or offset + size > len(content):
            raise RequestError(f"{name} has the table {tag!r} outside of its bytes.", _HINT)
        table = content[offset : offset + size]
        if tag == b"head":
            table = table[:_HEAD_ADJUSTMENT] + bytes(4) + table[_HEAD_ADJUSTMENT + 4 :]
        if _checksum(table) != checksum:
            raise RequestError(f"{name} has a table {tag!r} that does not match its checksum.", _HINT)
        places.append((offset, offset + size))
        last = tag
    places.sort()
    if any(first[1] > second[0] for first, second in pairwise(places)):
        raise RequestError(f"{name} has tables that overlap.", _HINT)


def _checksum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}I", padded))
    return total & 0xFFFFFFFF


def _sanitized(content: bytes) -> bytes:
    """The font as OTS writes it. Raises RequestError with its reason if it refuses the font."""
    import ots

    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given", Path(folder) / "made"
        given.write_bytes(content)
        command = [ots.OTS_SANITIZE, str(given), str(made)]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=_OTS_WALL_SECONDS, check=False, preexec_fn=_limit_sanitizer
            )
        except subprocess.TimeoutExpired:
            raise _sanitizer_limit() from None
        if done.returncode < 0:
            # Outlines whose subroutines call each other take it years.
            raise _sanitizer_limit()
        if done.returncode or not made.is_file():
            said = [line.removeprefix("ERROR: ") for line in done.stderr.decode("utf-8", "replace").splitlines()]
            reason = next((line for line in said if line and not line.startswith("WARNING")), "no reason")
            raise RequestError(f"The sanitizer refuses the font: {reason.strip()[:200]}", _HINT)
        return made.read_bytes()


def _limit_sanitizer() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_OTS_SECONDS, _OTS_SECONDS))


def _sanitizer_limit() -> RequestError:
    return RequestError(f"The sanitizer needs more than {_OTS_SECONDS} s for the font, or crashes", _HINT)


def _written(content: bytes) -> bytes:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(io.BytesIO(content), lazy=False, recalcBBoxes=False, recalcTimestamp=False) as font:
            make_static(font)
            _check_tables(font)
            _without_hinting(font)
            _check_size(font)
            _rename(font)
            out = io.BytesIO()
            font.save(out, reorderTables=True)
            return out.getvalue()
    except (TTLibError, struct.error, KeyError, IndexError, ValueError, AssertionError, AttributeError, OverflowError,
            TypeError, RecursionError, NotImplementedError, ZeroDivisionError) as error:  # fmt: skip
        raise RequestError(f"The font cannot be read: {type(error).__name__} {str(error)[:120]}", _HINT) from error


def _check_tables(font: TTFont) -> None:
    tags = {str(tag).strip() for tag in font.keys()}  # noqa: SIM118 (a font is no mapping)
    if missing := sorted(_NEEDED - tags):
        raise RequestError(f"The font has no table {missing[0]}", _HINT)
    if tags & {"fvar", "CFF2", "gvar"}:
        raise RequestError("The font varies and has no axes that name how", _HINT)
    if not tags & {"glyf", "CFF"}:
        raise RequestError("The font has no outlines", _HINT)
    if len(font.getGlyphOrder()) > MOST_GLYPHS:
        raise RequestError(f"The font has {len(font.getGlyphOrder())} glyphs, more than {MOST_GLYPHS}", _HINT)


def _without_hinting(font: TTFont) -> None:
    for tag in list(font.keys()):
        if tag != "GlyphOrder" and str(tag).strip() not in _KEPT:
            del font[tag]
    if "glyf" in font:
        for name in font.getGlyphOrder():
            font["glyf"][name].removeHinting()
        for field in ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
                      "maxSizeOfInstructions"):  # fmt: skip
            setattr(font["maxp"], field, 0)
    else:
        font["CFF "].cff.remove_hints()


def _check_size(font: TTFont) -> None:
    name, points = most_points(font)
    if points > MOST_POINTS:
        raise RequestError(f"The glyph {name} has {points:,} points, more than {MOST_POINTS:,}", _HINT)
    name, glyphs = most_glyphs(font)
    if glyphs > MOST_GROWTH:
        raise RequestError(
            f"The layout rules make {glyphs:,} glyphs of {name}; at most {MOST_GROWTH} are allowed", _HINT
        )


def _rename(font: TTFont) -> None:
    """Gives the font a name of its own, of its outlines and rules, and keeps the notices of its author."""
    from fontTools.ttLib import newTable

    notices = {number: _notice(font, number) for number in (_COPYRIGHT, _LICENCE)}
    family = f"Package {_identity(font)}"
    names: Any = newTable("name")
    names.names = []
    for number, text in {**notices, 1: family, 2: "Regular", 4: family, 6: family.replace(" ", "-")}.items():
        if text:
            names.setName(text, number, 3, 1, 0x409)
    font["name"] = names
    if "CFF " in font:
        cff: Any = font["CFF "].cff
        cff.fontNames = [family.replace(" ", "-")]
        for key in ("version", "Notice", "Copyright", "FullName", "FamilyName", "Weight"):
            cff.topDictIndex[0].rawDict.pop(key, None)
            cff.topDictIndex[0].__dict__.pop(key, None)


def _notice(font: TTFont, number: int) -> str:
    found = font["name"].getDebugName(number) if "name" in font else None
    return "".join(letter for letter in " ".join((found or "").split()) if letter.isprintable())[:_LONGEST_NOTICE]


def _identity(font: TTFont) -> str:
    """A short digest of the outlines and the rules."""
    digest = hashlib.sha256()
    for tag in ("cmap", "hmtx", "glyf", "CFF ", "GSUB", "GPOS"):
        if tag in font and tag != "CFF ":
            digest.update(tag.encode() + font.getTableData(tag))
    if "CFF " in font:
        for charstring in font["CFF "].cff.topDictIndex[0].CharStrings.values():
            charstring.compile()
            digest.update(charstring.bytecode)
    return digest.hexdigest()[:12]
