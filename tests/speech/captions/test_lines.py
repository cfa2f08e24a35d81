"""Lines break at phrase boundaries."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from engine.speech.captions import cues_from
from engine.speech.captions.cue import columns
from engine.speech.captions.graphemes import graphemes

from .caption_data import steady_words, transcript


def caption(text: str, language: str = "en") -> str:
    return cues_from(transcript(*steady_words(text, 0.2), language=language))[0].text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I never wanted to come here,\nbut my brother asked me to do it", "en"),
        ("we met each other in the old harbour\nbefore the last boats had left", "en"),
        ("everybody had been waiting\nfor Maria Callas to come on and sing", "en"),
        ("that long road to the coast is more\nthan 300 kilometres from end to end", "en"),
        ("nobody had told us anything\nabout the storm on the lake", "en"),
        ("er hat mir gestern nicht gesagt,\ndass die Boote noch draußen sind", "de"),
        ("je ne savais pas que tu venais\navec les enfants de la voisine", "fr"),
    ],
)
def test_lines_break_between_phrases(text: str, language: str) -> None:
    assert caption(text.replace("\n", " "), language) == text


def test_equal_breaks_put_the_shorter_line_first() -> None:
    assert caption("xxxx " * 10 + "yyyy") == "xxxx xxxx xxxx xxxx xxxx\nxxxx xxxx xxxx xxxx xxxx yyyy"


def test_text_that_fits_one_line_is_not_broken() -> None:
    assert "\n" not in caption("the boats lie still, and nobody is up yet.")


def test_full_width_text_is_two_columns_and_breaks_after_marks() -> None:
    text = caption("吾輩は猫である名前はまだ無いどこで生れたか、とんと見当がつかぬ。", "ja")
    assert all(columns(line) <= 42 for line in text.split("\n"))
    assert not any(line[0] in "、。" for line in text.split("\n"))


def test_graphemes_stay_whole_in_a_word_longer_than_a_line() -> None:
    text = "👩‍👩‍👧‍👦e\u0301กำ각한" * 12
    shown = [line for cue in cues_from(transcript((text, 0, 9))) for line in cue.text.split("\n")]
    assert "".join(shown) == text
    assert all(regex.findall(r"\X", line)[0] == graphemes(line)[0] for line in shown)
    assert all(columns(line) <= 42 for line in shown)


def test_right_to_left_text_keeps_its_logical_order() -> None:
    text = "القوارب ساكنة ولا أحد مستيقظ بعد في هذا الميناء القديم الجميل"
    assert caption(text, "ar").replace("\n", " ") == text


LETTERS = [
    "a",
    "e\u0301\u0323",
    "👩‍👩‍👧‍👦",
    "👍🏽",
    "❤️",
    "🇫🇷",
    "क्षि",
    "த",
    "กำ",
    "각",
    "\u1112\u1161\u11ab",
    "日",
    "、",
    "שָׁ",
    "مَ",
    " ",
]


@given(st.lists(st.sampled_from(LETTERS)))
def test_graphemes_agree_with_the_regex_package(letters: list[str]) -> None:
    text = "".join(letters)
    assert graphemes(text) == regex.findall(r"\X", text)
