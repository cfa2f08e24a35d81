"""Sessions are saved and loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from cwtui.console.session import Session, read_session, session_path, write_session


def test_a_session_is_saved_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    session = Session(studio=str(tmp_path), screen="cut", protocols={"xterm": "sixel"})
    write_session(tmp_path, session)
    assert read_session(tmp_path) == session


def test_an_earlier_session_keeps_its_screen_and_protocols(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = session_path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text('{"room": "cut", "ways": {"xterm": "sixel"}}')
    session = read_session(tmp_path)
    assert (session.screen, session.protocols) == ("cut", {"xterm": "sixel"})
