"""Runs are in visual order, each in a font with its characters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.text import select_faces
from engine.text.runs import visual_runs

from .golden_texts import the_same_fonts_everywhere


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    with the_same_fonts_everywhere():
        yield


def seen(text: str) -> list[str]:
    return [run.text for run in visual_runs(text, select_faces(text))]


def families(text: str) -> list[str]:
    return [run.face.family for run in visual_runs(text, select_faces(text)) if not run.text.isspace()]


def test_a_text_of_one_font_is_one_piece() -> None:
    assert seen("Hello, мир and שלום עולם!") == ["Hello, мир and שלום עולם!"]


def test_a_rare_sign_changes_nothing_beside_it() -> None:
    assert families("la ♪ la") == ["FiraGO", "DejaVu Sans", "FiraGO"]
    assert families("你好 ok") == ["Noto Sans SC", "FiraGO"]


def test_a_row_that_runs_leftward_begins_at_the_right() -> None:
    assert seen("אני ♪ כאן") == ["כאן", " ", "♪", " ", "אני"]
    assert seen("אני ♪ OK") == ["OK", " ", "♪", " ", "אני"]
    assert seen("you ♪ אני ♪ OK") == ["you", " ", "♪", " ", "אני", " ", "♪", " ", "OK"]


def test_what_stands_between_two_that_run_leftward_runs_with_them() -> None:
    assert seen("see אני ♪ כאן now") == ["see אני", " ", "♪", " ", "כאן now"]
    assert seen("你 אני ♪ כאן 好") == ["你", " ", "כאן", " ", "♪", " ", "אני", " ", "好"]


def test_emoji_are_in_colour_and_one_is_never_parted() -> None:
    assert families("a 👩‍🚀❤️ b ❤ c") == ["FiraGO", "Four Emoji", "FiraGO", "DejaVu Sans", "FiraGO"]
    assert "👩‍🚀❤️" in seen("a 👩‍🚀❤️ b")
