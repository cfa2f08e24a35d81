"""A local HTTP host that serves files and records its requests."""

from __future__ import annotations

import hashlib
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# The header of a CTranslate2 Whisper model (see engine.speech.ct2); dummy weights follow.
HEAD = struct.pack("<IH", 6, 12) + b"WhisperSpec\0" + struct.pack("<II", 3, 0)


def whisper_files(seed: int = 1, size: int = 3_000_000) -> dict[str, bytes]:
    """Return the files of a folder that looks like a Whisper model for CTranslate2, by name."""
    weights = hashlib.shake_128(str(seed).encode()).digest(size)
    return {
        "model.bin": HEAD + weights,
        "config.json": b'{"alignment_heads": []}',
        "tokenizer.json": b'{"model": {}}',
        "vocabulary.txt": b"a\nb\n",
    }


def write_files(folder: Path, files: Mapping[str, bytes] | None = None) -> Path:
    """Write files to a folder."""
    for name, content in (whisper_files() if files is None else files).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Host:
    """The host's files, by path, and its behaviour."""

    files: dict[str, bytes]
    url: str = ""
    # Whether the host supports Range; whether it sends an ETag.
    ranges: bool = True
    validators: bool = True
    # The host sends this many bytes of a body, then closes the connection, or waits for `resume` and sends the rest.
    cut_after: dict[str, int] = field(default_factory=dict)
    hold_after: dict[str, int] = field(default_factory=dict)
    resume: threading.Event = field(default_factory=threading.Event)
    holding: threading.Event = field(default_factory=threading.Event)
    redirects: dict[str, str] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    # The lengths that the host declares for files.
    declared_lengths: dict[str, int] = field(default_factory=dict)
    # (path, Range, status) of each request.
    requests: list[tuple[str, str, int]] = field(default_factory=list)

    def entry(self, model: str = "small", *, digests: bool = True, **more: str) -> str:
        """Return a registry entry for the files under /`model`/, as TOML."""
        rows = []
        for path, content in self.files.items():
            if path.startswith(f"/{model}/"):
                digest = sha256(content) if digests else "unknown"
                rows.append(
                    f'[[model.files]]\nname = "{path.removeprefix(f"/{model}/")}"\n'
                    f'url = "{self.url}{path}"\nsha256 = "{digest}"\n' + (f"size = {len(content)}\n" if digests else "")
                )
        about = {"title": "A model", "task": "speech", "layout": "ctranslate2", "licence": "MIT", "page": self.url}
        keys = "".join(f'{key} = "{value}"\n' for key, value in {"id": f"my-{model}", **about, **more}.items())
        return f"[[model]]\n{keys}{''.join(rows)}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    host: Host

    def do_GET(self) -> None:
        host, byte_range = self.host, self.headers.get("Range", "")
        if (status := host.status.get(self.path)) or self.path not in (*host.files, *host.redirects):
            return self._respond(byte_range, status or 404, b"")
        if self.path in host.redirects:
            return self._respond(byte_range, 302, b"", Location=host.redirects[self.path])
        content = host.files[self.path]
        tag = f'"{sha256(content)[:16]}"'
        validators = {"ETag": tag} if host.validators else {}
        total = host.declared_lengths.get(self.path, len(content))
        if host.ranges and byte_range and self.headers.get("If-Range", tag) == tag:
            start, _, stop = byte_range.removeprefix("bytes=").partition("-")
            end = int(stop) + 1 if stop else len(content)
            if int(start) >= len(content):
                return self._respond(byte_range, 416, b"", **{"Content-Range": f"bytes */{total}"})
            span = f"bytes {start}-{end - 1}/{total}"
            return self._respond(byte_range, 206, content[int(start) : end], **validators, **{"Content-Range": span})
        return self._respond(byte_range, 200, content, **validators)

    def _respond(self, byte_range: str, status: int, body: bytes, **headers: str) -> None:
        host = self.host
        host.requests.append((self.path, byte_range, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # A request for the first byte alone is always completed.
        if len(body) > 1 and (end := host.cut_after.get(self.path)) is not None:
            self.wfile.write(body[:end])
            self.close_connection = True
            return
        if len(body) > 1 and (first := host.hold_after.get(self.path)) is not None:
            self.wfile.write(body[:first])
            self.wfile.flush()
            host.holding.set()
            host.resume.wait(60)
            body = body[first:]
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore closed connections, which some tests cause."""


@contextmanager
def serving(host: Host, name: str = "127.0.0.1", secure: ssl.SSLContext | None = None) -> Iterator[Host]:
    """Serve on a free port, with https if `secure` is given."""
    handler = type("Handler", (_Handler,), {"host": host})
    server = _Server(("127.0.0.1", 0), handler)
    if secure:
        server.socket = secure.wrap_socket(server.socket, server_side=True)
    host.url = f"http{'s' if secure else ''}://{name}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.resume.set()
        server.shutdown()
        server.server_close()
        thread.join()
