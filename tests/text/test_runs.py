"""Runs are in visual order, each in a font with its characters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.text import select_faces
from engine.text.runs import visual_runs

from .golden_texts import fixed_fonts


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    with fixed_fonts():
        yield


def run_texts(text: str) -> list[str]:
    return [run.text for run in visual_runs(text, select_faces(text))]


def families(text: str) -> list[str]:
    return [run.face.family for run in visual_runs(text, select_faces(text)) if not run.text.isspace()]


def test_a_text_in_one_font_is_one_run() -> None:
    assert run_texts("Hello, мир and שלום עולם!") == ["Hello, мир and שלום עולם!"]


def test_a_rare_symbol_keeps_the_font_of_its_neighbours() -> None:
    assert families("la ♪ la") == ["FiraGO", "DejaVu Sans", "FiraGO"]
    assert families("你好 ok") == ["Noto Sans SC", "FiraGO"]


def test_a_right_to_left_line_starts_at_the_right() -> None:
    assert run_texts("אני ♪ כאן") == ["כאן", " ", "♪", " ", "אני"]
    assert run_texts("אני ♪ OK") == ["OK", " ", "♪", " ", "אני"]
    assert run_texts("you ♪ אני ♪ OK") == ["you", " ", "♪", " ", "אני", " ", "♪", " ", "OK"]


def test_symbols_between_right_to_left_words_run_with_them() -> None:
    assert run_texts("see אני ♪ כאן now") == ["see אני", " ", "♪", " ", "כאן now"]
    assert run_texts("你 אני ♪ כאן 好") == ["你", " ", "כאן", " ", "♪", " ", "אני", " ", "好"]


def test_emoji_are_in_colour_and_never_split() -> None:
    assert families("a 👩‍🚀❤️ b ❤ c") == ["FiraGO", "Four Emoji", "FiraGO", "DejaVu Sans", "FiraGO"]
    assert "👩‍🚀❤️" in run_texts("a 👩‍🚀❤️ b")
