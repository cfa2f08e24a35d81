"""Labels and values are wrapped as far as there is room, warnings first."""

from __future__ import annotations

from cwtui.console.theme import DARK
from cwtui.console.widgets.detail_list import layout_details

_LONG = "one two three four five six seven"


def _lines(height: int) -> list[str]:
    lines = [("a", _LONG, "text"), ("b", "short", "text"), ("c", _LONG, "amber")]
    return layout_details(DARK, lines, 32, height).plain.split("\n")


def test_all_lines_are_wrapped_where_there_is_room() -> None:
    assert [line[:11].strip() for line in _lines(5)] == ["a", "", "b", "c", ""]
    assert not any("…" in line for line in _lines(5))


def test_a_warning_is_wrapped_before_other_lines() -> None:
    lines = _lines(4)
    assert [line[:11].strip() for line in lines] == ["a", "b", "c", ""]
    assert lines[0].endswith("…")
    assert " ".join(line[11:].strip() for line in lines[2:]) == _LONG


def test_a_line_is_wrapped_in_part_and_its_rest_truncated() -> None:
    lines = layout_details(DARK, [("a", f"{_LONG} {_LONG} {_LONG}", "text")], 32, 2).plain.split("\n")
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert "…" not in lines[0]


def test_lines_without_room_are_counted() -> None:
    assert _lines(2)[1].strip() == "and 2 lines more"
