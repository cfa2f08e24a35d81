"""Independent clients upload large files while client, network and studio are killed and cut at random points."""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from engine.catalog import Project
from engine.phone import UploadState, UploadStore
from tests.phone.chromium import CHROMIUM, Page, browsing
from tests.phone.relay import BEHIND, Relay
from tests.phone.serving import ADDRESS, paired_key, project_in

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address"),
]

ROOT = Path(__file__).parents[2]
# `npm pack tus-js-client` has it as dist/tus.min.js.
TUS_JS = os.environ.get("TUS_JS_CLIENT")
SIZE = int(os.environ.get("TRIAL_MIB", "680")) << 20
CUTS = 17
# Bytes that may be sent and not be acknowledged: a slice with a checksum, and the buffers of two connections.
UNACKNOWLEDGED = 16 << 20
MOST_MEMORY = 200_000_000

TUSPY = """
import sys, time
from pathlib import Path
import requests, urllib3
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
urllib3.disable_warnings()
base, key, path, kept = sys.argv[1:]
client = TusClient(f"{base}/files", headers={"Authorization": f"Bearer {key}"})
while True:
    try:
        url = Path(kept).read_text() if Path(kept).exists() else None
        upload = client.uploader(
            path, url=url, chunk_size=8 << 20, verify_tls_cert=False, metadata={"filename": Path(path).name}
        )
        if url is None:
            Path(kept).write_text(upload.create_url())
            continue
        while upload.offset < upload.get_file_size():
            upload.upload_chunk()
            print(upload.offset, flush=True)
        break
    except (TusUploadFailed, TusCommunicationError, requests.RequestException, OSError, AttributeError):
        time.sleep(0.1)
"""

TUS_JS_START = """
(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'trial';
    document.body.append(input);
    window.trial = { sent: 0, url: URL };
    input.addEventListener('change', () => {
        const upload = new tus.Upload(input.files[0], {
            endpoint: '/files', uploadUrl: window.trial.url, retryDelays: Array(1000).fill(100),
            metadata: { filename: input.files[0].name }, onShouldRetry: () => true,
            onUploadUrlAvailable: () => { window.trial.url = upload.url; },
            onProgress: () => {}, onChunkComplete: (size, sent) => { window.trial.sent = sent; },
            onSuccess: () => { window.trial.done = true; },
            onError: (error) => { window.trial.error = String(error); },
        });
        upload.start();
    });
})()
"""


class Sender(Protocol):
    """A client that sends one file, and continues after `kill` and `start`."""

    def start(self) -> None: ...

    def kill(self) -> None: ...

    def acknowledged(self) -> int:
        """The bytes that the client knows to be safe."""

    def done(self) -> bool: ...


class Tuspy:
    """tuspy, in a process of its own."""

    def __init__(self, base: str, key: str, file: Path, folder: Path) -> None:
        self._command = [sys.executable, "-c", TUSPY, base, key, str(file), str(folder / f"{file.name}.url")]
        self._acknowledged = 0

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            self._acknowledged = int(line)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def acknowledged(self) -> int:
        return self._acknowledged

    def done(self) -> bool:
        code = self._process.poll()
        assert code in (None, 0)
        return code == 0


class Browser:
    """Chromium with the studio's page. Its process is killed, its profile stays."""

    def __init__(self, base: str, key: str, file: Path, folder: Path) -> None:
        self._base, self._key, self._file, self._folder = base, key, file, folder
        self._size = file.stat().st_size
        self._sent = 0

    def start(self) -> None:
        self._life = ExitStack()
        self.page: Page = self._life.enter_context(browsing(self._folder / "profile"))
        # A browser writes cookies down after half a minute. The trial does not wait so long.
        self.page.call(
            "Network.setCookie", url=self._base, name="__Host-cleanwater-device", value=self._key, path="/",
            secure=True, httpOnly=True, sameSite="Strict",
        )  # fmt: skip
        while True:
            self.page.open(self._base)
            # The network may be cut meanwhile.
            if (
                self.page.wait_for(
                    "location.protocol === 'chrome-error:' ? 'no' : document.readyState === 'complete' && 'yes'"
                )
                == "yes"
            ):
                break
            time.sleep(0.1)
        self.choose()

    def choose(self) -> None:
        self.page.wait_for("!document.getElementById('sending').hidden")
        self.page.choose_files("#from-files", [self._file])

    def kill(self) -> None:
        self.acknowledged()
        self._life.close()

    def acknowledged(self) -> int:
        shown = self.page.wait_for("String(document.querySelector('#files progress')?.value ?? 0)")
        self._sent = max(self._sent, int(float(shown) * self._size) - 1)
        return self._sent

    def done(self) -> bool:
        found = self.page.wait_for(
            "String(/checks it|has it already/.test(document.getElementById('files').textContent))"
        )
        return bool(found == "true")


class TusJs(Browser):
    """tus-js-client in Chromium, on the origin of the studio."""

    url = ""

    def choose(self) -> None:
        assert TUS_JS
        self.page.call("Runtime.evaluate", expression=Path(TUS_JS).read_text())
        start = TUS_JS_START.replace("URL", json.dumps(self.url or None), 1)
        self.page.call("Runtime.evaluate", expression=start)
        self.page.choose_files("#trial", [self._file])

    def kill(self) -> None:
        self.url = self.page.wait_for("window.trial.url || 'none'").replace("none", "") or self.url
        super().kill()

    def acknowledged(self) -> int:
        return int(self.page.wait_for("String(window.trial.sent)"))

    def done(self) -> bool:
        return bool(self.page.wait_for("window.trial.error || String(window.trial.done)") == "true")


class Studio:
    """The studio's listener in a process of its own, which is started again after each kill."""

    def __init__(self, folder: Path, port: int) -> None:
        self._command = [sys.executable, "-m", "tests.phone.serving", str(folder), str(port), BEHIND]
        self.memory = 0

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, cwd=ROOT)
        assert self._process.stdout
        assert self._process.stdout.readline()

    def kill(self) -> None:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        self.memory = max(self.memory, int(peak.split()[1]) << 10)
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "studio").mkdir()
    return project_in(tmp_path / "studio")


@pytest.fixture
def relay() -> Iterator[Relay]:
    network = Relay()
    yield network
    network.close()


def write_random(path: Path, size: int) -> bytes:
    """Write a file, and return its SHA-256."""
    digest, chance = hashlib.sha256(), random.Random(path.name)
    with path.open("wb") as file:
        for _ in range(size >> 20):
            block = chance.randbytes(1 << 20)
            digest.update(block)
            file.write(block)
    return digest.digest()


def sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def uploads_of(folder: Path, project: Project) -> Path:
    return folder / project.folder / "work" / "phone" / "uploads"


def bytes_on_disk(folder: Path) -> int:
    return sum(data.stat().st_size for data in folder.glob("*/data"))


CLIENTS = {
    "tuspy": Tuspy,
    "page": pytest.param(Browser, marks=pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")),
    "tus-js-client": pytest.param(
        TusJs, marks=pytest.mark.skipif(not (CHROMIUM and TUS_JS), reason="needs Chromium and TUS_JS_CLIENT")
    ),
}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS.keys())
def test_a_client_survives_kills_and_cuts(
    tmp_path: Path, project: Project, relay: Relay, client: type[Tuspy | Browser]
) -> None:
    folder, chance = tmp_path / "studio", random.Random(client.__name__)
    key = paired_key(folder, project)
    file = tmp_path / "clip.mov"
    digest = write_random(file, SIZE)
    studio = Studio(folder, relay.port)
    studio.start()
    sender: Sender = client(f"https://{ADDRESS}:{relay.port}", key, file, tmp_path)
    sender.start()
    points = sorted(chance.sample(range(1 << 20, SIZE - (1 << 20)), CUTS))
    causes = [("client", "network", "studio")[nth % 3] for nth in range(CUTS)]
    chance.shuffle(causes)
    for before, point, cause in zip((0, *points), points, causes, strict=False):
        # The network stands still there, so that a body is interrupted.
        relay.stop_at = relay.sent + point - before
        while relay.sent < relay.stop_at:
            assert not sender.done()
            time.sleep(0.005)
        safe = sender.acknowledged()
        if cause == "client":
            sender.kill()
        elif cause == "network":
            relay.cut()
        else:
            studio.kill()
        assert bytes_on_disk(uploads_of(folder, project)) >= safe, (cause, point)
        relay.stop_at = math.inf
        if cause == "client":
            sender.start()
        elif cause == "network":
            relay.mend()
        else:
            studio.start()
    while not sender.done():
        time.sleep(0.02)
    sender.kill()
    studio.kill()
    (upload,) = UploadStore(uploads_of(folder, project))
    assert upload.record.state is UploadState.WHOLE
    assert sha256(upload.data) == digest
    assert [one.name for one in uploads_of(folder, project).iterdir()] == [upload.record.id]
    again = relay.sent - SIZE
    print(f"{client.__name__}: {again / 1e6:.0f} MB beyond the file, {studio.memory / 1e6:.0f} MB of memory")
    # TLS and headers add a hundredth.
    assert again < SIZE // 100 + CUTS * UNACKNOWLEDGED
    assert studio.memory < MOST_MEMORY


def test_eight_phones_at_once_survive_kills_of_the_studio(tmp_path: Path, project: Project, relay: Relay) -> None:
    folder, size = tmp_path / "studio", SIZE // 16
    files = [tmp_path / f"clip-{nth}.mov" for nth in range(8)]
    digests = {write_random(file, size) for file in files}
    studio = Studio(folder, relay.port)
    studio.start()
    base = f"https://{ADDRESS}:{relay.port}"
    senders = [Tuspy(base, paired_key(folder, project), file, tmp_path) for file in files]
    for sender in senders:
        sender.start()
    for nth in range(1, 6):
        while relay.sent < nth * 8 * size // 7 and not all(one.done() for one in senders):
            time.sleep(0.02)
        safe = sum(one.acknowledged() for one in senders)
        studio.kill()
        assert bytes_on_disk(uploads_of(folder, project)) >= safe
        studio.start()
    while not all(one.done() for one in senders):
        time.sleep(0.02)
    studio.kill()
    found = list(UploadStore(uploads_of(folder, project)))
    assert {sha256(one.data) for one in found} == digests
    assert len(found) == 8
    print(f"eight phones: {studio.memory / 1e6:.0f} MB of memory")
    assert studio.memory < MOST_MEMORY
