"""The cost of a start, until the first screen is painted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..pilot import isolated_environment
from ..terminal_pty import TerminalPty, console_command

# The import of any of these takes longer than the first screen may take.
HEAVY = {
    "av", "numpy", "scipy", "wgpu", "OpenEXR", "PyOpenColorIO", "PIL", "onnxruntime", "faster_whisper", "pedalboard",
    "matplotlib", "psutil", "tree_sitter", "textual_image", "engine.studio", "engine.tasks", "engine.picture",
    "engine.sound", "engine.speech", "engine.render", "engine.deliver",
}  # fmt: skip
FEW, MANY = 100, 1_000


def test_the_first_screen_imports_no_heavy_module() -> None:
    modules = "cwtui.cli, cwtui.console.app, cwtui.console.terminal.capabilities, cwtui.console.screens.takes.screen"
    script = f"import sys, {modules}; print(sorted({HEAVY!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_start_costs_about_the_same_with_100_and_1000_takes(studio_of_size: Callable[[int], Path]) -> None:
    folders = [studio_of_size(takes) for takes in (FEW, MANY)]
    # On a busy machine, a console has gone on when its processor time is read.
    assert any(many < 2.5 * few for few, many in (map(start_cost, folders) for _ in range(3)))


def start_cost(folder: Path) -> float:
    """Processor seconds of a cold start, until the first take is on the screen."""
    with TerminalPty(console_command(folder), (120, 40), isolated_environment(folder.parent)) as terminal:
        terminal.until(rb"m *001\b")
        return terminal.cpu_seconds()
