"""Structure rules that import-linter cannot express."""

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


def test_the_console_imports_packages_of_the_engine_not_their_modules() -> None:
    packages = {path.parent.name for path in (ROOT / "engine").glob("*/__init__.py")}
    for path in (ROOT / "cwtui").rglob("*.py"):
        for name in imports(path):
            parts = name.split(".")
            assert not (parts[0] == "engine" and len(parts) > 2 and parts[1] in packages), f"{path.name} imports {name}"


def test_only_the_files_of_colour_import_opencolorio() -> None:
    naming = [path for path in (ROOT / "engine").rglob("*.py") if "PyOpenColorIO" in path.read_text(encoding="utf-8")]
    importing = {path.relative_to(ROOT) for path in naming if "PyOpenColorIO" in imports(path)}
    assert importing == {Path("engine/picture/color.py"), Path("engine/picture/lut.py")}


def test_help_imports_no_heavy_libraries() -> None:
    """`cwtui --help` takes 0.15 s only if none of these is imported."""
    heavy = {"av", "numpy", "wgpu", "PyOpenColorIO", "OpenEXR", "faster_whisper", "pydantic", "rich", "sqlite3"}
    heavy |= {"engine.catalog", "engine.studio"}
    script = "import sys; from cwtui.cli import app; app(['--help'], standalone_mode=False);"
    script += f"print(sorted({heavy!r} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Commands:" in result.stdout
    assert result.stdout.splitlines()[-1] == "[]"


def test_packages_of_the_engine_export_lazily() -> None:
    """A package imports a module when one of its names is used, and no exported name is also that of another module."""
    for init in (ROOT / "engine").glob("*/**/__init__.py"):
        assert imports(init) == {"lazy_loader"}, init
        modules = {path.stem for path in init.parent.iterdir()}
        for node in ast.parse(init.with_suffix(".pyi").read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    # lazy_loader ignores `as`, and a function takes precedence only over a module of the same name.
                    assert alias.asname is None, f"{init}: {alias.name}"
                    assert alias.name not in modules or alias.name == node.module, f"{init}: {alias.name}"


def test_job_processes_start_with_common_modules_imported() -> None:
    """A job is forked from a process that has imported `engine.studio.job_kinds`."""
    script = "import sys, engine.studio.job_kinds; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert {"av", "numpy", "wgpu"} <= loaded
    assert not {"onnxruntime", "faster_whisper", "ctranslate2", "scipy", "matplotlib"} & loaded


def test_pyav_is_imported_before_its_submodules() -> None:
    """Python locks a submodule before its package: if two threads import `av` and `av.error` at once, one of them gets
    a partly initialized package."""
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "cwtui").rglob("*.py")]:
        names: list[str] = []
        text = path.read_text(encoding="utf-8")
        # An import for typing only is inside an `if` and not executed.
        for node in ast.parse(text).body if "av." in text else ():
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.append(node.module)
        parts = [name for name in names if name.split(".")[0] == "av"]
        assert not parts or parts[0] == "av", (path, parts)


def test_modules_have_at_most_400_lines() -> None:
    for path in [*(ROOT / "engine").rglob("*.py"), *(ROOT / "cwtui").rglob("*.py")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 400, path
