"""Names with escape sequences are shown, and the terminal does not execute them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color

from cwtui.console.terminal.filters import ControlCharacterFilter
from engine.errors import RequestError
from engine.studio import Studio

from ..pilot import own_state
from ..terminal_pty import TerminalPty, console_command

ORDERS = "\x1b[31m\x1b]0;pwned\x07\x9b2J"


def test_what_is_drawn_has_no_orders_in_it_and_what_is_written_stays() -> None:
    drawn = ControlCharacterFilter().apply([Segment(f"a{ORDERS}\u202eb · 👩‍👧 ए")], Color(0, 0, 0))
    assert [segment.text for segment in drawn] == ["a[31m]0;pwned2Jb · 👩‍👧 ए"]


def test_a_take_from_a_strange_card_cannot_name_the_window(studio_folder: Path, tmp_path: Path) -> None:
    with sqlite3.connect(studio_folder / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE take SET name = ?", (f"IMG{ORDERS}",))
    with TerminalPty(console_command(studio_folder), (120, 40), own_state(tmp_path)) as terminal:
        terminal.until_shown("001-IMG")
        terminal.until_quiet()
        assert b"\x1b]0;pwned" not in terminal.since(0)
        assert b"pwned" in terminal.since(0)


def test_a_project_is_not_called_by_orders(studio: Studio) -> None:
    with pytest.raises(RequestError, match="control characters"):
        studio.new_project(f"Harbour{ORDERS}")
