"""Writing and reading RTTM."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.speech.diarize import SpeakerTurn, read_rttm, write_rttm

milliseconds = st.integers(0, 10**8).map(lambda count: Fraction(count, 1000))
turns = st.builds(
    lambda start, length, speaker: SpeakerTurn(start=start, end=start + length, speaker=speaker),
    milliseconds,
    milliseconds.filter(bool),
    st.from_regex(r"[^\s<>]{1,12}", fullmatch=True),
)


@given(st.lists(turns, max_size=8))
def test_turns_round_trip(drawn: list[SpeakerTurn]) -> None:
    ordered = sorted(drawn, key=lambda turn: (turn.start, turn.end, turn.speaker))
    assert read_rttm(write_rttm(drawn, "a take")) == ordered


def test_names_with_spaces_stay_one_field() -> None:
    line = write_rttm([SpeakerTurn(start=Fraction(1), end=Fraction(2), speaker="Ada L")], "my take.mov")
    assert line == "SPEAKER my_take.mov 1 1.000 1.000 <NA> <NA> Ada_L <NA> <NA>\n"


def test_other_lines_are_ignored() -> None:
    text = (
        ";; a comment\nSPKR-INFO x 1 <NA> <NA> <NA> unknown a <NA> <NA>\n\nSPEAKER x 1 1 0.5 <NA> <NA> a <NA> <NA>\r\n"
    )
    assert read_rttm(text) == [SpeakerTurn(start=Fraction(1), end=Fraction(3, 2), speaker="a")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SPEAKER x 1 1.0 2.0", "Line 1 of talk.rttm has 5 fields"),
        ("\nSPEAKER x 1 soon 2.0 <NA> <NA> a <NA> <NA>", "Line 2 of talk.rttm has an invalid time: “soon”"),
        ("SPEAKER x 1 1.0 -2 <NA> <NA> a <NA> <NA>", "invalid time: “-2”"),
        ("SPEAKER x 1 nan 2 <NA> <NA> a <NA> <NA>", "invalid time: “nan”"),
        ("SPEAKER x 1 1 2 <NA> <NA> a\nSPEAKER y 1 1 2 <NA> <NA> a", "more than one recording"),
    ],
)
def test_a_malformed_line_is_named(text: str, message: str) -> None:
    with pytest.raises(RequestError) as refusal:
        read_rttm(text, "talk.rttm")
    assert message in str(refusal.value)
