"""Licences of packages: their obligations, and those of everything that a deliverable uses.

License-expression parses SPDX expressions; the obligations are Cleanwater's reading of the licences' texts, in plain
words, for looks, tables, titles and sounds that are used in a film. They are no legal advice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.errors import RequestError

if TYPE_CHECKING:
    from license_expression import Licensing


@dataclass(frozen=True, slots=True)
class Obligations:
    """What a licence asks of a film that uses the package. `commercial`: commercial use is allowed.

    `attribution`: the credits name the author. `share_alike`: a changed package is passed on under the same licence.
    `changes`: the package may be changed.
    """

    commercial: bool = True
    attribution: bool = False
    share_alike: bool = False
    changes: bool = True

    def plus(self, other: Obligations) -> Obligations:
        """What two licences ask together."""
        return Obligations(
            self.commercial and other.commercial,
            self.attribution or other.attribution,
            self.share_alike or other.share_alike,
            self.changes and other.changes,
        )

    def covers(self, other: Obligations) -> bool:
        """Whether a film that meets these obligations also meets the other ones."""
        return self.plus(other) == self

    def words(self) -> list[str]:
        """The obligations in plain words."""
        said = ["may be used in commercial work" if self.commercial else "may not be used in commercial work"]
        if self.attribution:
            said.append("the credits name the author")
        if not self.changes:
            said.append("may not be changed")
        if self.share_alike:
            said.append("changed copies keep this licence")
        return said


_FREE, _BY = Obligations(), Obligations(attribution=True)
LICENCES: Mapping[str, Obligations] = {
    "0BSD": _FREE,
    "Apache-2.0": _BY,
    "BSD-2-Clause": _BY,
    "BSD-3-Clause": _BY,
    "CC-BY-3.0": _BY,
    "CC-BY-4.0": _BY,
    "CC-BY-NC-4.0": Obligations(commercial=False, attribution=True),
    "CC-BY-NC-ND-4.0": Obligations(commercial=False, attribution=True, changes=False),
    "CC-BY-NC-SA-4.0": Obligations(commercial=False, attribution=True, share_alike=True),
    "CC-BY-ND-4.0": Obligations(attribution=True, changes=False),
    "CC-BY-SA-4.0": Obligations(attribution=True, share_alike=True),
    "CC0-1.0": _FREE,
    "ISC": _BY,
    "MIT": _BY,
    "MIT-0": _FREE,
    "OFL-1.1": Obligations(share_alike=True),
    "Unlicense": _FREE,
    "Zlib": _FREE,
}
"""The obligations of each known licence, by its SPDX identifier."""
_LONGEST = 200


def check_licence(expression: str) -> str:
    """The expression in its usual form. Raises ValueError, with the known licences, for another one."""
    if expression in LICENCES:
        # One licence needs no parser, whose import takes longer than most commands need.
        return expression
    if len(expression) > _LONGEST:
        raise ValueError(f"a licence expression has at most {_LONGEST} characters")
    parsed = _parsed(expression)
    unknown = sorted({symbol.key for symbol in parsed.symbols} - {*LICENCES})
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: not a known licence; use one of {', '.join(LICENCES)}")
    return str(parsed)


def choices_of(expression: str) -> tuple[str, ...]:
    """The sets of licences, joined with AND, between which an expression leaves a choice; one without OR."""
    if expression in LICENCES:
        return (expression,)
    return tuple(" AND ".join(sorted(part)) for part in sorted(_alternatives(_parsed(expression)), key=sorted))


def obligations_of(expression: str, choice: str | None = None) -> Obligations:
    """The obligations of an expression. `choice` is one of `choices_of`; by default the first that asks for least.

    Raises RequestError if the expression does not leave this choice.
    """
    possible = {one: _together(one.split(" AND ")) for one in choices_of(expression)}
    if choice is not None:
        if choice not in possible:
            raise RequestError(
                f"{expression} does not leave the choice {choice}.", f"Choose one of: {'; '.join(possible)}."
            )
        return possible[choice]
    least = [one for one in possible.values() if all(other.covers(one) for other in possible.values())]
    return least[0] if least else min(possible.values(), key=_weight)


def union_of(obligations: Iterable[Obligations]) -> Obligations:
    """The obligations of a deliverable that uses several packages."""
    total = Obligations()
    for one in obligations:
        total = total.plus(one)
    return total


def _together(licences: Iterable[str]) -> Obligations:
    return union_of(LICENCES[name] for name in licences)


def _weight(one: Obligations) -> tuple[bool, ...]:
    free = Obligations()
    return tuple(getattr(one, field.name) != getattr(free, field.name) for field in fields(Obligations))


def _alternatives(parsed: Any) -> set[frozenset[str]]:
    """The sets of licences of which one must be met."""
    if not parsed.args:
        return {frozenset({parsed.key})}
    parts = [_alternatives(part) for part in parsed.args]
    if type(parsed).__name__ == "OR":
        found = set().union(*parts)
    else:
        found = {frozenset()}
        for part in parts:
            found = {one | other for one in found for other in part}
    # A set that contains another one asks for more and leaves no further choice.
    return {one for one in found if not any(other < one for other in found)}


def _parsed(expression: str) -> Any:
    from license_expression import ExpressionError

    try:
        parsed = _licensing().parse(expression, validate=False)
    except ExpressionError as error:
        raise ValueError(f"not an SPDX expression: {error}") from None
    if parsed is None:
        raise ValueError("a package needs a licence, as CC-BY-4.0")
    if any(not hasattr(symbol, "key") for symbol in parsed.symbols) or " WITH " in f" {expression.upper()} ":
        raise ValueError("exceptions (WITH) are not known; use the licence without one")
    return parsed


@cache
def _licensing() -> Licensing:
    from license_expression import Licensing

    return Licensing(list(LICENCES))
