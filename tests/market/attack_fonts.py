"""Fonts that attack, made with fontTools and by hand, and the small font that they are made from."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.ttProgram import Program
from fontTools.ttLib.tables.TupleVariation import TupleVariation

GLYPHS = [".notdef", "space", *(f"g{n}" for n in range(40))]


def small_font(features: str = "", family: str = "Attack", hinted: bool = False) -> bytes:
    """A font of squares, with features in the language of feature files."""
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(GLYPHS)
    builder.setupCharacterMap({0x20: "space", **{0x61 + n: f"g{n}" for n in range(26)}})
    builder.setupGlyf({name: TTGlyphPen(None).glyph() if name == "space" else _square() for name in GLYPHS})
    builder.setupHorizontalMetrics(dict.fromkeys(GLYPHS, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular", "copyright": "By Ada\x07 "})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    font = builder.font
    font["head"].created = font["head"].modified = 3_700_000_000
    if features:
        addOpenTypeFeaturesFromString(font, features)
    if hinted:
        font["fpgm"] = newTable("fpgm")
        font["fpgm"].program = Program()
        font["fpgm"].program.fromBytecode(b"\xb0\x00\x2c\x2d")
    return saved(font)


def saved(font: TTFont) -> bytes:
    """The file of a font."""
    out = io.BytesIO()
    font.save(out)
    return out.getvalue()


def _square() -> object:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for place in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(place)
    pen.closePath()
    return pen.glyph()


@cache
def plain() -> bytes:
    """The small font without features."""
    return small_font()


def laughs(lookups: int) -> str:
    """Each glyph becomes two of the next: 2ⁿ glyphs of one letter."""
    rules = "".join(f"lookup l{n} {{ sub g{n} by g{n + 1} g{n + 1}; }} l{n};\n" for n in range(lookups))
    return rules + "feature ccmp { " + "".join(f"lookup l{n};" for n in range(lookups)) + "} ccmp;"


def contextual_laughs(lookups: int) -> str:
    """As `laughs`, where rules in contexts apply the lookups."""
    rules = "".join(
        f"lookup m{n} {{ sub g{n} by g{n + 1} g{n + 1}; }} m{n};\nlookup c{n} {{ sub g{n}' lookup m{n}; }} c{n};\n"
        for n in range(lookups)
    )
    return rules + "feature calt { " + "".join(f"lookup c{n};" for n in range(lookups)) + "} calt;"


def one_rule(records: int) -> str:
    """One rule in a context whose lookups each make four glyphs of the first one."""
    rules = "".join(f"lookup m{n} {{ sub g{n} by g{n + 1} g0 g0 g0; }} m{n};\n" for n in range(records))
    applied = "".join(f" lookup m{n}" for n in range(records))
    return f"{rules}lookup c {{ sub g0'{applied}; }} c;\nfeature calt {{ lookup c; }} calt;"


def composites(levels: int) -> bytes:
    """Each glyph consists of eight of the next."""
    font = TTFont(io.BytesIO(plain()), recalcBBoxes=False)
    for number in range(levels):
        pen = TTGlyphPen(dict.fromkeys(GLYPHS))
        for place in range(8):
            pen.addComponent(f"g{number + 1}", (1, 0, 0, 1, place, 0))
        glyph = pen.glyph()
        glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax = 0, 0, 600, 500
        font["glyf"][f"g{number}"] = glyph
    return saved(font)


def calling_outlines(levels: int) -> bytes:
    """An outline in CFF whose subroutines each call the one before 30 times."""
    builder = FontBuilder(1000, isTTF=False)
    names = [".notdef", "space", "a"]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "space", 0x61: "a"})
    line = [500, 0, "hmoveto", 100, "hlineto", "endchar"]
    builder.setupCFF("Attack", {"FullName": "Attack"}, {name: T2CharString(program=list(line)) for name in names}, {})
    cff = builder.font["CFF "].cff
    # The numbers of subroutines are biased by 107.
    for level in range(levels):
        calls = [level - 108, "callgsubr"] * 30 if level else [1, 1, "rlineto"]
        cff.GlobalSubrs.append(T2CharString(program=[*calls, "return"]))
    outline = [500, 0, 0, "rmoveto", *([levels - 108, "callgsubr"] * 30), "endchar"]
    cff.topDictIndex[0].CharStrings["a"].program = outline
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Attack", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.font.recalcBBoxes = False
    return saved(builder.font)


def with_table(content: bytes, tag: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The font with another table, whose checksum is right."""
    count = int.from_bytes(content[4:6], "big")
    entries = [struct.unpack_from(">4sIII", content, 12 + 16 * n) for n in range(count)]
    tables = {one[0]: content[one[2] : one[2] + one[3]] for one in entries}
    tables[tag] = change(tables.get(tag, b""))
    head, body = bytearray(content[:4] + struct.pack(">HHHH", len(tables), 0, 0, 0)), bytearray()
    for name, table in sorted(tables.items()):
        padded = table + bytes(-len(table) % 4)
        counted = padded if name != b"head" else padded[:8] + bytes(4) + padded[12:]
        checksum = sum(struct.unpack(f">{len(counted) // 4}I", counted)) & 0xFFFFFFFF
        head += struct.pack(">4sIII", name, checksum, 12 + 16 * len(tables) + len(body), len(table))
        body += padded
    return bytes(head + body)


def cmap_bomb(_: bytes) -> bytes:
    """A cmap of 48 bytes whose one group maps 1.1 million characters."""
    group = struct.pack(">III", 0, 0x10FFFF, 0)
    table = struct.pack(">HHIII", 12, 0, 16 + len(group), 0, 1) + group
    return struct.pack(">HHHHI", 0, 1, 3, 10, 12) + table


def varying() -> bytes:
    """A font with an axis of weight, from 100 (the default) to 700, at which the letters are 300 wider."""
    builder = FontBuilder(font=TTFont(io.BytesIO(plain())))
    builder.setupFvar([("wght", 100, 100, 700, "Weight")], [])
    points = [(0, 0), (0, 0), (300, 0), (300, 0), (0, 0), (300, 0), (0, 0), (0, 0)]
    wider = [TupleVariation({"wght": (0, 1, 1)}, points)]
    builder.setupGvar({name: [] if name == "space" else wider for name in GLYPHS})
    return saved(builder.font)


def wrong_checksum() -> bytes:
    """The small font with a byte of a table that was changed."""
    content = bytearray(plain())
    count = int.from_bytes(content[4:6], "big")
    (offset,) = (
        struct.unpack_from(">4sIII", content, 12 + 16 * n)[2]
        for n in range(count)
        if content[12 + 16 * n : 16 + 16 * n] == b"glyf"
    )
    content[offset + 12] ^= 0x40
    return bytes(content)


def overlapping() -> bytes:
    """The small font whose tables post and name are the same bytes."""
    content = bytearray(plain())
    count = int.from_bytes(content[4:6], "big")
    entries = {bytes(content[12 + 16 * n : 16 + 16 * n]): 12 + 16 * n for n in range(count)}
    content[entries[b"post"] + 4 : entries[b"post"] + 16] = content[entries[b"name"] + 4 : entries[b"name"] + 16]
    return bytes(content)


ATTACKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a cmap bomb": (lambda: with_table(plain(), b"cmap", cmap_bomb), "The sanitizer refuses the font: cmap"),
    "two to the twelfth glyphs": (lambda: small_font(laughs(12)), "4,096 glyphs of g0; at most 32"),
    "glyphs in contexts": (lambda: small_font(contextual_laughs(12)), "glyphs of g0; at most 32"),
    "many glyphs in one rule": (lambda: small_font(one_rule(12)), "37 glyphs of g0; at most 32"),
    "eight to the seventh parts": (lambda: composites(7), "has 8,388,608 points|sanitizer"),
    "a WOFF file": (lambda: b"wOFF" + plain()[4:], "is a WOFF file"),
    "a WOFF2 file": (lambda: b"wOF2" + plain()[4:], "is a WOFF2 file"),
    "a collection": (lambda: b"ttcf\0\1\0\0\0\0\0\1\0\0\0\x10" + plain(), "is a collection of fonts"),
    "a program": (lambda: b"\x7fELF" + plain()[4:], "is no font"),
    "half a font": (lambda: plain()[: len(plain()) // 2], "outside of its bytes"),
    "half a list": (lambda: plain()[:40], "ends within its list"),
    "a wrong checksum": (wrong_checksum, "does not match its checksum"),
    "tables that overlap": (overlapping, "overlap|checksum"),
    "a table twice": (lambda: plain()[:28] + plain()[12:28] + plain()[44:], "twice, or in a wrong place|checksum"),
    "no characters": (lambda: with_table(plain(), b"cmap", lambda _: b""), "sanitizer|no table cmap"),
    "a large font": (lambda: plain() + bytes(17 << 20), "more than"),
    "rules that lie": (
        lambda: with_table(plain(), b"GSUB", lambda _: b"\0\1\0\0\0\x0a\0\x0b\0\x0c\xff\xff"),
        "sanitizer",
    ),
    "outlines that lie": (lambda: with_table(plain(), b"glyf", lambda one: one[:-40]), "sanitizer"),
}
"""What attacks, by what it tries: the font, and a pattern of the reason."""
