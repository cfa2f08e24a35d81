"""Names with escape sequences are shown as text and not executed by the terminal."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.color import Color

from cwtui.console.terminal.filters import ControlCharacterFilter
from engine.errors import RequestError
from engine.studio import Studio

from ..pilot import isolated_environment
from ..terminal_pty import TerminalPty, console_command

ESCAPES = "\x1b[31m\x1b]0;pwned\x07\x9b2J"


def test_control_characters_are_removed_from_rendered_text() -> None:
    filtered = ControlCharacterFilter().apply([Segment(f"a{ESCAPES}\u202eb · 👩‍👧 ए")], Color(0, 0, 0))
    assert [segment.text for segment in filtered] == ["a[31m]0;pwned2Jb · 👩‍👧 ए"]


def test_a_take_name_cannot_set_the_terminal_title(studio_folder: Path, tmp_path: Path) -> None:
    with sqlite3.connect(studio_folder / "catalog.sqlite") as catalog:
        catalog.execute("UPDATE take SET name = ?", (f"IMG{ESCAPES}",))
    with TerminalPty(console_command(studio_folder), (120, 40), isolated_environment(tmp_path)) as terminal:
        terminal.until_shown("001-IMG")
        terminal.until_quiet()
        assert b"\x1b]0;pwned" not in terminal.since(0)
        assert b"pwned" in terminal.since(0)


def test_a_project_name_with_control_characters_is_refused(studio: Studio) -> None:
    with pytest.raises(RequestError, match="control characters"):
        studio.new_project(f"Harbour{ESCAPES}")
