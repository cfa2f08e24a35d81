"""Writes the tokens of a point shader in one form: without comments, with one statement a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.point_shader.reader import TakenToken

_INDENT = "    "
_NO_SPACE_BEFORE = frozenset(".,;)]([:")
_NO_SPACE_AFTER = frozenset(".([~")
_WORDS = frozenset(["if", "for", "return", "else"])


@dataclass(slots=True)
class WrittenLines:
    """Lines of text, with the line of the author's file at which each begins."""

    lines: list[str] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as a text."""
        return "\n".join([*self.lines, ""])


def write_tokens(taken: Sequence[TakenToken], rename: Callable[[str], str] = str) -> WrittenLines:
    """The text of tokens; `rename` returns the new name of each name that the shader declares."""
    written = WrittenLines()
    indent, brackets, line, origin = 0, 0, "", 0
    before: TakenToken | None = None

    def end_line() -> None:
        nonlocal line, before
        if line:
            written.lines.append(_INDENT * indent + line)
            written.origins.append(origin)
        line, before = "", None

    for place, one in enumerate(taken):
        text = rename(one.token.text) if one.role == "declared" else one.token.text
        if text == "}":
            end_line()
            indent -= 1
        if not line:
            origin = one.token.line
        line += (" " if before is not None and _spaced(before, one) else "") + text
        before = one
        brackets += (text in ("(", "[")) - (text in (")", "]"))
        follower = taken[place + 1].token.text if place + 1 < len(taken) else ""
        if text == "{":
            end_line()
            indent += 1
        elif (text == ";" and brackets == 0) or (text == "}" and follower != "else"):
            end_line()
    return written


def _spaced(before: TakenToken, after: TakenToken) -> bool:
    """Whether there is a space between two tokens of a line."""
    left, right = before.token.text, after.token.text
    if left == right == "-":
        # “--” is another token.
        return True
    if before.role in ("template", "unary") or after.role in ("template", "template end") or left in _NO_SPACE_AFTER:
        return False
    if right == "(":
        return left in _WORDS or (before.token.kind == "symbol" and before.role != "template end" and left != "[")
    if right in _NO_SPACE_BEFORE:
        return False
    return right not in ("++", "--")
