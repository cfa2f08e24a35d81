"""Notes of reviewers, as text editors and spreadsheets write them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from engine.errors import RequestError
from engine.expert_review import ReviewNote, read_notes


def notes(tmp_path: Path, text: str, deliverables: int = 1) -> tuple[tuple[ReviewNote, ...], ...]:
    path = tmp_path / "notes.csv"
    path.write_text(text)
    return read_notes(path, deliverables)


def test_notes_are_in_the_order_of_time(tmp_path: Path) -> None:
    (found,) = notes(tmp_path, "time,note\n1:02.5,The logo, please\n\n3,Too dark\n")
    assert [(one.at, one.text) for one in found] == [(3, "Too dark"), (Fraction(125, 2), "The logo, please")]


def test_a_spreadsheet_with_semicolons_and_a_mark_is_read(tmp_path: Path) -> None:
    (found,) = notes(tmp_path, "\ufefftime;note\n0:03;Zu dunkel, bitte heller\n")
    assert [one.text for one in found] == ["Zu dunkel, bitte heller"]


def test_a_number_before_the_time_names_the_deliverable(tmp_path: Path) -> None:
    first, second = notes(tmp_path, "2 0:01,second\n1 0:02,first\n", 2)
    assert ([one.text for one in first], [one.text for one in second]) == (["first"], ["second"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0:01,x\0\n" + "y" * 200_000, "is not a list of notes|line 1"),
        ("0:01\n", "line 1: the note must have 1 to 200 characters"),
        ("time,note\nsoon,x\n", "line 2: “soon” is not a time"),
        ("3 0:01,x\n", "line 1: there is no deliverable 3"),
        (f"0:01,{'x' * 201}\n", "line 1: the note must have"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        notes(tmp_path, text)
