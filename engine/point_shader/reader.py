"""Takes the tokens of a point shader one after another, and notes what was taken for the writer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NoReturn

from engine.point_shader.refusal import refusal
from engine.point_shader.tokens import ShaderToken
from engine.point_shader.words import REFUSED, why_not_declared

Role = Literal["", "template", "template end", "unary", "declared"]


@dataclass(frozen=True, slots=True)
class TakenToken:
    """A token with its role: brackets of a type, a sign of one operand, a name that the shader declares or uses."""

    token: ShaderToken
    role: Role = ""


class TokenReader:
    """The tokens of a file, in order, with the names that are declared where it reads."""

    def __init__(self, tokens: list[ShaderToken], name: str) -> None:
        self._tokens, self._place, self._name = tokens, 0, name
        self._scopes: list[set[str]] = [set()]
        self.taken: list[TakenToken] = []

    @property
    def next(self) -> ShaderToken:
        """The next token."""
        return self._tokens[self._place]

    @property
    def follower(self) -> str:
        """The text of the token behind the next one."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)].text

    def take(self, role: Role = "") -> ShaderToken:
        """Takes the next token."""
        token = self.next
        if token.kind == "end":
            self.refuse("the shader ends in the middle of something")
        self._place += 1
        self.taken.append(TakenToken(token, role))
        return token

    def accept(self, text: str) -> bool:
        """Takes the next token if it is this one."""
        if self.next.kind == "end" or self.next.text != text:
            return False
        self.take()
        return True

    def expect(self, text: str) -> ShaderToken:
        """Takes this token. Refuses another one."""
        if self.next.kind == "end" or self.next.text != text:
            self.unexpected(f"“{text}”")
        return self.take()

    def expect_template_end(self) -> None:
        """Takes one “>”, which may be the beginning of a longer token."""
        token = self.next
        if not token.text.startswith(">"):
            self.unexpected("“>”")
        if len(token.text) > 1:
            rest = ShaderToken("symbol", token.text[1:], token.line)
            self._tokens[self._place : self._place + 1] = [ShaderToken("symbol", ">", token.line), rest]
        self.take("template end")

    def declare(self) -> ShaderToken:
        """Takes a name and declares it. Errors as `new_name`."""
        token = self.new_name()
        self.add(token.text)
        return token

    def add(self, name: str) -> None:
        """Declares a name in this block."""
        self._scopes[-1].add(name)

    def new_name(self) -> ShaderToken:
        """Takes a name. Refuses one that is declared here already, or belongs to others."""
        token = self.next
        if token.kind != "name":
            self.unexpected("a name")
        if reason := why_not_declared(token.text):
            self.refuse(f"the name “{token.text}” is taken: {reason}")
        if self.knows(token.text):
            self.refuse(f"the name “{token.text}” is declared twice")
        return self.take("declared")

    def knows(self, name: str) -> bool:
        """Whether a name is declared here."""
        return any(name in scope for scope in self._scopes)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A block, whose names are not known after it."""
        self._scopes.append(set())
        yield
        self._scopes.pop()

    def unexpected(self, wanted: str) -> NoReturn:
        """Refuses the next token, with what would be right there."""
        token = self.next
        if token.kind == "end":
            self.refuse(f"the shader ends where {wanted} must be")
        reason = f": {REFUSED[token.text]}" if token.text in REFUSED else f"; {wanted} must be there"
        self.refuse(f"“{token.text}” is not allowed here{reason}")

    def refuse(self, reason: str, line: int | None = None) -> NoReturn:
        """Raises the error of the next token, or of a line."""
        raise refusal(self._name, self.next.line if line is None else line, reason)
