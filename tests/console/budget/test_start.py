"""The work until the first screen is painted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..pilot import own_state
from ..terminal_pty import TerminalPty, console_command

# Importing any of these takes longer than the first screen may take.
HEAVY = {
    "av", "numpy", "scipy", "wgpu", "OpenEXR", "PyOpenColorIO", "PIL", "onnxruntime", "faster_whisper", "pedalboard",
    "matplotlib", "tree_sitter", "textual_image", "engine.studio", "engine.tasks", "engine.picture", "engine.sound",
    "engine.speech", "engine.render", "engine.deliver",
}  # fmt: skip
LEAST, MOST = 100, 1_000


def test_nothing_heavy_is_loaded_for_the_first_screen() -> None:
    opened = "cwtui.cli, cwtui.console.app, cwtui.console.terminal.capabilities, cwtui.console.screens.takes.screen"
    script = f"import sys, {opened}; print(sorted({HEAVY!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_a_thousand_takes_are_painted_with_little_more_work_than_a_hundred(stocked: Callable[[int], Path]) -> None:
    little, much = (until_painted(stocked(takes)) for takes in (LEAST, MOST))
    assert much < 2.5 * little


def until_painted(folder: Path) -> float:
    """Processor seconds of a cold start, until the first take is on the screen."""
    with TerminalPty(console_command(folder), (120, 40), own_state(folder.parent)) as terminal:
        terminal.until(rb"m001\b")
        return terminal.cpu_seconds()
