"""mpv client: sent commands, received events, and closed windows."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from typing import Any

import pytest

from engine.errors import EngineError
from engine.player import MpvClient, mpv_ipc


@pytest.fixture
def folder() -> Iterator[Path]:
    """A private folder with a short path, as sockets require."""
    with TemporaryDirectory(prefix="cw") as name:
        yield Path(name)


class Peer:
    """A fake mpv: reads one JSON object per line."""

    def __init__(self, address: Path) -> None:
        self.heard: list[list[Any]] = []
        self.numbers: list[int] = []
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(address))
        self._door.listen(1)
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._line, _ = self._door.accept()
        for line in self._line.makefile("rb"):
            order = json.loads(line)
            self.heard.append(order["command"])
            self.numbers.append(order["request_id"])

    def say(self, *told: object) -> None:
        for one in told:
            self._line.sendall(json.dumps(one).encode() + b"\n")

    def leave(self) -> None:
        self._line.shutdown(socket.SHUT_RDWR)


@contextmanager
def followed(folder: Path) -> Iterator[tuple[Peer, MpvClient]]:
    peer = Peer(folder / "a.sock")
    follower = MpvClient(folder / "a.sock")
    yield peer, follower
    follower.close()


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_orders_arrive_in_mpvs_words(folder: Path) -> None:
    with followed(folder) as (peer, follower):
        follower.seek(Fraction(3, 2))
        follower.pause(False)
        follower.show_text("100 $ worth")
        until(lambda: len(peer.heard) == len(peer.numbers) == 5)
        assert peer.heard[:2] == [["observe_property", 1, "time-pos"], ["observe_property", 2, "pause"]]
        assert peer.heard[2:] == [
            ["seek", 1.5, "absolute+exact"],
            ["set_property", "pause", False],
            ["show-text", "100 $$ worth", 1000],
        ]
        assert len(set(peer.numbers)) == 5


def test_the_other_side_is_added_once_and_then_chosen(folder: Path) -> None:
    with followed(folder) as (peer, follower):
        for cleaned in (Path("/a.wav"), None, Path("/a.wav")):
            follower.set_audio(cleaned, -2.5)
        until(lambda: len(peer.heard) == 8)
        assert [words for words in peer.heard if words[0] == "audio-add"] == [
            ["audio-add", "/a.wav", "select", "cleaned"]
        ]
        assert [words[2] for words in peer.heard if words[:2] == ["set_property", "aid"]] == [1, 2]
        assert peer.heard[-1] == ["set_property", "af", "lavfi=[volume=-2.50dB]"]


def test_it_knows_where_the_window_is_whatever_else_is_said(folder: Path) -> None:
    with followed(folder) as (peer, follower):
        until(lambda: peer.heard)
        assert follower.position() is None
        peer.say([], {"event": "property-change", "name": "time-pos", "data": None})
        peer.say({"event": "property-change", "name": "time-pos", "data": float("inf")})
        peer.say(
            {"event": "property-change", "name": "time-pos", "data": 2.0404}, {"request_id": 0, "error": "success"}
        )
        peer.say({"event": "property-change", "name": "pause", "data": False})
        until(lambda: not follower.paused)
        assert follower.position() == Fraction(2040, 1000)


def test_a_closed_window_is_no_longer_there_and_no_order_fails(folder: Path) -> None:
    with followed(folder) as (peer, follower):
        until(lambda: peer.heard)
        peer.leave()
        until(lambda: not follower.alive)
        for _ in range(2):
            follower.seek(Fraction(1))
            follower.pause(True)
            follower.show_text("gone")
            follower.close()
        assert not follower.alive


def test_a_window_that_hangs_holds_nobody_up_and_hears_whole_orders_later(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "a.sock"))
        door.listen(1)
        follower = MpvClient(folder / "a.sock")
        line, _ = door.accept()
        asked, begun = 20_000, time.monotonic()
        for number in range(asked):
            follower.seek(Fraction(number))
        assert time.monotonic() - begun < 5
        assert follower.alive
        line.settimeout(0.5)
        held = b""
        with suppress(TimeoutError):
            while True:
                held += line.recv(1 << 16)
        follower.pause(True)
        held += line.recv(1 << 16)
        assert held.endswith(b"\n")
        orders = [json.loads(said) for said in held.splitlines()]
        assert 100 < len(orders) < asked
        assert orders[-1]["command"] == ["set_property", "pause", True]
        follower.close()
        assert line.recv(1) == b""
        line.close()


def test_a_window_that_is_still_coming_is_waited_for(folder: Path) -> None:
    peers: list[Peer] = []
    coming = Timer(0.3, lambda: peers.append(Peer(folder / "a.sock")))
    coming.start()
    follower = MpvClient(folder / "a.sock")
    until(lambda: peers and len(peers[0].heard) == 2)
    assert follower.alive
    follower.close()
    coming.join()


def test_a_window_that_never_comes_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpv_ipc, "_CONNECT_TIMEOUT_S", 0.2)
    with pytest.raises(EngineError, match="does not accept commands"):
        MpvClient(folder / "a.sock")
    with pytest.raises(EngineError, match="cannot be reached"):
        MpvClient(folder / "gone" / "a.sock")


def test_a_socket_that_others_may_reach_is_refused(folder: Path) -> None:
    folder.chmod(0o755)
    Peer(folder / "a.sock")
    with pytest.raises(EngineError, match="Other users can access"):
        MpvClient(folder / "a.sock")


@pytest.mark.skipif(not shutil.which("mpv"), reason="no mpv here")
def test_mpv_itself_goes_where_it_is_told(folder: Path, small_take: Path) -> None:
    window = subprocess.Popen(
        ["mpv", "--no-config", "--vo=null", "--ao=null", "--pause", "--keep-open=yes", "--no-terminal",
         f"--input-ipc-server={folder / 'mpv.sock'}", str(small_take)]
    )  # fmt: skip
    try:
        follower = MpvClient(folder / "mpv.sock")
        until(lambda: follower.position() is not None)
        follower.seek(Fraction(1, 2))
        until(lambda: abs((follower.position() or 0) - Fraction(1, 2)) < Fraction(1, 20))
        assert follower.paused
        follower.show_text("here")
        follower.pause(False)
        until(lambda: (follower.position() or 0) > Fraction(3, 5))
        follower.seek(Fraction(0))
        follower.pause(True)
        until(lambda: follower.paused)
    finally:
        window.kill()
        window.wait()
    until(lambda: not follower.alive)
    follower.close()
