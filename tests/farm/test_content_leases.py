"""What a machine gets from the content server, and what it does not. docs/security.md names these tests."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.catalog import FarmLease
from engine.farm import ContentRefused, WorkAnswer
from tests.farm.farm import REQUEST, SECRET, Farm, ask, digest, new_file

# Leases


def test_another_machines_lease_is_refused(farm: Farm, lease: FarmLease, tmp_path: Path) -> None:
    """Also a stolen content key: it has the rights of its own machine, and no other job's bytes."""
    farm.add_machine("thief")
    leaf = farm.authority.leaf("thief")
    thief = farm.client(leaf)
    output = tmp_path / "x"
    output.write_bytes(b"x")
    for attempt in (
        lambda: thief.claim(lease.id),
        lambda: thief.send(lease.id, output, digest(b"x")),
        lambda: thief.answer(WorkAnswer(lease=lease.id, status="done")),
    ):
        with pytest.raises(ContentRefused) as refused:
            attempt()
        assert refused.value.code == "lease-ended"
    with farm.raw(leaf) as connection:
        for known in (lease.id, "f" * 32):
            status, _, body = ask(connection, REQUEST.format(known, digest(SECRET)))
            assert (status, json.loads(body)["error"]["code"]) == (409, "lease-ended")
            status, _, _ = ask(connection, f"GET /v1/leases/{known}/outputs/{digest(b'x')} HTTP/1.1")
            assert status == 409
    assert thief.beat(lease.id, (1, 1, "", "mine")).stop
    stored = farm.catalog.farm.lease(lease.id)
    assert stored is not None
    assert (stored.machine, stored.message, stored.state) == ("ada", "", "claimed")


def test_only_files_of_the_lease_are_served(farm: Farm, lease: FarmLease) -> None:
    other = farm.offer(new_file(farm.studio, "b.mov", b"of another job"))
    with farm.raw(farm.authority.leaf("ada")) as connection:
        status, _, body = ask(connection, REQUEST.format(lease.id, digest(b"of another job")))
        assert (status, json.loads(body)["error"]["code"]) == (404, "no-file")
        # A lease that is offered and not claimed yet.
        assert ask(connection, REQUEST.format(other.id, digest(b"of another job")))[0] == 409


def test_an_ended_lease_serves_nothing(farm: Farm, lease: FarmLease) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, REQUEST.format(lease.id, digest(SECRET)))[2] == SECRET
        farm.catalog.farm.end_lease(lease.id, "deadline")
        assert ask(connection, REQUEST.format(lease.id, digest(SECRET)))[0] == 409


@pytest.mark.parametrize("state", ["revoked", "quarantined"])
def test_a_machine_that_was_removed_gets_nothing(farm: Farm, lease: FarmLease, state: str) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, REQUEST.format(lease.id, digest(SECRET)))[0] == 200
        farm.catalog.farm.set_state("ada", state, "why")  # type: ignore[arg-type]
        for request in (
            REQUEST.format(lease.id, digest(SECRET)),
            f"GET /v1/leases/{lease.id}/outputs/{digest(b'x')} HTTP/1.1",
            f"POST /v1/leases/{lease.id}/claim HTTP/1.1",
            f"POST /v1/leases/{farm.offer().id}/claim HTTP/1.1",
        ):
            assert ask(connection, request)[0] == 403


def test_a_transfer_is_cut_when_its_machine_is_removed(farm: Farm) -> None:
    size = 64 << 20
    place = farm.studio / "large.mov"
    with place.open("wb") as file:
        file.truncate(size)
    from engine.farm import OrderedFile

    known = "0" * 64
    lease = farm.offer(OrderedFile(path="large.mov", sha256=known, size=size))
    farm.join("ada").claim(lease.id)
    with farm.raw(farm.authority.leaf("ada")) as connection:
        connection.sendall((REQUEST.format(lease.id, known) + "\r\n\r\n").encode())
        received = len(connection.recv(1000))
        # The server waits: the rest does not fit into the buffers of the sockets.
        farm.catalog.farm.set_state("ada", "revoked")
        try:
            while block := connection.recv(1 << 20):
                received += len(block)
        except OSError:
            pass
    assert received < size / 2


def test_the_policy_keeps_a_content_from_a_machine(farm: Farm, tmp_path: Path) -> None:
    proxy = new_file(farm.studio, "p.mov", b"proxy", "proxies")
    original = new_file(farm.studio, "o.mov", b"original", "originals")
    farm.rules["ada", "originals"] = "privacy = proxies"
    machine = farm.join("ada")
    mixed, allowed = farm.offer(proxy, original), farm.offer(proxy)
    with pytest.raises(ContentRefused, match=r"originals.*privacy = proxies") as refused:
        machine.claim(mixed.id)
    assert (refused.value.status, refused.value.code) == (403, "policy")
    stored = farm.catalog.farm.lease(mixed.id)
    assert stored is not None
    assert stored.state == "offered", "another machine may still have it"
    machine.claim(allowed.id)
    farm.rules["ada", "proxies"] = "privacy = nothing"
    with farm.raw(farm.authority.leaf("ada")) as connection:
        status, _, body = ask(connection, REQUEST.format(allowed.id, proxy.sha256))
    assert status == 403
    assert "privacy = nothing" in json.loads(body)["error"]["message"]


# Paths and names


@pytest.mark.parametrize(
    "path",
    [
        "/v1/leases/../../catalog.sqlite/files/{sha}",
        "/v1/leases/{lease}/files/../{sha}",
        "/v1/leases/{lease}/files/%2e%2e",
        "/v1/leases/{lease}/files/{sha}?x",
        "/v1/leases/{lease}/files/{SHA}",
        "/v1/leases/{lease}/files/{sha}/",
        "//v1/leases/{lease}/files/{sha}",
        "/v1/leases/{lease}/outputs/../../catalog.sqlite",
        "/v1/leases/{lease}/outputs/.part",
        "/",
    ],
)
def test_no_path_leads_anywhere_else(farm: Farm, lease: FarmLease, path: str) -> None:
    place = path.format(lease=lease.id, sha=digest(SECRET), SHA=digest(SECRET).upper())
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, f"GET {place} HTTP/1.1")[0] == 404


def test_an_absolute_address_is_refused(farm: Farm, lease: FarmLease) -> None:
    with farm.raw(farm.authority.leaf("ada")) as connection:
        request = f"GET https://studio/v1/leases/{lease.id}/files/{digest(SECRET)} HTTP/1.1"
        assert ask(connection, request)[0] == 400


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a//b", "a/../../b", "", ".", "a/.", "a\0b", "x" * 2000])
def test_an_answer_names_no_file_outside_the_studio(farm: Farm, lease: FarmLease, path: str) -> None:
    file = {"path": path, "sha256": digest(b"x"), "size": 1}
    body = json.dumps({"lease": lease.id, "status": "done", "files": [file]}).encode()
    with farm.raw(farm.authority.leaf("ada")) as connection:
        request = f"POST /v1/leases/{lease.id}/answer HTTP/1.1\nContent-Length: {len(body)}"
        assert ask(connection, request, body)[0] == 400


def test_a_link_out_of_the_studio_is_not_followed(farm: Farm, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"private")
    file = new_file(farm.studio, "a.mov", b"private")
    (farm.studio / "a.mov").unlink()
    (farm.studio / "a.mov").symlink_to(outside)
    lease = farm.offer(file)
    farm.join("ada").claim(lease.id)
    with farm.raw(farm.authority.leaf("ada")) as connection:
        status, _, body = ask(connection, REQUEST.format(lease.id, file.sha256))
    assert (status, json.loads(body)["error"]["code"]) == (409, "changed")


@pytest.mark.parametrize("change", ["shorter", "gone", "folder", "pipe"])
def test_an_input_that_changed_is_not_sent(farm: Farm, lease: FarmLease, change: str) -> None:
    place = farm.studio / "a.mov"
    place.unlink()
    if change == "shorter":
        place.write_bytes(SECRET[1:])
    elif change == "folder":
        place.mkdir()
    elif change == "pipe":
        os.mkfifo(place)
    with farm.raw(farm.authority.leaf("ada")) as connection:
        assert ask(connection, REQUEST.format(lease.id, digest(SECRET)))[0] == 409
