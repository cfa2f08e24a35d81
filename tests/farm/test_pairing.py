"""Pairing: a code lets one machine in, and nothing else that a stranger can send does."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from engine.catalog import Catalog
from engine.errors import EngineError, RequestError, TransientError
from engine.farm import (
    ROLES,
    Authority,
    PairingRefused,
    join,
    leaf_files,
    leave,
    list_memberships,
    memberships_folder,
    new_code,
    parse_address,
    read_leaf,
    refresh,
    unreachable,
)
from engine.farm.pairing_channel import Frames, KeyAgreement
from tests.farm.pairing import HOST_NAME, LOOPBACK, open_code, paired_by, recorded


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    folder = tmp_path / "studio"
    folder.mkdir()
    Catalog.in_studio(folder).close()
    return folder


@pytest.fixture
def host(studio: Path) -> Iterator[int]:
    """The port of a host with the code 123456."""
    open_code(studio)
    with paired_by(studio, Authority(studio)) as port:
        yield port


def machines(studio: Path) -> dict[str, str]:
    """The states of the machines by name."""
    with closing(Catalog.in_studio(studio)) as catalog:
        return {one.name: one.state for one in catalog.farm.machines()}


def tries(studio: Path) -> int:
    with closing(Catalog.in_studio(studio)) as catalog:
        code = catalog.farm_codes.current()
    assert code
    return code.tries


def send(port: int, *frames: bytes) -> list[dict[str, object]]:
    """Send frames to a host, and return its answers until it ends the connection."""
    answers = []
    with socket.create_connection((LOOPBACK, port)) as connection:
        talk = Frames(connection, 10)
        for frame in frames:
            try:
                talk.send(frame)
                answers.append(json.loads(talk.receive()))
            except (OSError, PairingRefused):
                break
    return answers


def frames_of(sent: list[bytes]) -> list[bytes]:
    """The frames of what a client has sent."""
    whole, frames = b"".join(sent), []
    while whole:
        (length,) = struct.unpack(">I", whole[:4])
        frames.append(whole[4 : 4 + length])
        whole = whole[4 + length :]
    return frames


def hello(spake2: bytes, **changes: object) -> bytes:
    return json.dumps({"farm": 1, "op": "pair", "spake2": spake2.hex(), **changes}).encode()


def test_a_code_lets_one_machine_in(studio: Path, host: int) -> None:
    membership = join(LOOPBACK, host, "123 456", "Anna’s Mac mini")
    assert (membership.host, membership.content_port, membership.scheduler_port) == (HOST_NAME, 4001, 4002)
    assert membership.fingerprint == Authority(studio).fingerprint
    assert list_memberships() == [membership]
    for role in ROLES:
        files = leaf_files(membership.folder, role)
        assert read_leaf(files.certificate.read_bytes()).name == membership.machine
        assert files.authority.read_bytes() == (studio / "farm" / "authority" / f"{role}.pem").read_bytes()
        assert files.key.stat().st_mode & 0o077 == 0
    with closing(Catalog.in_studio(studio)) as catalog:
        (machine,) = catalog.farm.machines()
        code = catalog.farm_codes.current()
    assert (machine.name, machine.label, machine.state) == (membership.machine, "Anna’s Mac mini", "active")
    assert machine.fingerprint == read_leaf(membership.content.certificate.read_bytes()).fingerprint
    assert machine.name.startswith("anna-s-mac-mini-")
    # The code is used, and not stored any more.
    assert code
    assert (code.code, code.used_by) == ("", membership.machine)
    with pytest.raises(PairingRefused, match="no code") as refused:
        join(LOOPBACK, host, "123456", "Second")
    assert "cwtui farm code" in refused.value.hint
    assert machines(studio) == {membership.machine: "active"}
    assert [path.name for path in memberships_folder().iterdir()] == [HOST_NAME]


def test_three_tries_end_a_code(studio: Path, host: int) -> None:
    for code in ("000000", "000001", "999999"):
        with pytest.raises(PairingRefused) as refused:
            join(LOOPBACK, host, code, "Thief")
        assert refused.value.code == "wrong-code"
    with pytest.raises(PairingRefused) as refused:
        join(LOOPBACK, host, "123456", "Anna")
    assert refused.value.code == "no-code"
    assert machines(studio) == {}
    assert list_memberships() == []


def test_an_exchange_that_is_given_up_counts_as_a_try(studio: Path, host: int) -> None:
    """Otherwise a stranger could begin any number of exchanges at once, each with its own guess."""
    message = KeyAgreement.of_machine("000000").message
    begun = [send(host, hello(message)) for _ in range(3)]
    assert all("spake2" in answers[0] for answers in begun)
    assert tries(studio) == 3
    (answer,) = send(host, hello(message))
    assert answer["error"]["code"] == "no-code"  # type: ignore[index]


def test_guessing_goes_on_slowly(studio: Path, host: int) -> None:
    """New codes do not help one address: after six failures it waits, whatever it sends."""
    for number in range(6):
        if number % 3 == 0:
            open_code(studio)
        with pytest.raises(PairingRefused, match="wrong"):
            join(LOOPBACK, host, "000000", "Thief")
    open_code(studio)
    with pytest.raises(PairingRefused) as refused:
        join(LOOPBACK, host, "123456", "Thief")
    assert refused.value.code == "too-many"
    assert tries(studio) == 0


def test_an_expired_code_pairs_nobody(studio: Path, host: int) -> None:
    open_code(studio, lifetime=timedelta(seconds=-1))
    with pytest.raises(PairingRefused, match="no code"):
        join(LOOPBACK, host, "123456", "Late")
    assert tries(studio) == 0


def test_a_recorded_exchange_is_worth_nothing(studio: Path, host: int) -> None:
    """A thief repeats all that a machine sent, with the same code open again."""
    with recorded(host) as (relay, sent):
        join(LOOPBACK, relay, "123456", "Anna")
    before = machines(studio)
    open_code(studio)
    answers = send(host, *frames_of(sent))
    assert [set(answer) for answer in answers] == [{"spake2"}, {"error"}]
    assert answers[1]["error"]["code"] == "wrong-code"  # type: ignore[index]
    assert machines(studio) == before
    # What passed has neither the code nor a key nor a certificate in the clear.
    whole = b"".join(sent)
    assert b"123456" not in whole
    assert b"BEGIN" not in whole
    assert b"Anna" not in whole


def test_a_relay_that_changes_a_message_is_noticed(studio: Path, host: int) -> None:
    """One who answers in the host's place, without the code, cannot show that it knows it."""
    fake = socket.create_server((LOOPBACK, 0))
    import threading

    def pose() -> None:
        connection, _ = fake.accept()
        with connection:
            frames = Frames(connection, 10)
            frames.receive()
            frames.send_json(spake2=KeyAgreement.of_host("654321").message.hex())
            frames.receive()
            frames.send_json(proof="00" * 32)

    thread = threading.Thread(target=pose)
    thread.start()
    with pytest.raises(PairingRefused, match="has not shown"):
        join(LOOPBACK, int(fake.getsockname()[1]), "123456", "Anna")
    thread.join()
    fake.close()
    assert list_memberships() == []
    assert list(memberships_folder().iterdir()) == []


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"[1]",
        b'{"farm": 2, "op": "pair"}',
        b'{"farm": 1, "op": "run"}',
        b'{"farm": 1, "op": "pair"}',
        hello(b"A" + b"\0" * 32),
        hello(b"A" + b"\x01" + b"\0" * 31),
        hello(b"B" + b"\x01" * 32),
        hello(b"x", op="renew"),
    ],
)
def test_malformed_requests_are_refused(frame: bytes, studio: Path, host: int) -> None:
    answers = send(host, frame, b"{}")
    assert all(set(answer) in ({"error"}, {"spake2"}, {"nonce"}) for answer in answers)
    assert "error" in answers[-1]
    assert machines(studio) == {}


def test_a_frame_has_a_limit(studio: Path, host: int) -> None:
    with socket.create_connection((LOOPBACK, host)) as connection:
        connection.sendall(struct.pack(">I", 1 << 31))
        assert b"malformed" in Frames(connection, 10).receive()


def test_strangers_have_few_connections_and_the_host_goes_on(studio: Path, host: int) -> None:
    silent = [socket.create_connection((LOOPBACK, host)) for _ in range(12)]
    # Those above the limit are closed at once.
    refused = 0
    for connection in silent[8:]:
        try:
            refused += connection.recv(1) == b""
        except ConnectionResetError:
            refused += 1
    assert refused == 4
    for connection in silent:
        connection.close()
    while True:
        try:
            assert join(LOOPBACK, host, "123456", "Anna").machine
            break
        except (PairingRefused, TransientError):
            # The host has not noticed yet that the others have gone.
            assert tries(studio) == 0


def test_leaves_are_renewed_after_an_absence(studio: Path, host: int) -> None:
    membership = join(LOOPBACK, host, "123456", "Anna")
    authority = Authority(studio)
    for role in ROLES:
        files = leaf_files(membership.folder, role)
        old = authority.issue(role, membership.machine, _request(files.key), datetime.now(UTC) - timedelta(days=5))
        old.write(files)
        assert read_leaf(files.certificate.read_bytes()).expires_at < datetime.now(UTC)
    with recorded(host) as (relay, sent):
        renewed = refresh(membership, LOOPBACK, relay)
    assert renewed.pairing_port == relay
    for role in ROLES:
        assert read_leaf(leaf_files(membership.folder, role).certificate.read_bytes()).expires_at > datetime.now(UTC)
    # The same request again has the wrong nonce.
    answers = send(host, *frames_of(sent))
    assert [set(answer) for answer in answers] == [{"nonce"}, {"error"}]
    assert answers[1]["error"]["code"] == "unknown"  # type: ignore[index]


def _request(key: Path) -> str:
    from engine.farm import make_request

    return make_request(key).decode()


def test_the_key_of_a_machine_renews_only_its_own_leaf(studio: Path, host: int, tmp_path: Path) -> None:
    anna = join(LOOPBACK, host, "123456", "Anna")
    with closing(Catalog.in_studio(studio)) as catalog:
        other = catalog.farm.machines()[0].model_copy(update={"name": "other-0000", "fingerprint": "0" * 64})
        catalog.farm.add_machine(other)
    with pytest.raises(PairingRefused, match="does not belong"):
        refresh(anna.model_copy(update={"machine": "other-0000"}), LOOPBACK, host)
    with pytest.raises(PairingRefused, match="does not belong"):
        refresh(anna.model_copy(update={"machine": "nobody-0000"}), LOOPBACK, host)
    with closing(Catalog.in_studio(studio)) as catalog:
        catalog.farm.set_state(anna.machine, "revoked", "stolen")
    with pytest.raises(PairingRefused, match="does not belong"):
        refresh(anna, LOOPBACK, host)


def test_a_machine_that_was_away_for_long_needs_a_code(studio: Path, host: int) -> None:
    anna = join(LOOPBACK, host, "123456", "Anna")
    with closing(Catalog.in_studio(studio)) as catalog:
        (machine,) = catalog.farm.machines()
        catalog.farm.add_machine(machine.model_copy(update={"joined_at": datetime.now(UTC) - timedelta(days=31)}))
    with pytest.raises(PairingRefused, match="30 days"):
        refresh(anna, LOOPBACK, host)


def test_a_machine_leaves_and_joins_again(studio: Path, host: int) -> None:
    first = join(LOOPBACK, host, "123456", "Anna")
    leave(first)
    assert machines(studio) == {first.machine: "revoked"}
    open_code(studio)
    second = join(LOOPBACK, host, "123456", "Anna")
    assert second.machine != first.machine
    assert machines(studio) == {first.machine: "revoked", second.machine: "active"}
    assert list_memberships() == [second]
    second.forget()
    assert list_memberships() == []


def test_another_host_cannot_take_the_name_of_a_known_one(studio: Path, host: int, tmp_path: Path) -> None:
    known = join(LOOPBACK, host, "123456", "Anna")
    other = tmp_path / "other"
    other.mkdir()
    open_code(other)
    with paired_by(other, Authority(other)) as port, pytest.raises(RequestError, match="another farm"):
        join(LOOPBACK, port, "123456", "Anna")
    assert list_memberships() == [known]


def test_clocks_that_differ_by_more_than_a_day_are_refused(
    studio: Path, host: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import engine.farm.pairing_client as client

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: object = None) -> Tomorrow:
            found = datetime.now(UTC) + timedelta(hours=hours)
            return cls.fromtimestamp(found.timestamp(), UTC)

    monkeypatch.setattr(client, "datetime", Tomorrow)
    hours = 50.0
    with pytest.raises(PairingRefused, match="clock is 2 days ahead"):
        join(LOOPBACK, host, "123456", "Anna")
    assert machines(studio) == {}
    # The date of the day before, and what the exchange takes.
    hours = -24.01
    assert join(LOOPBACK, host, "123456", "Anna").machine


def test_it_listens_only_while_it_runs(studio: Path) -> None:
    def listening() -> set[tuple[str, int]]:
        found = psutil.Process().net_connections("inet")
        return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}

    before = listening()
    with paired_by(studio, Authority(studio)) as port:
        assert listening() - before == {(LOOPBACK, port)}
        connected = socket.create_connection((LOOPBACK, port))
    assert listening() == before
    connected.close()
    with pytest.raises(TransientError, match="cannot be reached"):
        join(LOOPBACK, port, "123456", "Anna")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mini.local:4000", ("mini.local", 4000)),
        ("10.0.0.7", ("10.0.0.7", 47810)),
        ("[fe80::1%en0]:80", ("fe80::1%en0", 80)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert parse_address(text) == found


@pytest.mark.parametrize("text", ["", "mini:0", "mini:70000", "http://mini", "a b", "::1"])
def test_wrong_addresses(text: str) -> None:
    with pytest.raises(RequestError, match="not an address"):
        parse_address(text)


def test_codes_are_six_random_digits() -> None:
    codes = {new_code() for _ in range(200)}
    assert len(codes) > 190
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    with pytest.raises(EngineError, match="six digits"):
        join(LOOPBACK, 9, "12345", "Anna")


def test_a_refused_local_network_is_explained_on_a_mac() -> None:
    import errno

    refused = OSError(errno.EHOSTUNREACH, "No route to host")
    assert "Local Network" in unreachable("10.0.0.7", 47810, refused, "darwin").hint
    assert "Local Network" not in unreachable("10.0.0.7", 47810, refused, "linux").hint
    closed = OSError(errno.ECONNREFUSED, "Connection refused")
    assert "Local Network" not in unreachable("10.0.0.7", 47810, closed, "darwin").hint
