"""Reads functions and statements, with the steps of a pixel: every loop ends, and nothing calls itself."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.point_shader.expressions import Cost, ExpressionReader, ShaderFunction
from engine.point_shader.reader import TokenReader

MOST_STEPS = 4096
"""The most steps of a pixel: a film frame in UHD then takes some 10 ms on a laptop's GPU."""
MOST_ROUNDS = 256
MOST_BLOCKS = 10
"""The greatest nesting of blocks."""
MOST_VARIABLE_BYTES = 8192
"""The most bytes of the variables of a function and of those that it calls."""

_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge
}  # fmt: skip
_ASSIGN = frozenset(["=", "+=", "-=", "*=", "/=", "%="])
_ROUND_STEPS = 2


@dataclass(slots=True)
class FunctionReader:
    """Reads the functions and constants of a shader. `signatures` has the names and types of parameters."""

    expressions: ExpressionReader
    signatures: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    results: dict[str, str] = field(default_factory=dict)
    _counting: set[str] = field(default_factory=set)
    _blocks: int = 0
    _loops: int = 0

    @property
    def tokens(self) -> TokenReader:
        """The tokens that it reads."""
        return self.expressions.tokens

    @property
    def functions(self) -> Mapping[str, ShaderFunction]:
        """The functions that were read."""
        return self.expressions.functions

    def read(self) -> None:
        """Takes all functions and constants of the file."""
        while self.tokens.next.kind != "end":
            if self.tokens.next.text == "const":
                self._value()
                self.tokens.expect(";")
            elif self.tokens.next.text == "fn":
                self._function()
            else:
                self.tokens.unexpected("“fn” or “const”")

    def _function(self) -> None:
        tokens = self.tokens
        line = tokens.expect("fn").line
        name = tokens.declare().text
        with tokens.scope():
            parameters: list[tuple[str, str]] = []
            tokens.expect("(")
            size = 0
            while tokens.next.text != ")":
                parameter = tokens.declare().text
                tokens.expect(":")
                kind, taken = self._written_type()
                parameters.append((parameter, kind))
                size += taken
                if not tokens.accept(","):
                    break
            tokens.expect(")")
            tokens.expect("->")
            self.results[name], _ = self._written_type()
            cost = self._block() + Cost(bytes=size)
        if cost.steps > MOST_STEPS:
            tokens.refuse(f"“{name}” takes {cost.steps:,} steps a pixel; at most {MOST_STEPS:,} are allowed", line)
        if cost.bytes > MOST_VARIABLE_BYTES:
            tokens.refuse(
                f"“{name}” has {cost.bytes:,} bytes of variables; at most {MOST_VARIABLE_BYTES:,} are allowed", line
            )
        self.signatures[name] = tuple(parameters)
        self.expressions.functions[name] = ShaderFunction(len(parameters), cost.steps, cost.bytes)

    def _written_type(self) -> tuple[str, int]:
        """Takes a type and returns it as text, and its bytes."""
        start = len(self.tokens.taken)
        size = self.expressions.type()
        return "".join(one.token.text for one in self.tokens.taken[start:]), size

    def _block(self) -> Cost:
        tokens = self.tokens
        tokens.expect("{")
        self._blocks += 1
        if self._blocks > MOST_BLOCKS:
            tokens.refuse(f"blocks are nested more than {MOST_BLOCKS} deep")
        cost = Cost()
        with tokens.scope():
            while tokens.next.text != "}":
                cost += self._statement()
        self._blocks -= 1
        tokens.expect("}")
        return cost

    def _statement(self) -> Cost:
        tokens = self.tokens
        match tokens.next.text:
            case "{":
                return self._block()
            case "if":
                return self._if()
            case "for":
                return self._for()
            case "let" | "const" | "var":
                cost = self._value()
            case "return":
                tokens.take()
                cost = self.expressions.expression()
            case "break" | "continue":
                if not self._loops:
                    tokens.refuse(f"“{tokens.next.text}” outside of a loop")
                tokens.take()
                cost = Cost(1)
            case _:
                cost = self._assignment()
        tokens.expect(";")
        return cost + Cost(1)

    def _value(self) -> Cost:
        """Takes “let”, “const” or “var” with a name and a value."""
        tokens = self.tokens
        keyword = tokens.take().text
        if tokens.next.text == "<":
            tokens.refuse("“var<…>”: there are no pointers and no shared memory")
        name = tokens.new_name().text
        cost, size = Cost(), None
        if tokens.accept(":"):
            size = self.expressions.type()
        if keyword != "var" or tokens.next.text == "=":
            tokens.expect("=")
            cost = self.expressions.expression()
        elif size is None:
            tokens.refuse(f"the variable “{name}” needs a type or a value")
        # Its own value may not use it.
        tokens.add(name)
        return cost + Cost(bytes=self.expressions.largest if size is None else size)

    def _if(self) -> Cost:
        tokens = self.tokens
        tokens.expect("if")
        cost = self.expressions.expression() + Cost(1)
        cost += self._block()
        if not tokens.accept("else"):
            return cost
        if tokens.next.text != "if":
            return cost + self._block()
        # “else if” is a block within a block to every compiler.
        self._blocks += 1
        if self._blocks > MOST_BLOCKS:
            tokens.refuse(f"blocks are nested more than {MOST_BLOCKS} deep")
        cost += self._if()
        self._blocks -= 1
        return cost

    def _for(self) -> Cost:
        tokens = self.tokens
        line = tokens.expect("for").line
        with tokens.scope():
            tokens.expect("(")
            tokens.expect("var")
            name = tokens.declare().text
            unsigned: bool | None = None
            if tokens.accept(":"):
                if tokens.next.text not in ("i32", "u32"):
                    tokens.unexpected("i32 or u32")
                unsigned = tokens.take().text == "u32"
            tokens.expect("=")
            first, suffix = self._bound()
            unsigned = suffix == "u" if unsigned is None else unsigned
            tokens.expect(";")
            self._counter(name)
            if tokens.next.text not in _COMPARE:
                tokens.unexpected("<, <=, > or >=")
            compare = _COMPARE[tokens.take().text]
            last, _ = self._bound()
            tokens.expect(";")
            step = self._step(name)
            tokens.expect(")")
            rounds = _rounds(first, last, step, compare, unsigned)
            if rounds is None:
                tokens.refuse(f"the loop has more than {MOST_ROUNDS} rounds, or does not end", line)
            self._counting.add(name)
            self._loops += 1
            cost = self._block()
            self._loops -= 1
            self._counting.discard(name)
        # A compiler reads the body of a loop without rounds, too.
        return Cost(max(rounds, 1) * (cost.steps + _ROUND_STEPS) + 1, cost.bytes + 4, cost.depth)

    def _bound(self) -> tuple[int, str]:
        """Takes a number of a loop's head and returns it, and its suffix."""
        tokens = self.tokens
        negative = tokens.next.text == "-"
        if negative:
            tokens.take("unary")
        if tokens.next.kind != "integer":
            tokens.unexpected("a whole number: loops have constant bounds")
        text = tokens.take().text
        return int(text.rstrip("iu")) * (-1 if negative else 1), text[-1]

    def _counter(self, name: str) -> None:
        if self.tokens.next.text != name:
            self.tokens.unexpected(f"the loop's own “{name}”")
        self.tokens.take("declared")

    def _step(self, name: str) -> int:
        tokens = self.tokens
        self._counter(name)
        sign = tokens.next.text
        if sign not in ("++", "--", "+=", "-="):
            tokens.unexpected("++, --, += or -=")
        tokens.take()
        size = 1 if sign in ("++", "--") else self._bound()[0]
        return size if sign[0] == "+" else -size

    def _assignment(self) -> Cost:
        tokens = self.tokens
        name = tokens.next
        if name.kind != "name" or tokens.follower == "(" or not tokens.knows(name.text):
            tokens.unexpected("a statement: let, var, const, if, for, return, or a value for a variable")
        if name.text in self._counting:
            tokens.refuse(f"the loop counts with “{name.text}”, which its body may not change")
        tokens.take("declared")
        cost = Cost()
        while tokens.next.text in (".", "["):
            cost += self.expressions.member()
        if tokens.next.text in ("++", "--"):
            tokens.take()
            return cost
        if tokens.next.text not in _ASSIGN:
            tokens.unexpected("=, +=, -=, *=, /=, %=, ++ or --")
        tokens.take()
        return cost + self.expressions.expression()


def _rounds(first: int, last: int, step: int, compare: Callable[[int, int], bool], unsigned: bool) -> int | None:
    """The rounds of a loop; None if there are too many, or its counter leaves its type."""
    value, rounds = first, 0
    while compare(value, last):
        value += step
        rounds += 1
        if rounds > MOST_ROUNDS or not (0 if unsigned else -(2**31)) <= value < 2**31:
            return None
    return rounds
