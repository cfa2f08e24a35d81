"""Rules of the house that import-linter cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import engine

ROOT = Path(engine.__file__).resolve().parent.parent


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_the_console_reaches_a_room_only_through_its_door() -> None:
    rooms = {path.parent.name for path in (ROOT / "engine").glob("*/__init__.py")}
    for path in (ROOT / "cwtui").rglob("*.py"):
        for name in imports(path):
            parts = name.split(".")
            assert not (parts[0] == "engine" and len(parts) > 2 and parts[1] in rooms), f"{path.name} imports {name}"


def test_only_color_py_touches_opencolorio() -> None:
    touching = {path.relative_to(ROOT) for path in (ROOT / "engine").rglob("*.py") if "PyOpenColorIO" in imports(path)}
    assert touching == {Path("engine/picture/color.py")}


def test_help_is_answered_without_the_heavy_libraries() -> None:
    """`cwtui --help` answers in 0.3 s only while none of these is imported."""
    heavy = {"av", "numpy", "wgpu", "PyOpenColorIO", "OpenEXR", "faster_whisper", "pydantic", "rich.console"}
    script = f"import sys, cwtui.cli; print(sorted({heavy!r} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_files_fit_in_a_head() -> None:
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "cwtui").rglob("*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
