"""A script is wrapped without loss, and its pace is in words per minute."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from cwtui.console.screens.prompter.pacing import ScriptPacer, mirror_text, sentence_at, wrap_script

SCRIPT = "Right, so this is the harbour.\n\nYou can hear everything: the gulls, the ropes on the masts."


@given(st.text(st.sampled_from("ab é好，.\n "), max_size=60), st.integers(4, 30))
def test_lines_fit_and_have_every_visible_character(script: str, width: int) -> None:
    lines = list(wrap_script(script, width))
    assert all(cell_len(line.text) <= width for line in lines)
    assert "".join("".join(line.text.split()) for line in lines) == "".join(script.split())


def test_the_pace_is_in_words_per_minute() -> None:
    pacer = ScriptPacer(pace=60)
    pacer.set_script(SCRIPT, 20)
    words = pacer.words_left
    assert words == pytest.approx(17)
    pacer.advance(7)
    assert pacer.words_left == pytest.approx(words - 7)
    assert pacer.seconds_left == pytest.approx(words - 7)
    pacer.advance(1000)
    assert pacer.ended
    assert pacer.elapsed == pytest.approx(words)


def test_another_width_keeps_the_position() -> None:
    pacer = ScriptPacer()
    pacer.set_script(SCRIPT, 20)
    pacer.move_to(SCRIPT.index("gulls"))
    pacer.set_script(SCRIPT, 40)
    assert pacer.offset == pytest.approx(SCRIPT.index("gulls"), abs=1)


def test_the_pace_stays_in_its_range() -> None:
    pacer = ScriptPacer()
    pacer.change_pace(1000)
    assert pacer.pace == 260
    pacer.change_pace(-1000)
    assert pacer.pace == 60


def test_a_sentence_ends_at_its_mark_or_its_paragraph() -> None:
    starts, ends = sentence_at(SCRIPT, 3)
    assert SCRIPT[starts:ends].strip() == "Right, so this is the harbour."
    starts, ends = sentence_at(SCRIPT, SCRIPT.index("gulls"))
    assert SCRIPT[starts:ends].startswith("You can hear")


def test_mirrored_text_keeps_accents_and_turns_brackets() -> None:
    assert mirror_text("(cafe\u0301)") == "(e\u0301fac)"
