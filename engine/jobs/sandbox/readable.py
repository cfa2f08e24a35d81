"""The paths that every job may read: the system's libraries, the interpreter, Cleanwater's own files and fonts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import engine
from engine.resources import resource_root

# /etc has secrets, such as private keys: a job reads only what libraries look up.
_LINUX = (
    *("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin", "/usr", "/opt", "/proc", "/sys"),
    *(f"/etc/{name}" for name in ("alternatives", "drirc", "egl", "fonts", "glvnd", "OpenCL", "vulkan")),
    *(f"/etc/{name}" for name in ("group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d")),
    *(f"/etc/{name}" for name in ("locale.alias", "localtime", "mime.types", "nsswitch.conf", "os-release", "passwd")),
    *(f"/etc/{name}" for name in ("resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf", "timezone")),
    *("/run/systemd/resolve", "/var/cache/fontconfig"),
)
_MACOS = (
    *("/bin", "/Library", "/opt", "/private/etc", "/private/var/db", "/sbin", "/System", "/usr"),
    # The graphics driver and the system's frameworks read their caches and settings.
    *("/private/var/folders", "/private/var/run"),
)
_FONTS = (".fonts", ".local/share/fonts", "Library/Fonts")


def common_paths() -> tuple[Path, ...]:
    """The existing files and folders that a job of any kind may read."""
    return tuple(dict.fromkeys(path for path in _candidates() if path.exists()))


def _candidates() -> Iterator[Path]:
    yield from map(Path, _MACOS if sys.platform == "darwin" else _LINUX)
    for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix):
        yield Path(prefix)
    # An interpreter may be a link to a folder that is in none of its prefixes.
    yield Path(sys.executable).resolve().parent.parent
    yield Path(engine.__file__).parent
    yield from (resource_root(kind) for kind in ("presets", "shaders"))
    # Modules beside the installed ones: those of a checkout or of an editable package.
    yield from (Path(entry) for entry in sys.path if entry)
    yield from (Path.home() / name for name in _FONTS)
