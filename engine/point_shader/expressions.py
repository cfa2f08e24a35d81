"""Reads types and expressions, with the bytes of types and the steps of expressions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.point_shader.reader import TokenReader
from engine.point_shader.words import FUNCTIONS, MATRICES, SCALARS, SHORT_TYPES, TYPES, VECTORS

MOST_ARRAY_BYTES = 1024
MOST_NESTING = 24
"""The greatest nesting of brackets, calls and signs in an expression."""
MOST_DEPTH = 96
"""The greatest depth of the tree of an expression: compilers walk it by recursion."""

_BINARY = frozenset(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "!=", "<", ">", "<=", ">=", "&&", "||"])
_UNARY = frozenset("-!~")
_LARGEST_INDEX = 256
_SWIZZLES = (frozenset("xyzw"), frozenset("rgba"))
# A value whose type is not written is at most a matrix of 4 × 4, or the largest array of the shader.
_UNWRITTEN = 64


@dataclass(frozen=True, slots=True)
class Cost:
    """Of an expression: its steps, the bytes of its arrays, and the depth of its tree."""

    steps: int = 0
    bytes: int = 0
    depth: int = 0

    def __add__(self, other: Cost) -> Cost:
        """The cost of both, one beside the other."""
        return Cost(self.steps + other.steps, self.bytes + other.bytes, max(self.depth, other.depth))


@dataclass(frozen=True, slots=True)
class ShaderFunction:
    """A function of the shader: the number of its parameters, its steps, and the bytes of its variables."""

    parameters: int
    steps: int
    bytes: int


@dataclass(slots=True)
class ExpressionReader:
    """Reads types and expressions from the tokens; `functions` are those that are declared so far."""

    tokens: TokenReader
    functions: dict[str, ShaderFunction] = field(default_factory=dict)
    largest: int = _UNWRITTEN
    _nesting: int = 0

    def type(self) -> int:
        """Takes a type and returns its bytes."""
        tokens = self.tokens
        name = tokens.next.text
        if tokens.next.kind != "name" or name not in TYPES:
            tokens.unexpected("a type (bool, i32, u32, f32, vec2 to vec4, mat2x2 to mat4x4, array)")
        tokens.take()
        if name in SCALARS:
            return SCALARS[name]
        if name in SHORT_TYPES:
            return SHORT_TYPES[name]
        if tokens.next.text != "<":
            tokens.refuse(f"the type “{name}” needs its element's type, as {name}<f32>")
        tokens.take("template")
        if name == "array":
            return self._array()
        element = tokens.next.text
        if element not in SCALARS or (name in MATRICES and element != "f32"):
            tokens.unexpected("f32" if name in MATRICES else "bool, i32, u32 or f32")
        tokens.take()
        tokens.expect_template_end()
        return 4 * (VECTORS[name] if name in VECTORS else MATRICES[name])

    def _array(self) -> int:
        tokens = self.tokens
        with self._nested():
            element = self.type()
        tokens.expect(",")
        count = tokens.next
        if count.kind != "integer":
            tokens.unexpected("the number of elements as a number")
        tokens.take()
        size = element * int(count.text.rstrip("iu"))
        if not 0 < size <= MOST_ARRAY_BYTES:
            tokens.refuse(f"an array has {size:,} bytes; 1 to {MOST_ARRAY_BYTES:,} are allowed", count.line)
        tokens.expect_template_end()
        self.largest = max(self.largest, size)
        return size

    def expression(self) -> Cost:
        """Takes an expression."""
        with self._nested():
            cost = self._operand()
            signs = 0
            while self.tokens.next.kind == "symbol" and self.tokens.next.text in _BINARY:
                self.tokens.take()
                signs += 1
                cost += self._operand() + Cost(1)
        return self._deeper(cost, signs + 1)

    def _operand(self) -> Cost:
        tokens = self.tokens
        signs = 0
        while tokens.next.text in _UNARY and tokens.next.kind == "symbol":
            tokens.take("unary")
            signs += 1
        if tokens.next.text in ("&", "*") and tokens.next.kind == "symbol":
            tokens.refuse(f"“{tokens.next.text}” before a value: there are no pointers")
        cost = self._primary()
        while tokens.next.text in (".", "["):
            signs += 1
            cost += self.member()
        return self._deeper(cost + Cost(signs), signs)

    def _primary(self) -> Cost:
        tokens = self.tokens
        token = tokens.next
        if token.kind in ("integer", "float") or token.text in ("true", "false"):
            tokens.take()
            return Cost()
        if tokens.accept("("):
            cost = self.expression()
            tokens.expect(")")
            return cost
        if token.kind != "name":
            tokens.unexpected("a value")
        if token.text in TYPES:
            size = self.type()
            array = token.text == "array"
            if tokens.next.text != "(":
                tokens.unexpected("“(”")
            return self._arguments()[1] + Cost(1, size if array else 0)
        if tokens.follower == "(":
            return self._call()
        if not tokens.knows(token.text) or token.text in self.functions:
            tokens.refuse(f"the name “{token.text}” is not declared before this line")
        tokens.take("declared")
        return Cost()

    def _call(self) -> Cost:
        tokens = self.tokens
        token = tokens.next
        known = self.functions.get(token.text)
        if known is None and token.text not in FUNCTIONS:
            tokens.refuse(
                f"the function “{token.text}” is no built-in function of the subset, and not declared before this line"
            )
        tokens.take("declared" if known else "")
        count, cost = self._arguments()
        if known is None:
            return cost + Cost(FUNCTIONS[token.text])
        if count != known.parameters:
            tokens.refuse(f"“{token.text}” has {known.parameters} parameters, not {count}", token.line)
        return cost + Cost(known.steps + 1, known.bytes)

    def _arguments(self) -> tuple[int, Cost]:
        self.tokens.expect("(")
        count, cost = 0, Cost()
        while self.tokens.next.text != ")":
            cost += self.expression()
            count += 1
            if not self.tokens.accept(","):
                break
        self.tokens.expect(")")
        return count, cost

    def member(self) -> Cost:
        """Takes a component such as “.x”, or an index."""
        tokens = self.tokens
        if tokens.accept("["):
            if tokens.next.kind == "integer" and int(tokens.next.text.rstrip("iu")) >= _LARGEST_INDEX:
                tokens.refuse(f"the index {tokens.next.text} is beyond every array")
            cost = self.expression()
            tokens.expect("]")
            return cost + Cost(1)
        tokens.expect(".")
        name = tokens.next.text
        if len(name) > 4 or not any(swizzle.issuperset(name) for swizzle in _SWIZZLES):
            tokens.unexpected("x, y, z, w, r, g, b, a or several of them")
        tokens.take()
        return Cost()

    def _deeper(self, cost: Cost, levels: int) -> Cost:
        if cost.depth + levels > MOST_DEPTH:
            self.tokens.refuse(f"an expression has more than {MOST_DEPTH} operations within each other")
        return Cost(cost.steps, cost.bytes, cost.depth + levels)

    @contextmanager
    def _nested(self) -> Iterator[None]:
        self._nesting += 1
        if self._nesting > MOST_NESTING:
            self.tokens.refuse(f"brackets and calls are nested more than {MOST_NESTING} deep")
        yield
        self._nesting -= 1
