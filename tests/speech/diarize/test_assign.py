"""Words are assigned to the speakers of their turns."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.speech.diarize import SpeakerTurn, assign


def turn(start: float, end: float, speaker: str) -> SpeakerTurn:
    return SpeakerTurn(start=Fraction(start), end=Fraction(end), speaker=speaker)


def one(start: float, end: float, *turns: SpeakerTurn) -> tuple[str | None, tuple[str, ...]]:
    return assign([(Fraction(start), Fraction(end))], turns)[0]


NEAR = Fraction(1, 2)
TALK = (turn(0, 4, "S1"), turn(3, 6, "S2"), turn(10, 12, "S1"))


def test_a_word_belongs_to_the_turn_it_lies_in() -> None:
    assert one(1, 2, *TALK) == ("S1", ())
    assert one(4.5, 5, *TALK) == ("S2", ())


def test_a_word_on_the_seam_goes_with_its_longer_part() -> None:
    assert one(3.9, 4.9, *TALK) == ("S2", ())
    assert one(2, 3.5, *TALK) == ("S1", ())


def test_who_breaks_in_is_written_down_and_who_talks_on_is_told() -> None:
    assert one(3.2, 3.8, *TALK) == ("S2", ("S1",))


def test_a_word_just_beside_a_turn_is_its_own() -> None:
    assert one(6.1, 6.4, *TALK) == ("S2", ())
    assert one(9.6, 9.9, *TALK) == ("S1", ())


def test_a_word_far_from_every_turn_is_nobodys() -> None:
    assert one(7.5, 8, *TALK) == (None, ())
    assert one(1, 2) == (None, ())


def test_who_began_a_sentence_goes_on_with_it_while_they_talk() -> None:
    words = [(Fraction(start), Fraction(start) + Fraction(1, 2)) for start in (2, 3, Fraction(7, 2), 4)]
    assert assign(words, TALK, [True, False, False, False]) == [
        ("S1", ()),
        ("S1", ("S2",)),
        ("S1", ("S2",)),
        ("S2", ()),
    ]
    assert assign(words, TALK, [True, True, False, False])[1] == ("S2", ("S1",))


times = st.integers(0, 400).map(lambda tenth: Fraction(tenth, 10))
spans = st.tuples(times, times).filter(lambda span: span[0] < span[1])
talks = st.lists(st.tuples(spans, st.sampled_from("ABC")), max_size=8).map(
    lambda said: [SpeakerTurn(start=start, end=end, speaker=who) for (start, end), who in said]
)


@given(st.lists(spans, max_size=6), talks)
def test_a_speaker_of_a_word_is_one_who_speaks_nearby(
    words: list[tuple[Fraction, Fraction]], turns: list[SpeakerTurn]
) -> None:
    for (start, end), (speaker, also) in zip(words, assign(words, turns), strict=True):
        near = {
            turn.speaker for turn in turns if turn.start <= end + Fraction(1, 2) and turn.end >= start - Fraction(1, 2)
        }
        assert (speaker in near) if near else (speaker is None)
        assert speaker not in also
        assert set(also) <= near
