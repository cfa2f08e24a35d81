"""Words are assigned to the speakers of their turns."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.speech.diarize import SpeakerTurn, assign


def turn(start: float, end: float, speaker: str) -> SpeakerTurn:
    return SpeakerTurn(start=Fraction(start), end=Fraction(end), speaker=speaker)


def assign_one(start: float, end: float, *turns: SpeakerTurn) -> tuple[str | None, tuple[str, ...]]:
    return assign([(Fraction(start), Fraction(end))], turns)[0]


NEAR = Fraction(1, 2)
TURNS = (turn(0, 4, "S1"), turn(3, 6, "S2"), turn(10, 12, "S1"))


def test_a_word_inside_a_turn_has_its_speaker() -> None:
    assert assign_one(1, 2, *TURNS) == ("S1", ())
    assert assign_one(4.5, 5, *TURNS) == ("S2", ())


def test_a_word_across_turns_has_the_speaker_of_its_longer_part() -> None:
    assert assign_one(3.9, 4.9, *TURNS) == ("S2", ())
    assert assign_one(2, 3.5, *TURNS) == ("S1", ())


def test_an_interrupting_speaker_is_first_and_the_other_is_listed() -> None:
    assert assign_one(3.2, 3.8, *TURNS) == ("S2", ("S1",))


def test_a_word_near_a_turn_has_its_speaker() -> None:
    assert assign_one(6.1, 6.4, *TURNS) == ("S2", ())
    assert assign_one(9.6, 9.9, *TURNS) == ("S1", ())


def test_a_word_far_from_every_turn_has_no_speaker() -> None:
    assert assign_one(7.5, 8, *TURNS) == (None, ())
    assert assign_one(1, 2) == (None, ())


def test_a_sentence_keeps_its_speaker_during_an_overlap() -> None:
    words = [(Fraction(start), Fraction(start) + Fraction(1, 2)) for start in (2, 3, Fraction(7, 2), 4)]
    assert assign(words, TURNS, [True, False, False, False]) == [
        ("S1", ()),
        ("S1", ("S2",)),
        ("S1", ("S2",)),
        ("S2", ()),
    ]
    assert assign(words, TURNS, [True, True, False, False])[1] == ("S2", ("S1",))


times = st.integers(0, 400).map(lambda tenth: Fraction(tenth, 10))
spans = st.tuples(times, times).filter(lambda span: span[0] < span[1])
turn_lists = st.lists(st.tuples(spans, st.sampled_from("ABC")), max_size=8).map(
    lambda drawn: [SpeakerTurn(start=start, end=end, speaker=speaker) for (start, end), speaker in drawn]
)


@given(st.lists(spans, max_size=6), turn_lists)
def test_a_word_has_a_speaker_of_a_nearby_turn(
    words: list[tuple[Fraction, Fraction]], turns: list[SpeakerTurn]
) -> None:
    for (start, end), (speaker, also) in zip(words, assign(words, turns), strict=True):
        near = {
            turn.speaker for turn in turns if turn.start <= end + Fraction(1, 2) and turn.end >= start - Fraction(1, 2)
        }
        assert (speaker in near) if near else (speaker is None)
        assert speaker not in also
        assert set(also) <= near
