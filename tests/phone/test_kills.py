"""Uploads survive kill -9 of the server, and no byte that was acknowledged is sent twice."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from engine.catalog import Project
from engine.phone import UploadState, UploadStore
from tests.phone.conftest import BYTES, TUS
from tests.phone.raw import connected, header
from tests.phone.serving import ADDRESS, paired_key, project_in

ROOT = Path(__file__).parents[2]


@dataclass
class KilledServer:
    """A server in a process of its own, which is started again after each kill, on the same port."""

    studio: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.phone.serving", str(self.studio), str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self.process.stdout
        self.port = json.loads(self.process.stdout.readline())["port"]

    def kill(self) -> None:
        assert self.process
        assert self.process.stdout
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self.port}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_in(tmp_path)


def stored(studio: Path, project: Project) -> UploadStore:
    return UploadStore(studio / project.folder / "work" / "phone" / "uploads")


@pytest.mark.parametrize(("cuts", "size"), [(3, 4 << 20), pytest.param(50, 256 << 20, marks=pytest.mark.slow)])
def test_acknowledged_bytes_survive_cuts(tmp_path: Path, project: Project, cuts: int, size: int) -> None:
    """The studio is killed, the client gives up, or the network drops without a word."""
    chance = random.Random(cuts)
    key = paired_key(tmp_path, project)
    content = b"".join(chance.randbytes(1 << 20) for _ in range(size >> 20))
    server = KilledServer(tmp_path)
    server.start()
    headers = {"Authorization": f"Bearer {key}", **TUS}
    acknowledged = 0
    # A kill ends kept connections, also one that the client is about to use again.
    no_kept = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(headers=headers, limits=no_kept) as client, ExitStack() as dropped:
        created = client.post(f"{server.url}/files", headers={"Upload-Length": str(size)})
        path = created.headers["location"].removeprefix(server.url)
        for nth in range(cuts):
            cause = (
                ("studio", "client", "network")[nth % 3] if cuts < 4 else chance.choice(("studio", "client", "network"))
            )
            part = content[acknowledged : acknowledged + chance.randrange(1, size // cuts)]
            sent = chance.randrange(len(part))
            fields = {**BYTES, **headers, "Upload-Offset": str(acknowledged), "Content-Length": str(len(part))}
            checked = chance.random() < 0.5
            if checked:
                fields["Upload-Checksum"] = f"sha256 {base64.b64encode(hashlib.sha256(part).digest()).decode()}"
            connection = dropped.enter_context(connected(server.port))
            connection.sendall(header("PATCH", path, server.port, fields) + part[:sent])
            if cause == "studio":
                server.kill()
                server.start()
            elif cause == "client":
                connection.close()
            offset = int(client.head(f"{server.url}{path}").headers["upload-offset"])
            # Bytes with a checksum count as a whole, or not at all; and this body never ended.
            assert acknowledged <= offset <= acknowledged + (0 if checked else sent)
            # A part that ends is acknowledged, and no kill takes it back.
            whole = content[offset : offset + chance.randrange(1, size // cuts // 2)]
            fields = {**BYTES, "Upload-Offset": str(offset)}
            answer = client.patch(f"{server.url}{path}", headers=fields, content=whole)
            acknowledged = int(answer.headers["upload-offset"])
            assert acknowledged == offset + len(whole)
            if cause == "studio":
                server.kill()
                server.start()
                assert client.head(f"{server.url}{path}").headers["upload-offset"] == str(acknowledged)
        fields = {**BYTES, "Upload-Offset": str(acknowledged)}
        rest = client.patch(f"{server.url}{path}", headers=fields, content=content[acknowledged:])
        assert rest.headers["upload-offset"] == str(size)
    server.kill()
    (upload,) = stored(tmp_path, project)
    assert upload.record.state is UploadState.WHOLE
    assert upload.data.read_bytes() == content


def test_a_kill_during_creation_or_concatenation_leaves_no_orphan(tmp_path: Path, project: Project) -> None:
    store = stored(tmp_path, project)
    half = store.folder / ("A" * 22)
    half.mkdir()
    (half / "data").write_bytes(b"bytes without a record")
    assert list(stored(tmp_path, project)) == []
    assert not half.exists()


def test_eight_phones_at_once(tmp_path: Path, project: Project) -> None:
    server = KilledServer(tmp_path)
    server.start()
    contents = [random.Random(nth).randbytes(1 << 20) for nth in range(8)]

    def upload(content: bytes) -> str:
        with httpx.Client(headers={"Authorization": f"Bearer {paired_key(tmp_path, project)}", **TUS}) as client:
            created = client.post(f"{server.url}/files", headers={"Upload-Length": str(len(content))})
            url = str(created.headers["location"])
            for at in range(0, len(content), 256 << 10):
                part = content[at : at + (256 << 10)]
                assert client.patch(url, headers={**BYTES, "Upload-Offset": str(at)}, content=part).is_success
        return url.rpartition("/")[2]

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(upload, contents))
    server.kill()
    store = stored(tmp_path, project)
    for upload_id, content in zip(ids, contents, strict=True):
        found = store.find(upload_id)
        assert found
        assert found.data.read_bytes() == content
