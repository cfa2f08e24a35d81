"""A headless Chromium, driven through its debugging pipe: no port is opened."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
CHROMIUM = next((found for name in (*NAMES, MAC) if (found := shutil.which(name))), None)
_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--disable-dev-shm-usage",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Page:
    """One tab."""

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, os.fdopen(read, "rb")
        self._number = 0
        self._session: str | None = None
        self.console: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "DOM", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Calls a method of the protocol and returns its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            received = json.loads(self._next())
            if received.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.console.append(json.dumps(received["params"]))
            if received.get("id") == self._number:
                assert "error" not in received, received
                return received["result"]

    def _next(self) -> bytes:
        found = bytearray()
        while (byte := self._read.read(1)) != b"\0":
            assert byte, "Chromium has ended"
            found += byte
        return bytes(found)

    def open(self, url: str) -> None:
        """Opens a page."""
        self.call("Page.navigate", url=url)

    def wait_for(self, expression: str) -> Any:
        """Waits until an expression of JavaScript is true, and returns its value."""
        waiting = f"""new Promise(resolve => {{
            const look = () => {{
                let found = null;
                try {{ found = ({expression}); }} catch (error) {{ found = null; }}
                if (found) resolve(found); else setTimeout(look, 20);
            }};
            look();
        }})"""
        while True:
            result = self.call("Runtime.evaluate", expression=waiting, awaitPromise=True, returnByValue=True)
            # A page that is replaced meanwhile ends the evaluation.
            if "exceptionDetails" not in result and "value" in result["result"]:
                return result["result"]["value"]

    def choose_files(self, selector: str, files: Sequence[Path]) -> None:
        """Chooses files in an input, as a person does in its dialog."""
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.call("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def screenshot(self, path: Path) -> None:
        """Writes a picture of the page, to look at."""
        import base64

        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))


@contextmanager
def browsing(profile: Path) -> Iterator[Page]:
    """A new tab of a browser with its own profile."""
    assert CHROMIUM
    their_read, our_write = os.pipe()
    our_read, their_write = os.pipe()
    # The browser reads its descriptor 3 and writes to 4.
    command = f'exec "$@" 3<&{their_read} 4>&{their_write}'
    options = [*_OPTIONS, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
    process = subprocess.Popen(
        ["bash", "-c", command, "chromium", CHROMIUM, *options],
        pass_fds=(their_read, their_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(their_read)
    os.close(their_write)
    page = Page(our_write, our_read)
    try:
        yield page
    finally:
        process.kill()
        process.wait()
        os.close(our_write)
