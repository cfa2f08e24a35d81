"""cwtui phone: switched on, a file sent and sealed, seen by the other commands, and switched off."""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from engine.doctor import network_exposure
from engine.jobs import find_studio_process
from tests.cli.shell import Shell

LOOPBACK = "127.0.0.1"
UPLOAD = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def studio(cwtui: Shell) -> Iterator[Shell]:
    cwtui("new", "Harbour")
    yield cwtui
    cwtui("phone", "off")


@contextmanager
def connected(studio: Shell, listener: dict[str, Any]) -> Iterator[httpx.Client]:
    """A client that trusts the studio's authority, paired by the code."""
    authority = (studio.studio / "keys" / "phone-authority.crt").read_text()
    trusting = ssl.create_default_context(cadata=authority)
    with httpx.Client(base_url=listener["url"], verify=trusting) as client:
        paired = client.post("/pair", json={"code": listener["pairing"]["code"], "name": "iPhone", "bearer": True})
        client.headers["Authorization"] = f"Bearer {paired.json()['key']}"
        yield client


def send(client: httpx.Client, name: str, content: bytes, sha256: str = "") -> None:
    values = {"filename": name, "sha256": sha256 or hashlib.sha256(content).hexdigest()}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())
    headers = {**UPLOAD, "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
    assert client.post("/files", headers=headers, content=content).headers["upload-offset"] == str(len(content))


def outcomes(client: httpx.Client, count: int) -> dict[str, dict[str, Any]]:
    """What the studio says of each file, once it has said it of all."""
    while True:
        found = client.get("/arrivals").json()["arrivals"]
        if sum(one["outcome"] is not None for one in found) == count:
            return {one["name"]: one["outcome"] for one in found}


def listening() -> set[tuple[str, int]]:
    """The addresses on which this user's Python processes listen."""
    found = set()
    for process in psutil.process_iter(["name"]):
        try:
            sockets = process.net_connections("inet") if "python" in (process.info["name"] or "") else ()
        except psutil.Error:
            continue
        found |= {(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN}
    return found


def test_a_file_from_a_phone_is_sealed_like_an_ingest(studio: Shell, small_take: Path) -> None:
    on = studio.json("phone", "-p", "Harbour", "--interface", LOOPBACK, "--for", "5m")
    address = (LOOPBACK, on["port"])
    assert address in listening()
    content = small_take.read_bytes()
    with connected(studio, on) as client:
        send(client, "../IMG_0101.MOV", content)
        send(client, "notes.txt", b"not footage")
        send(client, "broken.MOV", content + b"x", sha256="0" * 64)
        found = outcomes(client, 3)
        again = studio.json("phone", "--interface", LOOPBACK)
        assert (again["port"], again["pairing"]["code"] != on["pairing"]["code"]) == (on["port"], True)
        arrived = found["IMG_0101.MOV"]
        assert (arrived["take"], arrived["original"], arrived["sent_digest_matches"]) == ("001-IMG_0101", True, True)
        assert (studio.studio / arrived["seal"]).is_file()
        # The phone's statement about it is kept for the proof of deliverables.
        kept = (studio.studio / "work" / "arrivals").glob("*.json")
        assert [path.stem for path in kept] == [arrived["xxh128"]]
        assert "not readable footage" in found["notes.txt"]["message"]
        assert str(studio.studio) not in str(found)
        assert "differs" in found["broken.MOV"]["message"]
        # The job survives the studio process, and listens on the same port again.
        before = find_studio_process(studio.studio)
        assert before
        os.kill(before.pid, signal.SIGKILL)
        while address in listening():
            pass
        assert studio.json("phone", "--interface", LOOPBACK)["port"] == on["port"]
        assert client.get("/arrivals").status_code == 200
    verified = studio.json("verify")
    assert [(Path(one["path"]).name, one["verdict"]) for one in verified["files"]] == [("IMG_0101.MOV", "intact")]
    work = studio.studio / "harbour" / "work" / "phone"
    assert [path.name for path in sorted(work.rglob("*")) if path.is_file() and path.name != "record.json"] == [
        "notes.txt"
    ]
    listed = studio.json("phone", "list")
    assert [(one["name"], one["state"], one["project"]) for one in listed["devices"]] == [
        ("iPhone", "paired", "Harbour")
    ]
    assert listed["listener"]["port"] == on["port"]
    assert on["url"] in network_exposure(studio.studio)
    assert studio.json("phone", "revoke", "iPhone") == {"revoked": [listed["devices"][0]["id"]]}
    assert studio.json("phone", "off") == {"was_on": True}
    assert address not in listening()
    assert studio.json("phone", "list")["listener"] is None
    assert "no open ports" in network_exposure(studio.studio)
    assert studio.json("phone", "off") == {"was_on": False}


def test_requests_that_cannot_be_served_are_explained(studio: Shell) -> None:
    assert "There is no network interface" in studio("phone", "--interface", "en99", code=2).stderr
    assert "is not a time" in studio("phone", "--for", "soon", code=2).stderr
    refused = studio("phone", "--interface", LOOPBACK, "--for", "25h", code=3)
    assert "is not permitted" in refused.stderr
    assert "no paired device" in studio("phone", "revoke", "iPhone", code=2).stderr
    assert "Name one device" in studio("phone", "revoke", code=2).stderr
    assert "does not listen" in studio("phone", "list").stdout
