"""Chromium or Chrome without a window, as an independent reader of pages, captions and movies."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), None)
NO_BROWSER = "neither Chromium nor Chrome is on this machine"

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


def browser_command(address: str, profile: Path, *flags: str) -> list[str]:
    """The command that opens a page, with a new profile."""
    assert BROWSER is not None
    return [BROWSER, *_FLAGS, f"--user-data-dir={profile}", *flags, address]


def dump_page(address: str, profile: Path) -> str:
    """The HTML of a page after its scripts ended, in at most a minute of the page's own time."""
    command = browser_command(address, profile, "--virtual-time-budget=60000", "--dump-dom")
    run = subprocess.run(command, capture_output=True, timeout=120, check=True)
    assert run.stdout, run.stderr.decode()[-2000:]
    return run.stdout.decode()
