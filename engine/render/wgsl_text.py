"""Reads WGSL as text: what the compiler accepts although it is wrong, and calls that are written in another way."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"//[^\n]*")
_FUNCTION = re.compile(r"\bfn\s+(\w+)\s*\(")
_BARRIER = re.compile(r"\b(?:workgroupBarrier|storageBarrier|textureBarrier|workgroupUniformLoad)\b")
_BRACE = re.compile(r"[{}]")
_RETURN = re.compile(r"\breturn\b")
# Functions of sampled textures with a level, and the number of their arguments with it.
_LEVELED = {"textureLoad": 3, "textureDimensions": 2}
_LEVELED_CALL = re.compile(rf"\b({'|'.join(_LEVELED)})\s*\(")

PICTURE_PARAMETER = re.compile(r":\s*texture_2d<f32>")
"""A parameter of a function that receives a picture."""


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    start: int
    body: str


def mask_comments(text: str) -> str:
    """The text with its comments replaced by as many spaces."""
    return _COMMENT.sub(lambda comment: " " * len(comment[0]), text)


# More files and modules than the engine compiles: plans of other sizes read the same ones again.
_KEPT = 256


@lru_cache(_KEPT)
def early_return(text: str) -> int | None:
    """The line of a `return` before a barrier of the same function, None if there is none.

    An invocation that returns does not reach the barrier, for which the others of its workgroup wait. The result then
    differs between devices. A call of a function with a barrier counts as one.
    """
    masked = mask_comments(text)
    if not _BARRIER.search(masked):
        return None
    functions = list(_functions(masked))
    barriers = {function.name: _BARRIER for function in functions if _BARRIER.search(function.body)}
    if not barriers:
        return None
    found = True
    while found:
        waiting = re.compile(_BARRIER.pattern + "".join(rf"|\b{name}\s*\(" for name in barriers))
        more = {one.name: waiting for one in functions if one.name not in barriers and waiting.search(one.body)}
        barriers |= more
        found = bool(more)
    for function in functions:
        waits = [match.start() for match in waiting.finditer(function.body)]
        returned = _RETURN.search(function.body)
        if waits and returned and returned.start() < waits[-1]:
            return masked.count("\n", 0, function.start + returned.start()) + 1
    return None


def without_levels(text: str, textures: Collection[str] | None) -> str:
    """The text with calls for storage textures, which have no levels; None stands for every texture.

    The number of lines does not change.
    """
    masked = mask_comments(text)
    for call in reversed(list(_LEVELED_CALL.finditer(masked))):
        commas, end = _commas(masked, call.end())
        if len(commas) != _LEVELED[call[1]] - 1:
            continue
        first = masked[call.end() : commas[0]].strip()
        if textures is None or first in textures:
            level = text[commas[-1] : end]
            text = text[: commas[-1]] + "\n" * level.count("\n") + text[end:]
    return text


def _functions(masked: str) -> Iterator[_Function]:
    for match in _FUNCTION.finditer(masked):
        start = masked.find("{", match.end())
        depth, end = 0, len(masked)
        for brace in _BRACE.finditer(masked, start) if start >= 0 else ():
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                end = brace.end()
                break
        yield _Function(match[1], start, masked[start:end] if start >= 0 else "")


def _commas(masked: str, start: int) -> tuple[list[int], int]:
    """The places of the commas between a call's arguments, and of its closing parenthesis."""
    depth = 0
    commas: list[int] = []
    for place in range(start, len(masked)):
        letter = masked[place]
        if letter in "([":
            depth += 1
        elif letter in ")]":
            if depth == 0:
                return commas, place
            depth -= 1
        elif letter == "," and depth == 0:
            commas.append(place)
    return commas, len(masked)
