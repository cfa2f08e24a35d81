"""The socket address of a player."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from engine.player import open as opening
from engine.player.unix_socket import is_listening


def test_the_socket_address_is_valid_with_a_deep_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 20)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    address = opening._sockets() / opening._address()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
    assert not is_listening(address)
    opening._sockets()
    assert not address.exists()
    assert address.parent.stat().st_mode & 0o077 == 0
