"""The engine's data files: WGSL shaders and TOML presets."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def resource_root(kind: str) -> Path:
    """Return the folder of `kind` ("shaders", "presets"): in the installed wheel, or beside `engine/` in a checkout."""
    package = Path(str(files("engine")))
    installed = package / "_resources" / kind
    return installed if installed.is_dir() else package.parent / kind


def shader(name: str) -> str:
    """Return the WGSL source in `shaders/<name>`."""
    return (resource_root("shaders") / name).read_text(encoding="utf-8")


def stamp(name: str) -> tuple[int, int]:
    """Return the modification time (ns) and size of `shaders/<name>`, or zeros if it is missing, to detect changes."""
    try:
        found = (resource_root("shaders") / name).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
