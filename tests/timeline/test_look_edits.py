"""Keyframes of clips on the clock of their cut."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from engine.errors import RequestError
from engine.keyframes import Keyframe
from engine.timeline import Clip, Cut, curves_of, delete_key, move_key, set_key, take_time

CUT = Cut("film", Fraction(25), 320, 180, (Clip("1", "a", 0, 50), Clip("2", "b", 100, 50, look="film-print")))


def keyed(*ticks: int) -> Cut:
    cut = CUT
    for tick in ticks:
        cut = set_key(cut, "2", "bloom.amount", Keyframe(take_time(cut, "2", tick), 0.1))
    return cut


def test_errors_name_the_times_of_keys_in_the_cut() -> None:
    cut = keyed(50, 75)
    for change in (
        lambda: delete_key(cut, "2", "bloom.amount", take_time(cut, "2", 60)),
        lambda: move_key(cut, "2", "bloom.amount", take_time(cut, "2", 60), take_time(cut, "2", 61)),
    ):
        with pytest.raises(RequestError, match=r"^There is no key at 00:00:02\.40\.$") as refused:
            change()
        assert refused.value.hint == "Keys are at 00:00:02.00, 00:00:03.00 of the cut."
    with pytest.raises(RequestError, match=r"^There is a key at 00:00:03\.00 already\.$"):
        move_key(cut, "2", "bloom.amount", take_time(cut, "2", 50), take_time(cut, "2", 75))


def test_a_key_outside_its_trimmed_clip_can_be_moved_and_deleted() -> None:
    cut = keyed(50, 75)
    first, second = cut.clips
    trimmed = replace(cut, clips=(first, replace(second, start=110, length=10)))
    with pytest.raises(RequestError, match="is not in clip 2"):
        take_time(trimmed, "2", 65)
    outside = take_time(trimmed, "2", 65, within=False)
    left = delete_key(trimmed, "2", "bloom.amount", outside)
    assert [key.time for key in curves_of(left.clips[1])["bloom.amount"].keys] == [Fraction(4)]
    moved = move_key(trimmed, "2", "bloom.amount", outside, take_time(trimmed, "2", 55))
    assert [key.time for key in curves_of(moved.clips[1])["bloom.amount"].keys] == [Fraction(4), Fraction(115, 25)]
