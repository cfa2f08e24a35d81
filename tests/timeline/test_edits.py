"""Edits of cuts: frames are compared with the same edits of a list of frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.list_changes import Splice, replace_part
from engine.errors import RequestError
from engine.timeline import (
    CROSSFADE,
    Alternate,
    Clip,
    Cut,
    CutMarker,
    Transition,
    add_marker,
    change_marker,
    cut_from_items,
    cut_to_items,
    duplicate,
    gap,
    insert,
    join,
    lift,
    lift_range,
    move,
    move_range,
    placed_markers,
    read_otio,
    remove,
    remove_marker,
    remove_range,
    replace_with_alternate,
    restore,
    roll,
    set_gain,
    set_sound_offset,
    set_transition,
    slide,
    slip,
    split,
    trim,
    with_clips,
    write_otio,
)
from engine.timeline.cut import SoundSpan
from tests.timeline.cuts import TAKES, detailed_cuts

LENGTHS = dict.fromkeys(TAKES, 9000)
Frame = tuple[str | None, int]


def frames(cut: Cut) -> list[Frame]:
    """The take and the tick of each frame of a cut; of gaps only that they are gaps."""
    return [
        (clip.take, tick if clip.take else 0)
        for clip in cut.clips
        for tick in range(clip.start, clip.start + clip.length)
    ]


def heard(cut: Cut) -> list[tuple[str | None, int, int]]:
    """The take of each stretch of sound, with its first and last sample; stretches that continue each other are one."""
    found: list[tuple[str | None, int, int]] = []
    before: SoundSpan | None = None
    for span in cut.sound_spans():
        if span.first == span.last:
            continue
        moved = abs((span.source - span.first) - (before.source - before.first)) if before else 0
        same = before and (before.clip.take, before.clip.gain_db) == (span.clip.take, span.clip.gain_db)
        if same and (span.clip.take is None or moved <= 1):
            found[-1] = (*found[-1][:2], span.last)
        else:
            found.append((span.clip.take, span.first, span.last))
        before = span
    return found


@st.composite
def an_edit(draw: st.DrawFn, cut: Cut) -> Callable[[Cut], Cut]:
    """Any edit of a cut, which may be impossible."""
    ids = [clip.id for clip in cut.clips] or ["1"]
    one, other = draw(st.sampled_from(ids)), draw(st.sampled_from(ids))
    some = draw(st.lists(st.sampled_from(ids), max_size=3))
    first, last, to = (draw(st.integers(-2, cut.length + 2)) for _ in range(3))
    by, samples = draw(st.integers(-40, 40)), draw(st.integers(-9000, 9000))
    clips = [gap(5), Clip("", "a", draw(st.integers(0, 99)), 7, transition=Transition("dip", 1, 2))]
    transition = Transition(
        draw(st.sampled_from(["dissolve", "dip"])), draw(st.integers(0, 9)), draw(st.integers(0, 9))
    )
    edits: list[Callable[[Cut], Cut]] = [
        lambda cut: split(cut, first),
        lambda cut: remove(cut, some),
        lambda cut: remove_range(cut, first, last),
        lambda cut: lift(cut, some),
        lambda cut: lift_range(cut, first, last),
        lambda cut: insert(cut, first, clips),
        lambda cut: move(cut, some, other),
        lambda cut: move(cut, some, None),
        lambda cut: move_range(cut, first, last, to),
        lambda cut: duplicate(cut, some),
        lambda cut: join(cut, one),
        lambda cut: restore(cut, one),
        lambda cut: replace_with_alternate(cut, one, 1, LENGTHS),
        lambda cut: trim(cut, one, LENGTHS, first, last),
        lambda cut: trim(cut, one, LENGTHS, end=last),
        lambda cut: roll(cut, one, by, LENGTHS),
        lambda cut: slip(cut, one, by, LENGTHS),
        lambda cut: slide(cut, one, by, LENGTHS),
        lambda cut: set_gain(cut, some, by / 4),
        lambda cut: set_transition(cut, one, transition, LENGTHS),
        lambda cut: set_sound_offset(cut, one, samples, LENGTHS),
        lambda cut: add_marker(cut, first, "here", "chapter"),
        lambda cut: remove_marker(cut, 1),
        lambda cut: change_marker(cut, 1, "there"),
    ]
    return draw(st.sampled_from(edits))


@given(detailed_cuts(), st.data())
def test_a_cut_stays_whole_through_any_edits(cut: Cut, data: st.DataObject) -> None:
    cut = with_clips(cut, cut.clips, LENGTHS)
    history = [cut_to_items(cut)]
    for _ in range(6):
        try:
            after = data.draw(an_edit(cut))(cut)
        except RequestError:
            continue
        check_whole(after)
        cut = after
        history.append(cut_to_items(cut))
    assert cut_from_items(cut.name, history[-1]) == cut
    assert read_otio(write_otio(cut, {}), cut.name).cut == cut
    # Undo of every edit from its part alone, then redo.
    items: list[Any] = history[-1]
    splices = [Splice.between(before, after) for before, after in pairwise(history)]
    for splice, wanted in zip(reversed(splices), reversed(history[:-1]), strict=True):
        items = replace_part(items, splice.at, splice.rest, splice.after, splice.before) or []
        assert items == wanted
    for splice in splices:
        items = replace_part(items, splice.at, splice.rest, splice.before, splice.after) or []
    assert items == history[-1]


def test_a_transition_over_a_split_ends_there() -> None:
    dip = Clip("2", "b", 10, 20, transition=Transition("dip", 3, 5))
    first, second = split(Cut("film", Fraction(25), 1920, 1080, (Clip("1", "a", 0, 50), dip)), 52).clips[1:]
    assert (first.length, first.transition) == (2, Transition("dip", 3, 2))
    assert second.transition is None


def check_whole(cut: Cut) -> None:
    """Nothing overlaps, nothing is negative or outside of its take, and the total is the sum of the parts."""
    assert cut.length == sum(clip.length for clip in cut.clips)
    assert len({clip.id for clip in cut.clips}) == len(cut.clips)
    assert all(clip.take is None or clip.end <= LENGTHS[clip.take] for clip in cut.clips)
    spans = list(cut.sound_spans())
    assert all(one.first <= one.last for one in spans)
    assert all(one.last == two.first for one, two in pairwise(spans))
    # Rounding to samples may differ by one.
    assert all(one.source >= -1 for one in spans if one.clip.take)
    assert not spans or (spans[0].first, spans[-1].last) == (0, cut.sample(cut.length))
    for left, clip in pairwise(cut.clips):
        if clip.transition:
            after = left.transition.after if left.transition else 0
            assert clip.transition.before + after <= left.length
            assert clip.transition.after <= clip.length
            if clip.transition.kind == "dissolve":
                assert clip.take is None or clip.transition.before <= clip.start
    assert not cut.clips or cut.clips[0].transition is None


@given(detailed_cuts(), st.data())
def test_edits_of_ranges_are_those_of_a_list_of_frames(cut: Cut, data: st.DataObject) -> None:
    was = frames(cut)
    first = data.draw(st.integers(0, cut.length - 1))
    last = data.draw(st.integers(first + 1, cut.length))
    assert frames(remove_range(cut, first, last)) == was[:first] + was[last:]
    assert frames(lift_range(cut, first, last)) == [*was[:first], *[(None, 0)] * (last - first), *was[last:]]
    assert frames(insert(cut, first, [Clip("", "a", 3, 2)])) == [*was[:first], ("a", 3), ("a", 4), *was[first:]]
    to = data.draw(st.integers(0, first) | st.integers(last, cut.length))
    rest = was[:first] + was[last:]
    at = to if to <= first else to - (last - first)
    assert frames(move_range(cut, first, last, to)) == rest[:at] + was[first:last] + rest[at:]


@given(detailed_cuts(), st.data())
def test_a_split_changes_neither_picture_nor_sound_and_join_undoes_it(cut: Cut, data: st.DataObject) -> None:
    cut = with_clips(cut, cut.clips)
    inside = [n for clip, at in zip(cut.clips, cut.positions, strict=True) for n in range(at + 1, at + clip.length)]
    if not inside:
        return
    at = data.draw(st.sampled_from(inside))
    made = split(cut, at)
    assert frames(made) == frames(cut)
    assert heard(made) == heard(cut)
    index, _ = made.at(at)
    assert made.positions[index] == at
    whole, joined = cut.clips[index - 1], join(made, made.clips[index - 1].id).clips[index - 1]
    assert set(joined.markers) == set(whole.markers)
    # The split may have shortened the transition into the first part.
    assert replace(joined, markers=(), alternates=(), transition=None) == replace(
        whole, markers=(), alternates=(), transition=None
    )


@pytest.mark.parametrize(("offset", "at"), [(-48_000, 35), (96_000, 75)])
def test_a_split_inside_a_j_or_l_cut_keeps_its_sound(offset: int, at: int) -> None:
    cut = film(A, replace(B, sound_offset=offset))
    made = split(cut, at)
    assert len(made.clips) == 3
    assert heard(made) == heard(cut) == [("a", 0, 96_000 + offset), ("b", 96_000 + offset, 211_200)]


def film(*clips: Clip) -> Cut:
    return Cut("film", Fraction(25), 1920, 1080, clips)


A, B, C = Clip("1", "a", 100, 50), Clip("2", "b", 200, 60, crossfade=99), Clip("3", "a", 300, 70)


def test_what_was_removed_between_two_parts_of_a_take_is_restored() -> None:
    cut = remove_range(film(A, B), 10, 20)
    assert [(clip.id, clip.start, clip.length) for clip in cut.clips] == [
        ("1", 100, 10),
        ("4", 120, 30),
        ("2", 200, 60),
    ]
    assert cut.clips[1].crossfade == CROSSFADE
    assert restore(cut, "1") == film(A, B)
    with_gap = lift_range(film(A, B), 10, 20)
    assert with_gap.clips[1].alternates == (Alternate("a", 110, 10),)
    assert restore(with_gap, "1") == film(A, B)
    louder = set_gain(cut, ["4"], -3)
    assert [clip.length for clip in restore(louder, "1").clips] == [20, 30, 60]
    with pytest.raises(RequestError, match="Nothing is missing after clip 2"):
        restore(cut, "4")


def test_a_clip_after_another_one_than_before_loses_its_transition_and_sound_offset() -> None:
    cut = set_transition(film(A, B, C), "3", Transition("dissolve", 5, 6), LENGTHS)
    cut = set_sound_offset(cut, "3", -4800, LENGTHS)
    assert remove(cut, ["1"]).clips[1] == cut.clips[2]
    alone = remove(cut, ["2"]).clips[1]
    assert (alone.transition, alone.sound_offset, alone.crossfade) == (None, 0, CROSSFADE)
    assert split(cut, 60).clips[3] == cut.clips[2]
    assert trim(cut, "3", LENGTHS, end=304).clips[2].transition == Transition("dissolve", 5, 4)
    assert roll(cut, "3", -58, LENGTHS).clips[2].transition == Transition("dissolve", 2, 6)


def test_a_dissolve_needs_handles_and_a_dip_does_not() -> None:
    clips = (replace(A, take="a", start=0, length=9000), replace(B, start=3))
    with pytest.raises(RequestError, match="not enough frames") as caught:
        set_transition(film(*clips), "2", Transition("dissolve", 5, 5), LENGTHS)
    assert "At most 3 before and 0 after" in caught.value.hint
    dip = set_transition(film(*clips), "2", Transition("dip", 5, 5), LENGTHS)
    assert dip.clips[1].transition == Transition("dip", 5, 5)
    with pytest.raises(RequestError, match="first clip"):
        set_transition(dip, "1", Transition("dip", 5, 5), LENGTHS)


def test_points_stay_within_their_takes() -> None:
    cut = film(A, B, C)
    assert roll(cut, "2", 7, LENGTHS).clips[:2] == (replace(A, length=57), replace(B, start=207, length=53))
    assert slip(cut, "2", -200, LENGTHS).clips[1].start == 0
    assert [clip.length for clip in slide(cut, "2", -10, LENGTHS).clips] == [40, 60, 80]
    assert trim(cut, "2", LENGTHS, end=9000).clips[1].end == 9000
    for edit in (
        lambda: slip(cut, "2", -201, LENGTHS),
        lambda: trim(cut, "2", LENGTHS, end=9001),
        lambda: trim(cut, "2", LENGTHS, start=260),
        lambda: roll(cut, "2", 60, LENGTHS),
        lambda: slide(cut, "3", 1, LENGTHS),
        lambda: slip(cut, "2", 1, {}),
    ):
        with pytest.raises(RequestError):
            edit()


def test_an_alternate_takes_the_place_of_a_clip_and_back() -> None:
    clip = replace(
        A, alternates=(Alternate("b", 40, 30, "Slower."),), markers=(CutMarker(120, "here"),), reason="Best."
    )
    cut = film(clip, B)
    other = replace_with_alternate(cut, "1", 1, LENGTHS)
    shown = other.clips[0]
    assert (shown.take, shown.start, shown.length, shown.reason) == ("b", 40, 30, "Slower.")
    assert [one.tick for one in placed_markers(other)] == [20]
    back = replace_with_alternate(other, "1", 1, LENGTHS)
    assert back == replace(cut, clips=(clip, back.clips[1]))
    with pytest.raises(RequestError, match="missing, or shorter"):
        replace_with_alternate(cut, "1", 1, {"a": 9000})
