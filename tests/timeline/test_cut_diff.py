"""The differences between two cuts: what an edit did is what the comparison finds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.timeline import Alternate, Clip, Cut, CutTitle
from engine.timeline.exchange import Change, diff_cuts
from engine.timeline.exchange.diff import at_rate

PAL = Fraction(25)
CLIPS = (Clip("1", "a", 0, 100), Clip("2", "b", 0, 100), Clip("3", "a", 200, 100), Clip("4", None, 0, 25))


def words(take: str, start: int, end: int) -> str:
    """One word a second."""
    return " ".join(f"{take}{second}" for second in range(-(-start // 25), -(-end // 25)))


def changes(*clips: Clip, before: tuple[Clip, ...] = CLIPS) -> list[Change]:
    return list(diff_cuts(_cut(before), _cut(clips), words).changes)


def _cut(clips: tuple[Clip, ...], rate: Fraction = PAL) -> Cut:
    return Cut("film", rate, 1920, 1080, clips)


@given(st.permutations(CLIPS[:3]), st.lists(st.integers(-20, 20), min_size=6, max_size=6))
def test_a_moved_and_trimmed_clip_is_found_again(order: list[Clip], trims: list[int]) -> None:
    """Every clip keeps its identity, whatever its id and place are; the frames add up to the difference of length."""
    after = []
    for number, (clip, head, tail) in enumerate(zip(order, trims[:3], trims[3:], strict=True)):
        start = max(0, clip.start - head)
        after.append(replace(clip, id=str(90 + number), start=start, length=clip.end + tail - start))
    found = diff_cuts(_cut(CLIPS[:3]), _cut(tuple(after)))
    assert {change.kind for change in found.changes} <= {"moved", "trimmed"}
    assert sum(change.head + change.tail for change in found.changes) == found.length_after - found.length_before
    assert len([change for change in found.changes if change.kind == "moved"]) < 3
    assert ("moved" in {change.kind for change in found.changes}) == (tuple(order) != CLIPS[:3])


def test_equal_cuts_have_no_difference() -> None:
    assert changes(*(replace(clip, id=f"x{clip.id}") for clip in CLIPS)) == []


def test_a_trim_names_its_words() -> None:
    one, two, three, gap = CLIPS
    assert changes(one, replace(two, start=50, length=75), three, gap) == [
        Change("trimmed", (2,), (2,), "b", head=-50, tail=25, removed="b0 b1", added="b4")
    ]


def test_a_word_cut_out_of_a_clip_is_a_split() -> None:
    one, two, three, gap = CLIPS
    parts = replace(two, length=25), replace(two, id="9", start=50, length=50)
    assert changes(one, *parts, three, gap) == [Change("split", (2,), (2, 3), "b", removed="b1")]
    assert changes(one, two, three, gap, before=(one, *parts, three, gap)) == [
        Change("joined", (2, 3), (2,), "b", added="b1")
    ]


def test_clips_are_added_removed_and_replaced() -> None:
    one, two, three, gap = CLIPS
    other = Clip("9", "c", 50, 25)
    assert changes(one, three, gap, other) == [
        Change("removed", (2,), (), "b", removed="b0 b1 b2 b3"),
        Change("added", (), (4,), "c", added="c2"),
    ]
    taken = replace(two, alternates=(Alternate("c", 40, 60),))
    assert changes(one, other, three, gap, before=(one, taken, three, gap)) == [
        Change("replaced", (2,), (2,), "c", removed="b0 b1 b2 b3", added="c2")
    ]


def test_a_gap_and_the_properties_of_a_clip_are_compared() -> None:
    one, two, three, gap = CLIPS
    assert changes(one, replace(two, gain_db=-2.0, name="b-roll"), three, replace(gap, length=50)) == [
        Change("gain", (2,), (2,), "b"),
        Change("name", (2,), (2,), "b"),
        Change("trimmed", (4,), (4,), None, tail=25),
    ]


def test_a_cut_of_another_rate_is_compared_in_ticks_of_the_first() -> None:
    faster = tuple(replace(clip, start=clip.start * 2, length=clip.length * 2) for clip in CLIPS)
    found = diff_cuts(_cut(CLIPS), _cut(faster, Fraction(50)))
    assert (found.changes, found.length_after) == ((), 325)


def test_titles_of_one_cut_alone_are_listed() -> None:
    clips = (Clip("1", "a", 0, 100),)
    name = CutTitle("1", "lower-third", 1, 25, 50, (("name", "Ada"),))
    before = Cut("film", Fraction(25), 1920, 1080, clips, titles=(name,))
    same = replace(before, titles=(replace(name, id="7"),))
    assert diff_cuts(before, same).changes == ()
    moved = replace(before, titles=(replace(name, start=50),))
    (change,) = diff_cuts(before, moved).changes
    assert (change.kind, change.removed, change.added) == (
        "titles", "lower-third at 00:00:01.00: Ada", "lower-third at 00:00:02.00: Ada",
    )  # fmt: skip
    doubled = at_rate(moved, Fraction(50))
    assert (doubled.titles[0].start, doubled.titles[0].length) == (100, 100)
