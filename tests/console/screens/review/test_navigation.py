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
from engine.deliver import find_problems, load_recipe, recipe_names, recipe_schema
from engine.resources import resource_root
from engine.speech import Transcript, Word

WORDS = st.lists(
    st.tuples(st.integers(1, 900), st.sampled_from(["Right,", "so", "the", "harbour.", "water", "Again?"])), max_size=20
)


def transcript_of(drawn: list[tuple[int, str]]) -> Transcript:
    words, at = [], Fraction(0)
    for gap, text in drawn:
        at += Fraction(gap, 1000)
        words.append(Word(text=text, start=at, end=at + Fraction(1, 10), confidence=1.0))
        at += Fraction(1, 10)
    return Transcript(
        language="en", model="m", model_digest="d", backend="faster-whisper", parameters={}, words=tuple(words)
    )


@given(WORDS)
def test_seeking_visits_every_word_once_in_both_directions(drawn: list[tuple[int, str]]) -> None:
    transcript = transcript_of(drawn)
    targets = seek_targets(transcript, None, (), Fraction(60))
    at, visited = Fraction(-1), []
    while (found := targets.after("word", at)) is not None:
        visited.append(at := found)
    assert visited == [word.start for word in transcript.words]
    visited_back = [at] if visited else []
    while (found := targets.before("word", at)) is not None:
        visited_back.append(at := found)
    assert visited_back[::-1] == visited
    assert set(targets.sentence) <= set(targets.word)
    for start, end in targets.silences:
        assert not [word for word in transcript.words if word.start < end and word.end > start]


@given(st.text(max_size=40), st.integers(0, 30))
def test_truncated_and_padded_text_has_the_requested_width(text: str, width: int) -> None:
    from rich.cells import cell_len

    assert cell_len(truncate(text, width)) <= width
    assert cell_len(pad(text, width)) == width


def test_levels_are_formatted_with_units() -> None:
    assert (format_level(-19.24), format_level(None), format_level(float("-inf"), "dBTP")) == (
        "−19.2 LUFS",
        "— LUFS",
        "— dBTP",
    )


def test_a_sparkline_has_the_requested_width_and_scale() -> None:
    assert sparkline([0, 255, 128], 3) == "▁▇▄"
    assert len(sparkline([0, 255, 3], 7)) == 7
    # Noise below quiet speech stays low.
    assert set(sparkline([2, 3, 2], 3)) <= set("▁▂")
    assert sparkline([], 4) == "    "


def test_a_fault_has_the_line_of_its_error() -> None:
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
def test_text_that_cannot_be_parsed_is_a_fault(text: str) -> None:
    (fault,) = find_problems(text)
    assert fault.line == 0


def test_every_recipe_key_has_a_description() -> None:
    schema = recipe_schema()
    tables: list[tuple[str, ...]] = [
        (),
        ("picture",),
        ("picture", "captions"),
        ("sound",),
        ("captions",),
        ("container",),
    ]
    keys = [
        (table, completion.removesuffix(" = "))
        for table in tables
        for completion in completions(schema, CursorContext(table, None, ""))
    ]
    assert {("sound",), ("picture",)} < {table for table, _ in keys}
    for table, key in keys:
        said = describe_key(schema, CursorContext(table, key, ""))
        assert said.startswith(key)
        assert said.endswith(".")


def test_completion_offers_only_valid_keys_and_values() -> None:
    schema = recipe_schema()
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
