"""Composed captions are readable and conform to the style for any speech and any picture cuts."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.captions import Style, cues_from, lint

from .caption_data import steady_words, transcript


def test_captions_end_at_the_end_of_a_sentence() -> None:
    cues = cues_from(transcript(*steady_words("The harbour is quiet. Nobody is up yet, and the boats lie still.", 0.4)))
    assert [cue.text for cue in cues] == ["The harbour is quiet.", "Nobody is up yet, and the boats lie still."]


def test_a_pause_ends_a_caption() -> None:
    cues = cues_from(transcript(*steady_words("ask not", 0.5), *steady_words("what your country", 0.5, start=2.0)))
    assert [cue.text for cue in cues] == ["ask not", "what your country"]
    assert cues[1].start == 2


def test_a_full_caption_breaks_at_a_breath() -> None:
    text = "and so my fellow citizens and friends of liberty let us go forward together into whatever the day may bring"
    cues = cues_from(transcript(*steady_words(text, 0.25), breaths=(9,)))
    assert cues[0].text.replace("\n", " ") == "and so my fellow citizens and friends of liberty"


def test_lines_break_at_a_phrase_boundary() -> None:
    cues = cues_from(transcript(*steady_words("this sentence is a little too long for one single line of text", 0.25)))
    assert cues[0].text == "this sentence is a little too long\nfor one single line of text"


def test_short_exclamations_share_a_caption() -> None:
    cues = cues_from(transcript(("Oh,", 0, 0.2), ("hello.", 0.2, 0.5), ("Hi.", 0.6, 0.8), ("Fine?", 0.9, 1.9)))
    assert cues[0].text.startswith("Oh, hello. Hi.")


def test_scripts_without_spaces_are_joined_without_spaces() -> None:
    cues = cues_from(transcript(("今日", 0, 0.5), ("は", 0.5, 0.7), ("寒い。", 0.7, 1.5), language="ja"))
    assert cues[0].text == "今日は寒い。"


@pytest.mark.parametrize("length", [60, 130])
def test_a_word_longer_than_a_caption_is_not_lost(length: int) -> None:
    cues = cues_from(transcript(("x" * length, 0, 2)))
    assert "".join(cue.text for cue in cues).replace("\n", "") == "x" * length


def test_two_speakers_never_share_a_line() -> None:
    speech = transcript(
        *steady_words("Who is there?", 0.5), *steady_words("Only me.", 0.6, start=1.6),
        speakers=["s1"] * 3 + ["s2"] * 2, names=(("s2", "Ann"),),
    )  # fmt: skip
    assert [(cue.text, cue.speaker) for cue in cues_from(speech)] == [("Who is there?", "s1"), ("Only me.", "Ann")]


def test_a_quick_answer_is_a_dialogue_caption() -> None:
    speech = transcript(*steady_words("Ready?", 0.4), ("Yes.", 0.5, 0.8), speakers=["s1", "s2"], names=(("s2", "Ann"),))
    (cue,) = cues_from(speech)
    assert (cue.text, cue.speaker, cue.answered_by) == ("-Ready?\n-Yes.", "s1", "Ann")


def test_a_caption_ends_two_frames_before_a_cut_in_mid_sentence() -> None:
    speech = transcript(*steady_words("the boats lie still and nobody is up yet to see them go", 0.4))
    frame, cut = Fraction(1, 24), Fraction(2)
    first, second = cues_from(speech, cuts=[cut], frame=frame)
    assert first.text == "the boats lie still"
    assert first.end == cut - 2 * frame
    assert second.start == cut


@pytest.mark.parametrize("cut", [1.9, 2.3])
def test_speech_that_starts_near_a_cut_appears_at_the_cut(cut: float) -> None:
    speech = transcript(*steady_words("the boats lie still", 0.5, start=2.1))
    (cue,) = cues_from(speech, cuts=[Fraction(str(cut))], frame=Fraction(1, 25))
    assert cue.start == Fraction(str(cut))


def test_a_cut_soon_after_the_start_delays_no_caption() -> None:
    speech = transcript(*steady_words("lie still", 0.3), *steady_words("and nobody is up", 0.3, start=0.75))
    cues = cues_from(speech, cuts=[Fraction(7, 10)], frame=Fraction(1, 25))
    assert cues[0].start == 0


def test_speech_that_ends_near_a_cut_disappears_before_it() -> None:
    speech = transcript(*steady_words("the boats lie still", 0.5, start=1))
    for cut in (Fraction("2.8"), Fraction("3.28")):
        (cue,) = cues_from(speech, cuts=[cut], frame=Fraction(1, 25))
        assert cue.end == cut - Fraction(2, 25)


def test_a_short_gap_is_reduced_to_the_minimum() -> None:
    speech = transcript(*steady_words("The boats lie still.", 0.5), *steady_words("Nobody is up.", 0.5, start=2.3))
    first, second = cues_from(speech)
    assert second.start - first.end == Fraction(1, 12)


def test_times_lie_on_the_frame_grid() -> None:
    speech = transcript(*steady_words("The harbour is quiet. Nobody is up yet, and the boats lie still.", 0.417))
    frame = Fraction(1001, 30000)
    assert all(
        (time / frame).denominator == 1 for cue in cues_from(speech, frame=frame) for time in (cue.start, cue.end)
    )


def test_a_custom_style_is_applied() -> None:
    speech = transcript(*steady_words("the boats lie still and nobody is up yet", 0.4))
    cues = cues_from(speech, style=Style(line=20, lines=1))
    assert [cue.text for cue in cues] == ["the boats lie still", "and nobody is up yet"]


def test_a_correction_of_several_words_is_broken_into_lines() -> None:
    speech = transcript(("New York City is much further away from here than\nanybody said", 0, 4))
    assert [len(line) <= 42 for line in cues_from(speech)[0].text.split("\n")] == [True, True]


spoken_words = st.lists(
    st.tuples(
        st.one_of(st.text("abcdefghij", min_size=1, max_size=14), st.sampled_from(["x" * 95, "日本語" * 30, "a b"])),
        st.sampled_from(["", "", "", "", ",", ".", "?"]),
        st.integers(40, 1200),
        st.integers(0, 900),
        st.sampled_from(["s1", "s1", "s1", "s2", None]),
    ),
    min_size=1,
    max_size=60,
)
cuts = st.lists(st.fractions(0, 60, max_denominator=1001), max_size=20)
frames = st.sampled_from([None, Fraction(1, 24), Fraction(1, 60), Fraction(1001, 30000)])


@given(spoken_words, cuts, frames, st.sampled_from(["en", "ja"]))
def test_captions_conform_for_any_speech_and_cuts(
    drawn: list[tuple[str, str, int, int, str | None]], cuts: list[Fraction], frame: Fraction | None, language: str
) -> None:
    now = Fraction(0)
    words = []
    for text, punctuation, length, pause, _ in drawn:
        words.append((text + punctuation, float(now), float(now + Fraction(length, 1000))))
        now += Fraction(length + pause, 1000)
    speech = transcript(*words, speakers=[speaker for *_, speaker in drawn], language=language)
    cues = cues_from(speech, cuts=cuts, frame=frame)
    found = lint(cues, cuts=cuts, frame=frame)
    assert [finding for finding in found if finding.rule != "reading-speed"] == []
    shown = [line.removeprefix("-") if cue.answered_by else line for cue in cues for line in cue.text.split("\n")]
    assert "".join("".join(shown).split()) == "".join("".join(text for text, *_ in words).split())
    assert all(after.start >= before.end for before, after in pairwise(cues))
    # The words with their times are the whole text, in order.
    timed = [cue.text[word.first : word.last] for cue in cues for word in cue.words]
    assert "".join("".join(timed).split()) == "".join("".join(shown).split())
    assert all(one.start <= other.start for cue in cues for one, other in pairwise(cue.words))


CALM_WORDS = ["the", "boats", "lie", "still.", "nobody", "is", "up,", "yet", "and"]


@given(st.lists(st.sampled_from(CALM_WORDS), min_size=1, max_size=60))
def test_calm_speech_has_no_findings(words: list[str]) -> None:
    cues = cues_from(transcript(*steady_words(" ".join(words), 0.6)))
    assert lint(cues) == []


@pytest.mark.parametrize("frame", [None, Fraction(1001, 30000)])
@pytest.mark.parametrize("end", [Fraction(11011, 1000), Fraction(5), Fraction(21, 20)])
def test_no_caption_outlasts_the_recording(end: Fraction, frame: Fraction | None) -> None:
    speech = transcript(*steady_words("What you can do for your country is what you ask, and nothing else.", 0.07))
    cues = cues_from(speech, frame=frame, end=end)
    edges = [edge for cue in cues for edge in (cue.start, cue.end)]
    assert edges == sorted(edges)
    assert edges[0] >= 0
    assert edges[-1] <= end
    assert all(cue.start < cue.end for cue in cues)
    assert cues_from(speech.model_copy(update={"duration": end}), frame=frame) == cues
