"""Creates docs/console-*.svg: screens of the console in the demo studio, in a terminal with half-block images.

Run `make demo` first, then `.venv/bin/python scripts/screens.py`.
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from pathlib import Path

from cwtui.console.app import ConsoleApp, LaunchOptions
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal

ROOT = Path(__file__).resolve().parent.parent
SIZE = (120, 36)
# For each screen, the keys that open it and move to an interesting state.
SCREENS = {"takes": ("T", "down", "down"), "review": ("R", *"wwwwwww"), "sound": ("S",), "deliver": ("D",)}


async def draw(folder: Path) -> None:
    """Opens each screen of one console and writes its SVG."""
    session = Session(recipe="youtube-4k")
    app = ConsoleApp(LaunchOptions(folder, session, {}, Terminal("blocks", round_trip=0.021)))
    async with app.run_test(size=SIZE) as pilot:
        await _wait_until_idle(app)
        for name, keys in SCREENS.items():
            for key in keys:
                await pilot.press(key)
            await _wait_until_idle(app)
            svg = re.sub(r"@font-face \{.*?\}", "", app.export_screenshot(title="cwtui"), flags=re.DOTALL)
            (ROOT / "docs" / f"console-{name}.svg").write_text(svg, encoding="utf-8")


async def _wait_until_idle(app: ConsoleApp) -> None:
    idle_polls = 0
    while idle_polls < 20:
        await asyncio.sleep(0.05)
        idle_polls = idle_polls + 1 if app.idle() else 0


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["XDG_STATE_HOME"] = scratch
        asyncio.run(draw(ROOT / "demo" / "studio"))
