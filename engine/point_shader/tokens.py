"""Splits the text of a point shader into tokens: a small part of WGSL's, in ASCII only.

Source: WebGPU Shading Language, section 3 (Textual structure). Comments are left out; everything else that is not
listed here is an error, so that no compiler reads a character that this module has not read.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from engine.point_shader.refusal import refusal

MOST_BYTES = 16 << 10
MOST_TOKENS = 4000
_LONGEST_NAME = 32
_LARGEST_INTEGER = 2**31 - 1
_LARGEST_FLOAT = 3.4028234e38

TokenKind = Literal["name", "integer", "float", "symbol", "end"]

_SPACE = re.compile(r"[ \t\r\n]+|//[^\r\n]*")
_COMMENT_PART = re.compile(r"/\*|\*/")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"(?:\d+\.\d*|\.\d+|\d+(?=[eEf]))(?:[eE][+-]?\d+)?f?|\d+[iu]?")
_INTEGER = re.compile(r"(?:0|[1-9]\d*)[iu]?")
_SYMBOLS = re.compile(r"->|\+\+|--|&&|\|\||==|!=|<=|>=|<<|>>|\+=|-=|\*=|/=|%=|[-+*/%<>=!&|^~.,;:(){}\[\]@]")


@dataclass(frozen=True, slots=True)
class ShaderToken:
    """A token with its line, from 1."""

    kind: TokenKind
    text: str
    line: int


def split_tokens(content: bytes, name: str) -> list[ShaderToken]:
    """The tokens of a file, the last one of the kind "end". Raises RequestError with the line of an error."""
    if len(content) > MOST_BYTES:
        raise refusal(name, 1, f"the shader has {len(content)} bytes, more than {MOST_BYTES}")
    text = _ascii(content, name)
    tokens: list[ShaderToken] = []
    place, line = 0, 1
    while place < len(text):
        if space := _SPACE.match(text, place):
            line += space[0].count("\n")
            place = space.end()
        elif text.startswith("/*", place):
            end = _comment_end(text, place, name, line)
            line += text.count("\n", place, end)
            place = end
        else:
            token = _token(text, place, name, line)
            tokens.append(token)
            if len(tokens) > MOST_TOKENS:
                raise refusal(name, line, f"the shader has more than {MOST_TOKENS} words and signs")
            place += len(token.text)
    return [*tokens, ShaderToken("end", "", line)]


def _ascii(content: bytes, name: str) -> str:
    for place, byte in enumerate(content):
        if not (0x20 <= byte < 0x7F or byte in b"\t\r\n"):
            line = content.count(b"\n", 0, place) + 1
            raise refusal(name, line, f"the byte 0x{byte:02x} is no ASCII text")
    text = content.decode("ascii")
    if (stray := re.search(r"\r(?!\n)", text)) is not None:
        raise refusal(name, text.count("\n", 0, stray.start()) + 1, "a line ends with a carriage return alone")
    return text


def _comment_end(text: str, place: int, name: str, line: int) -> int:
    """The place behind a comment, which may contain comments."""
    depth = 0
    for part in _COMMENT_PART.finditer(text, place):
        depth += 1 if part[0] == "/*" else -1
        if depth == 0:
            return part.end()
    raise refusal(name, line, "a comment does not end")


def _token(text: str, place: int, name: str, line: int) -> ShaderToken:
    if found := _NAME.match(text, place):
        if len(found[0]) > _LONGEST_NAME:
            raise refusal(name, line, f"a name has more than {_LONGEST_NAME} characters")
        return ShaderToken("name", found[0], line)
    if found := _NUMBER.match(text, place):
        return _number(text, found, name, line)
    if found := _SYMBOLS.match(text, place):
        return ShaderToken("symbol", found[0], line)
    raise refusal(name, line, f"“{text[place]}” has no meaning here")


def _number(text: str, found: re.Match[str], name: str, line: int) -> ShaderToken:
    number = found[0]
    if _NAME.match(text, found.end()):
        raise refusal(name, line, f"“{text[found.start() : found.end() + 8].split()[0]}” is no number")
    if _INTEGER.fullmatch(number):
        if len(number) > 11 or int(number.rstrip("iu")) > _LARGEST_INTEGER:
            raise refusal(name, line, f"the number {number[:16]} is larger than {_LARGEST_INTEGER}")
        return ShaderToken("integer", number, line)
    if number.rstrip("iu").isdigit():
        raise refusal(name, line, f"the number {number[:16]} begins with 0")
    value = float(number.rstrip("f"))
    if not math.isfinite(value) or value > _LARGEST_FLOAT or len(number) > 40:
        raise refusal(name, line, f"the number {number[:16]} is too large or too long")
    return ShaderToken("float", number, line)
