"""The files that travel with the engine: WGSL passes and TOML presets."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path


@cache
def resource_root(kind: str) -> Path:
    """The folder of `kind` ("shaders" or "presets"): inside an installed wheel, or beside `engine/` in a checkout."""
    package = Path(str(files("engine")))
    installed = package / "_resources" / kind
    return installed if installed.is_dir() else package.parent / kind


def shader(name: str) -> str:
    """The WGSL source of the pass in `shaders/<name>`."""
    return (resource_root("shaders") / name).read_text(encoding="utf-8")


def stamp(name: str) -> tuple[int, int]:
    """Tells whether `shaders/<name>` was written since: its time and size, zeros while it is not there."""
    try:
        found = (resource_root("shaders") / name).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
