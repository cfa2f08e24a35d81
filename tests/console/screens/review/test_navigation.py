"""Navigation: properties of seek targets, and of a recipe's text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwtui.block_chart import sparkline
from cwtui.console.documents.toml_completion import CursorContext, completions, cursor_context, describe_key
from cwtui.console.screens.review.navigation import seek_targets
from cwtui.console.widgets.text_layout import pad, truncate
from cwtui.formatting import format_level
from engine.deliver import Recipe, find_problems, load_recipe, recipe_names
from engine.resources import resource_root
from engine.speech import Transcript, Word

WORDS = st.lists(
    st.tuples(st.integers(1, 900), st.sampled_from(["Right,", "so", "the", "harbour.", "water", "Again?"])), max_size=20
)


def spoken(drawn: list[tuple[int, str]]) -> Transcript:
    words, at = [], Fraction(0)
    for gap, text in drawn:
        at += Fraction(gap, 1000)
        words.append(Word(text=text, start=at, end=at + Fraction(1, 10), confidence=1.0))
        at += Fraction(1, 10)
    return Transcript(
        language="en", model="m", model_digest="d", backend="faster-whisper", parameters={}, words=tuple(words)
    )


@given(WORDS)
def test_going_forth_meets_every_word_once_and_going_back_the_same_ones(drawn: list[tuple[int, str]]) -> None:
    transcript = spoken(drawn)
    steps = seek_targets(transcript, None, (), Fraction(60))
    at, met = Fraction(-1), []
    while (found := steps.after("word", at)) is not None:
        met.append(at := found)
    assert met == [word.start for word in transcript.words]
    back = [at] if met else []
    while (found := steps.before("word", at)) is not None:
        back.append(at := found)
    assert back[::-1] == met
    assert set(steps.sentence) <= set(steps.word)
    for start, end in steps.silences:
        assert not [word for word in transcript.words if word.start < end and word.end > start]


@given(st.text(max_size=40), st.integers(0, 30))
def test_a_cut_line_is_never_wider_than_asked_and_a_filled_one_exactly_as_wide(text: str, width: int) -> None:
    from rich.cells import cell_len

    assert cell_len(truncate(text, width)) <= width
    assert cell_len(pad(text, width)) == width


def test_values_are_said_for_people() -> None:
    assert (format_level(-19.24), format_level(None), format_level(float("-inf"), "dBTP")) == (
        "−19.2 LUFS",
        "— LUFS",
        "— dBTP",
    )


def test_a_sparkline_is_as_wide_as_asked_and_highest_where_it_is_loudest() -> None:
    assert sparkline([0, 255, 128], 3) == "▁█▄"
    assert len(sparkline([0, 255, 3], 7)) == 7
    # Noise below quiet speech stays low.
    assert set(sparkline([2, 3, 2], 3)) <= set("▁▂")
    assert sparkline([], 4) == "    "


def test_a_faults_line_is_the_line_it_is_on() -> None:
    text = (resource_root("presets") / "deliverables" / "youtube-4k.toml").read_text(encoding="utf-8")
    assert find_problems(text) == []
    wrong = text.replace('codec = "hevc"', 'codec = "hvec"').replace("faststart =", "fastart =")
    rows = wrong.split("\n")
    assert sorted(rows[fault.line or 0] for fault in find_problems(wrong)) == [
        'codec = "hvec"', "fastart = true",
    ]  # fmt: skip
    (broken,) = find_problems(text.replace("channels = 2", "channels = "))
    assert broken.line is not None
    assert text.split("\n")[broken.line].startswith("channels")


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "lufs = " + "1" * 5000])
def test_a_text_that_no_parser_takes_is_a_fault(text: str) -> None:
    (fault,) = find_problems(text)
    assert fault.line == 0


def test_of_every_key_of_a_recipe_there_is_something_to_tell() -> None:
    schema = Recipe.model_json_schema()
    tables: list[tuple[str, ...]] = [
        (),
        ("picture",),
        ("picture", "captions"),
        ("sound",),
        ("captions",),
        ("container",),
    ]
    keys = [
        (table, one.removesuffix(" = "))
        for table in tables
        for one in completions(schema, CursorContext(table, None, ""))
    ]
    assert {("sound",), ("picture",)} < {table for table, _ in keys}
    for table, key in keys:
        assert describe_key(schema, CursorContext(table, key, "")).startswith(key)


def test_completion_offers_only_what_the_recipe_then_takes() -> None:
    schema = Recipe.model_json_schema()
    assert completions(schema, CursorContext(("picture",), "codec", '"h')) == ['"hevc"', '"h264"']
    assert completions(schema, CursorContext(("picture", "captions"), None, "outline_")) == ["outline_colour = "]
    assert "from -40 to -5" in describe_key(schema, CursorContext(("sound",), "lufs", ""))
    for name in recipe_names():
        text = (resource_root("presets") / "deliverables" / f"{name}.toml").read_text(encoding="utf-8")
        for number, row in enumerate(text.split("\n")):
            key, equals, _ = row.partition("=")
            if equals and not row.startswith("#") and key.strip().isidentifier():
                at = cursor_context(text, number, 0)
                assert f"{key.strip()} = " in completions(schema, at), (name, row)
    assert load_recipe("podcast").sound
