"""The layers of each tick: clips alone, and their shares during transitions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.timeline import Clip, Cut, CutLayers, CutMarker, Transition
from engine.timeline.rendition import read_rendition, rendition_bytes, rendition_digest
from tests.timeline.cuts import cuts

transitions = st.none() | st.builds(
    Transition, st.sampled_from(["dissolve", "dip", "wipe", "push"]), st.integers(0, 30), st.integers(0, 30)
)


@st.composite
def cuts_with_transitions(draw: st.DrawFn) -> Cut:
    cut = draw(cuts())
    return replace(
        cut,
        clips=tuple(replace(one, length=draw(st.integers(1, 60)), transition=draw(transitions)) for one in cut.clips),
    )


@given(cuts_with_transitions())
def test_each_tick_shows_its_clip_and_at_most_one_neighbour(cut: Cut) -> None:
    layers = CutLayers(cut)
    for tick in range(cut.length):
        index, at = cut.at(tick)
        found = layers.at(tick)
        own = [one for one in found if one.clip == index]
        assert len(own) == (cut.clips[index].take is not None)
        assert all(one.tick == at and 0 < one.share <= 1 for one in own)
        others = [one.clip for one in found if one.clip != index]
        assert others in ([], [index - 1], [index + 1])
        assert sum(one.share for one in found if one.reveal is None) <= 1 + 1e-9
        assert all(0 < one.reveal.progress <= 1 for one in found if one.reveal)
        for one in found:
            first, last = layers.shown(one.clip)
            assert first <= one.tick < last


@pytest.mark.parametrize("kind", ["dissolve", "dip"])
def test_shares_change_in_equal_steps(kind: str) -> None:
    transition = Transition(kind, 3, 3)  # type: ignore[arg-type]
    cut = Cut("film", Fraction(25), 96, 54, (Clip("1", "a", 0, 10), Clip("2", "b", 50, 10, transition=transition)))
    layers = CutLayers(cut)
    shares = [{one.clip: one.share for one in layers.at(tick)} for tick in range(6, 14)]
    if kind == "dissolve":
        assert [round(one.get(1, 0) * 7) for one in shares] == [0, 1, 2, 3, 4, 5, 6, 7]
        assert all(sum(one.values()) == pytest.approx(1) for one in shares)
        assert layers.shown(0) == (0, 13)
        assert layers.shown(1) == (47, 60)
    else:
        assert [sum(one.values()) for one in shares] == [1, 0.75, 0.5, 0.25, 0.25, 0.5, 0.75, 1]
        assert layers.shown(0) == (0, 10)


@given(cuts())
def test_a_rendition_is_read_again_and_forgets_what_the_film_does_not_show(cut: Cut) -> None:
    again = read_rendition(rendition_bytes(cut))
    assert rendition_bytes(again) == rendition_bytes(cut)
    noted = replace(
        cut,
        refused=frozenset({"x"}),
        clips=tuple(replace(one, id=f"{one.id}x", reason="why", markers=(CutMarker(1, "note"),)) for one in cut.clips),
    )
    assert rendition_digest(noted) == rendition_digest(cut)
    longer = replace(cut, clips=(replace(cut.clips[0], length=cut.clips[0].length + 1), *cut.clips[1:]))
    assert rendition_digest(longer) != rendition_digest(cut)


@pytest.mark.parametrize("kind", ["wipe", "push"])
def test_a_wipe_and_a_push_show_both_clips_in_equal_steps(kind: str) -> None:
    transition = Transition(kind, 3, 3, "up")  # type: ignore[arg-type]
    cut = Cut("film", Fraction(25), 96, 54, (Clip("1", "a", 0, 10), Clip("2", "b", 50, 10, transition=transition)))
    layers = CutLayers(cut)
    assert [one.reveal for one in layers.at(6)] == [None]
    for number, tick in enumerate(range(7, 13), 1):
        old, new = layers.at(tick)
        assert old.reveal is not None
        assert new.reveal is not None
        assert (old.clip, new.clip) == (0, 1)
        assert (old.reveal.incoming, new.reveal.incoming) == (False, True)
        assert old.reveal.progress == new.reveal.progress == pytest.approx(number / 7)
        assert not old.is_whole
    assert layers.shown(0) == (0, 13)
    assert layers.shown(1) == (47, 60)


def test_the_softness_of_a_wipe_is_a_share() -> None:
    with pytest.raises(ValueError, match="softness"):
        Transition("wipe", 2, 2, "left", 1.5)
