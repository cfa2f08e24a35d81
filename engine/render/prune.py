"""Removes the branches of WGSL source that constants decide.

Drivers inline every function before they remove branches, so that a shader with many variants compiles slowly: pruning
takes two thirds of a pipeline's time on lavapipe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.render.passes import Constant

_COMMENT = re.compile(r"//[^\n]*")
_IF = re.compile(r"\bif\s+([^{}]*?)\s*\{")
_ELSE = re.compile(r"\s*(else)\b\s*")
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?(?:e-?\d+)?)[fiuh]?\b|([A-Za-z_]\w*)|(&&|\|\||==|!=|<=|>=|[<>!()]))")
_OPERATORS = {"&&": " and ", "||": " or ", "!": " not "}
_RETURNS = re.compile(r"(?:^|[;{}])\s*return\b[^;{}]*;\s*$")


def prune(source: str, constants: Mapping[str, Constant]) -> str:
    """The source without the branches that `constants` exclude; every line keeps its number.

    A condition is decided if it consists of constants, literals, comparisons and logical operators.
    """
    pruned = _Source(_COMMENT.sub(lambda found: " " * len(found[0]), source))
    at = 0
    while found := _IF.search(pruned.text, at):
        decided = _value(found[1], constants)
        body = found.end() - 1
        if decided is None:
            at = found.end()
            continue
        end = pruned.block_end(body)
        otherwise = _ELSE.match(pruned.text, end)
        # An empty block stays, because the branch itself may follow an “else”.
        if decided:
            pruned.blank(found.start(), body)
            while otherwise:
                last = pruned.statement_end(otherwise.end())
                pruned.blank(otherwise.start(), last)
                otherwise = _ELSE.match(pruned.text, last)
            if _RETURNS.search(pruned.text[body + 1 : end - 1]):
                pruned.blank(end, pruned.enclosing_end(end))
        elif otherwise:
            pruned.blank(found.start(), otherwise.end())
        else:
            pruned.blank(found.start(), body)
            pruned.blank(body + 1, end - 1)
        at = found.start()
    return pruned.text


class _Source:
    """WGSL source without comments, in which stretches become blank."""

    def __init__(self, text: str) -> None:
        self.text = text

    def blank(self, start: int, end: int) -> None:
        """Replaces everything but line ends by spaces."""
        gone = re.sub(r"[^\n]", " ", self.text[start:end])
        self.text = self.text[:start] + gone + self.text[end:]

    def block_end(self, opening: int) -> int:
        """The position after the block that opens at `opening`."""
        return self.enclosing_end(opening + 1) + 1

    def enclosing_end(self, at: int) -> int:
        """The position of the brace that closes the block around `at`."""
        depth = 0
        for brace in re.finditer(r"[{}]", self.text[at:]):
            depth += 1 if brace[0] == "{" else -1
            if depth < 0:
                return at + brace.start()
        return len(self.text)

    def statement_end(self, start: int) -> int:
        """The end of the block or `if` statement that starts here, without its `else`."""
        return self.block_end(self.text.index("{", start))


def _value(condition: str, constants: Mapping[str, Constant]) -> bool | None:
    """The value of a condition; None if it depends on more than constants."""
    words: list[str] = []
    at = 0
    while at < len(condition):
        found = _TOKEN.match(condition, at)
        if found is None:
            return None
        number, name, operator = found.groups()
        if name in ("true", "false"):
            words.append(name.title())
        elif name:
            if name not in constants:
                return None
            words.append(repr(constants[name]))
        else:
            words.append(number or _OPERATORS.get(operator, operator))
        at = found.end()
    # The words are numbers, operators and parentheses only.
    return bool(eval(" ".join(words)))
