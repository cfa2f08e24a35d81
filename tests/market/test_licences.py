"""Licences: the choices of an expression, and what a deliverable owes."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.market import LICENCES, Obligations, check_licence, choices_of, obligations_of, union_of

SOME = ["MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0"]
EXPRESSIONS = st.recursive(
    st.sampled_from(SOME),
    lambda inner: st.builds(
        lambda word, parts: f"({f' {word} '.join(parts)})",
        st.sampled_from(["AND", "OR"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=6,
)
OBLIGATIONS = st.sampled_from(sorted({*LICENCES.values()}, key=str))


@cache
def algebra() -> Any:
    """license-expression's own knowledge of SPDX."""
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def satisfied(expression: str, held: set[str]) -> bool:
    """Whether licences satisfy an expression, by the algebra of license-expression's own library."""
    licensing = algebra()
    parsed: Any = licensing.parse(expression)
    values = {symbol: licensing.TRUE if symbol.key in held else licensing.FALSE for symbol in parsed.symbols}
    return bool(parsed.subs(values, simplify=True) == licensing.TRUE)


@given(EXPRESSIONS)
@settings(max_examples=40)
def test_a_choice_is_a_smallest_set_that_satisfies_the_expression(expression: str) -> None:
    smallest = [
        {*held}
        for count in range(1, len(SOME) + 1)
        for held in combinations(SOME, count)
        if satisfied(expression, {*held}) and not any(satisfied(expression, {*held} - {one}) for one in held)
    ]
    assert sorted(map(sorted, smallest)) == sorted(sorted(one.split(" AND ")) for one in choices_of(expression))


@given(EXPRESSIONS)
def test_an_expression_has_one_form(expression: str) -> None:
    form = check_licence(expression)
    assert check_licence(form) == form
    assert choices_of(form) == choices_of(expression)
    assert check_licence(expression.lower().replace("and", "AND").replace("or", "OR")) == form


@given(OBLIGATIONS, OBLIGATIONS, OBLIGATIONS)
def test_obligations_add_up(one: Obligations, other: Obligations, third: Obligations) -> None:
    together = union_of([one, other])
    assert together == union_of([other, one])
    assert union_of([together, third]) == union_of([one, union_of([other, third])])
    assert union_of([one, one, Obligations()]) == one
    assert together.covers(one)
    assert together.covers(other)
    assert together.commercial == (one.commercial and other.commercial)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("CC0-1.0", ["may be used in commercial work"]),
        ("CC-BY-4.0", ["may be used in commercial work", "the credits name the author"]),
        ("CC-BY-ND-4.0", ["may be used in commercial work", "the credits name the author", "may not be changed"]),
        ("CC-BY-NC-4.0 AND MIT", ["may not be used in commercial work", "the credits name the author"]),
        ("CC-BY-NC-4.0 OR CC0-1.0", ["may be used in commercial work"]),
        ("OFL-1.1", ["may be used in commercial work", "changed copies keep this licence"]),
    ],
)
def test_obligations_are_in_plain_words(expression: str, words: list[str]) -> None:
    assert obligations_of(expression).words() == words


def test_a_choice_must_be_one_of_the_expression() -> None:
    assert obligations_of("MIT OR CC-BY-NC-4.0", "CC-BY-NC-4.0").commercial is False
    with pytest.raises(RequestError, match=r"does not leave the choice CC0-1\.0"):
        obligations_of("MIT OR CC-BY-NC-4.0", "CC0-1.0")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("GPL-3.0-only", "not a known licence"),
        ("MIT WITH Classpath-exception-2.0", "exceptions"),
        ("MIT AND", "not an SPDX expression"),
        ("", "needs a licence"),
        ("(" * 150 + "MIT" + ")" * 150, "at most 200"),
        ("LicenseRef-mine", "not a known licence"),
    ],
)
def test_other_expressions_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_licence(expression)
