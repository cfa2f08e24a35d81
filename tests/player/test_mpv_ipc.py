"""mpv client: sent commands, received events, and closed windows."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from typing import Any

import pytest

from engine.errors import EngineError
from engine.player import MpvClient, mpv_ipc
from tests.waiting import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a short path, as sockets require."""
    with TemporaryDirectory(prefix="cw") as name:
        yield Path(name)


class FakeMpv:
    """A fake mpv: reads one JSON object per line."""

    def __init__(self, address: Path) -> None:
        self.commands: list[list[Any]] = []
        self.request_ids: list[int] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(address))
        self._listener.listen(1)
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._connection, _ = self._listener.accept()
        for line in self._connection.makefile("rb"):
            request = json.loads(line)
            self.commands.append(request["command"])
            self.request_ids.append(request["request_id"])

    def send(self, *messages: object) -> None:
        for message in messages:
            self._connection.sendall(json.dumps(message).encode() + b"\n")

    def disconnect(self) -> None:
        self._connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def connected(folder: Path) -> Iterator[tuple[FakeMpv, MpvClient]]:
    mpv = FakeMpv(folder / "a.sock")
    client = MpvClient(folder / "a.sock")
    yield mpv, client
    client.close()


def test_commands_are_sent_in_the_syntax_of_mpv(folder: Path) -> None:
    with connected(folder) as (mpv, client):
        client.seek(Fraction(3, 2))
        client.pause(False)
        client.show_text("100 $ worth")
        wait_until(lambda: len(mpv.commands) == len(mpv.request_ids) == 7)
        assert mpv.commands[:4] == [
            ["observe_property", 1, "time-pos"],
            ["observe_property", 2, "pause"],
            ["observe_property", 3, "speed"],
            ["observe_property", 4, "play-direction"],
        ]
        assert mpv.commands[4:] == [
            ["seek", 1.5, "absolute+exact"],
            ["set_property", "pause", False],
            ["show-text", "100 $$ worth", 1000],
        ]
        assert len(set(mpv.request_ids)) == 7


def test_cleaned_audio_is_added_once_and_then_selected(folder: Path) -> None:
    with connected(folder) as (mpv, client):
        for cleaned in (Path("/a.wav"), None, Path("/a.wav")):
            client.set_audio(cleaned, -2.5)
        wait_until(lambda: len(mpv.commands) == 10)
        assert [command for command in mpv.commands if command[0] == "audio-add"] == [
            ["audio-add", "/a.wav", "select", "cleaned"]
        ]
        assert [command[2] for command in mpv.commands if command[:2] == ["set_property", "aid"]] == [1, 2]
        assert mpv.commands[-1] == ["set_property", "af", "lavfi=[volume=-2.50dB]"]


def test_the_position_is_read_among_other_messages(folder: Path) -> None:
    with connected(folder) as (mpv, client):
        wait_until(lambda: mpv.commands)
        assert client.position() is None
        mpv.send([], {"event": "property-change", "name": "time-pos", "data": None})
        mpv.send({"event": "property-change", "name": "time-pos", "data": float("inf")})
        mpv.send(
            {"event": "property-change", "name": "time-pos", "data": 2.0404}, {"request_id": 0, "error": "success"}
        )
        mpv.send({"event": "property-change", "name": "pause", "data": False})
        wait_until(lambda: not client.paused)
        assert client.position() == Fraction(2040, 1000)


def test_a_player_that_cannot_play_in_reverse_is_recognised(folder: Path) -> None:
    with connected(folder) as (mpv, client):
        client.set_speed(Fraction(-2))
        wait_until(lambda: len(mpv.commands) == 6)
        assert mpv.commands[4:] == [
            ["set_property", "play-direction", "backward"],
            ["set_property", "speed", 2.0],
        ]
        assert (client.speed, client.can_reverse) == (-2, True)
        mpv.send({"request_id": mpv.request_ids[4], "error": "property not found"})
        wait_until(lambda: not client.can_reverse)
        assert client.speed == 2
        mpv.send({"event": "property-change", "name": "speed", "data": 0.25})
        mpv.send({"event": "property-change", "name": "play-direction", "data": "backward"})
        wait_until(lambda: client.speed == Fraction(-1, 4))


def test_commands_to_a_closed_window_do_not_fail(folder: Path) -> None:
    with connected(folder) as (mpv, client):
        wait_until(lambda: mpv.commands)
        mpv.disconnect()
        wait_until(lambda: not client.alive)
        for _ in range(2):
            client.seek(Fraction(1))
            client.pause(True)
            client.show_text("gone")
            client.close()
        assert not client.alive


def test_a_hanging_window_does_not_block_and_gets_whole_commands_later(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "a.sock"))
        listener.listen(1)
        client = MpvClient(folder / "a.sock")
        connection, _ = listener.accept()
        count = 20_000
        for number in range(count):
            client.seek(Fraction(number))
        assert client.alive
        connection.settimeout(0.5)
        received = b""
        with suppress(TimeoutError):
            while True:
                received += connection.recv(1 << 16)
        client.pause(True)
        received += connection.recv(1 << 16)
        assert received.endswith(b"\n")
        requests = [json.loads(line) for line in received.splitlines()]
        assert 100 < len(requests) < count
        assert requests[-1]["command"] == ["set_property", "pause", True]
        client.close()
        assert connection.recv(1) == b""
        connection.close()


def test_the_client_waits_for_a_window_that_is_opening(folder: Path) -> None:
    servers: list[FakeMpv] = []
    timer = Timer(0.3, lambda: servers.append(FakeMpv(folder / "a.sock")))
    timer.start()
    client = MpvClient(folder / "a.sock")
    wait_until(lambda: servers and len(servers[0].commands) == 4)
    assert client.alive
    client.close()
    timer.join()


def test_a_window_that_does_not_open_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpv_ipc, "_CONNECT_TIMEOUT_S", 0.2)
    with pytest.raises(EngineError, match="does not accept commands"):
        MpvClient(folder / "a.sock")
    with pytest.raises(EngineError, match="cannot be reached"):
        MpvClient(folder / "gone" / "a.sock")


def test_a_socket_that_other_users_can_access_is_refused(folder: Path) -> None:
    folder.chmod(0o755)
    FakeMpv(folder / "a.sock")
    with pytest.raises(EngineError, match="Other users can access"):
        MpvClient(folder / "a.sock")


@pytest.mark.skipif(not shutil.which("mpv"), reason="needs mpv")
def test_mpv_follows_commands(folder: Path, small_take: Path) -> None:
    window = subprocess.Popen(
        ["mpv", "--no-config", "--vo=null", "--ao=null", "--pause", "--keep-open=yes", "--no-terminal",
         f"--input-ipc-server={folder / 'mpv.sock'}", str(small_take)]
    )  # fmt: skip
    try:
        client = MpvClient(folder / "mpv.sock")
        wait_until(lambda: client.position() is not None)
        client.seek(Fraction(1, 2))
        wait_until(lambda: abs((client.position() or 0) - Fraction(1, 2)) < Fraction(1, 20))
        assert client.paused
        client.show_text("here")
        client.pause(False)
        wait_until(lambda: (client.position() or 0) > Fraction(3, 5))
        client.seek(Fraction(0))
        client.pause(True)
        wait_until(lambda: client.paused)
    finally:
        window.kill()
        window.wait()
    wait_until(lambda: not client.alive)
    client.close()
