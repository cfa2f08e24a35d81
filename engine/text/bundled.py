"""The fonts that come with Cleanwater, by name: the same on every machine."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import Literal, get_args

from engine.atomic_files import write_atomic

FontName = Literal["sans", "noto", "ubuntu", "mono", "code"]
"""FiraGO, Noto Sans, Ubuntu, Space Mono, Cascadia Mono."""

FONT_NAMES: tuple[FontName, ...] = get_args(FontName)

# The names of the package's fonts, regular and bold, and of the files that contain them.
_FONTS: dict[FontName, tuple[str, str, str]] = {
    "sans": ("figo", "figbo", "FiraGO.otf"),
    "noto": ("notos", "notosbo", "NotoSans.otf"),
    "ubuntu": ("ubuntu", "ubuntubo", "Ubuntu.ttf"),
    "mono": ("spacemo", "spacembo", "SpaceMono.ttf"),
    "code": ("cascadia", "cascadiab", "CascadiaMono.ttf"),
}

# Threads of one process would write the same temporary file.
_CACHE_LOCK = Lock()


@cache
def bundled_font(name: FontName, bold: bool = False) -> Path:
    """A font as a file in the user's cache, because its package contains it compressed."""
    import pymupdf_fonts
    from platformdirs import user_cache_path

    regular, heavy, file = _FONTS[name]
    content = pymupdf_fonts.fontbuffers[heavy if bold else regular]()
    stem, _, suffix = file.partition(".")
    path = user_cache_path("Cleanwater") / "fonts" / f"{stem}-{'Bold' if bold else 'Regular'}.{suffix}"
    with _CACHE_LOCK:
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, content)
    return path
