"""Conditions are stored by the recording's digest, and read back as written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Catalog, Condition, Damage, damage_within
from tests.examples import examples

_SECONDS = st.fractions(0, 100, max_denominator=1001)
_DAMAGE = st.builds(
    lambda kind, media, start, length, count: Damage(
        kind=kind, media=media, start=start, end=start + length, count=count, detail="does not decode"
    ),
    st.sampled_from(("missing", "undecodable", "silent")),
    st.sampled_from(("picture", "sound")),
    _SECONDS,
    _SECONDS,
    st.integers(0, 10_000),
)


@examples(8)
@given(st.lists(_DAMAGE, max_size=3), st.lists(_DAMAGE, max_size=3))
def test_the_last_recorded_condition_is_read_back(first: list[Damage], second: list[Damage]) -> None:
    conditions = Catalog(Path(":memory:")).conditions
    assert conditions.of("ab") == Condition()
    for damage in (first, second):
        recorded = conditions.record("ab", damage)
        assert conditions.of("ab") == recorded == Condition(checked=True, damage=tuple(damage))
        assert recorded.state == ("damaged" if damage else "whole")
    assert conditions.of("cd") == Condition()


@examples(8)
@given(_DAMAGE)
def test_damage_found_at_ingest_is_used_until_a_check_is_recorded(damage: Damage) -> None:
    conditions = Catalog(Path(":memory:")).conditions
    assert conditions.of("ab", (damage,)) == Condition(damage=(damage,))
    conditions.record("ab", ())
    assert conditions.of("ab", (damage,)).state == "whole"


@given(_DAMAGE, _SECONDS, _SECONDS)
def test_damage_is_within_the_ranges_that_overlap_it(damage: Damage, start: Fraction, length: Fraction) -> None:
    assert damage.start is not None
    assert damage.end is not None
    end = start + length
    overlaps = max(start, damage.start) < min(end, damage.end)
    within = damage_within([damage], start, end, ("picture", "sound"))
    if overlaps:
        assert within == (damage,)
    if damage.end < start or damage.start >= end:
        assert within == ()
    assert damage_within([damage], start, end, ()) == ()
