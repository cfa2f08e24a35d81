"""Creates docs/demo.svg: the terminal output of commands run in the demo studio.

Run `make demo` first, then `.venv/bin/python scripts/picture.py`.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("takes", "deliver podcast", "deliver youtube-4k IMG_0101 IMG_0102", "verify")
COLUMNS = 88

# Blue-black background, aqua for the current position, amber for open questions, red for loss, greys for the rest.
WATER = TerminalTheme(
    (9, 16, 24),
    (206, 216, 222),
    [
        (24, 34, 44),
        (226, 92, 92),
        (120, 200, 150),
        (230, 180, 90),
        (90, 150, 210),
        (170, 140, 200),
        (90, 205, 210),
        (206, 216, 222),
    ],
)


def main() -> None:
    """Runs the commands and writes the SVG."""
    screen = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    cwtui = Path(sys.executable).with_name("cwtui")
    environment = {
        **os.environ, "CWTUI_STUDIO": str(ROOT / "demo" / "studio"), "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)
    }  # fmt: skip
    for command in COMMANDS:
        output = subprocess.run(
            [str(cwtui), *command.split()], capture_output=True, text=True, check=True, env=environment
        ).stdout
        screen.print(Text.assemble(("$ ", "cyan"), (f"cwtui {command}", "bold")))
        screen.print(Text.from_ansi(output.replace(str(ROOT) + os.sep, "")))
        screen.print()
    svg = screen.export_svg(title="Cleanwater", theme=WATER)
    # Remove web fonts: the documentation must not fetch anything. The viewer's monospace font is used.
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    (ROOT / "docs" / "demo.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
