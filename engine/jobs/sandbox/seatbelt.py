"""Seatbelt: macOS refuses reads, writes and network access by a profile, as with `sandbox-exec`.

`sandbox_init` is the call behind `sandbox-exec`. It confines a running process, which has its modules loaded.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

_CHANGE = "file-write* file-read-data file-read-xattr"
# From Darwin's unistd.h: the user's folders below /var/folders, in which Metal stores compiled shaders.
_DARWIN_USER_TEMP_DIR, _DARWIN_USER_CACHE_DIR = 65537, 65538


def restrict(writable: tuple[Path, ...], readable: tuple[Path, ...], network: bool) -> None:
    """Applies the profile to this process, its threads and children. Raises OSError with Seatbelt's reason."""
    system = ctypes.CDLL("/usr/lib/libSystem.B.dylib")
    system.sandbox_init.argtypes = (ctypes.c_char_p, ctypes.c_uint64, ctypes.POINTER(ctypes.c_char_p))
    system.sandbox_init.restype = ctypes.c_int
    reason = ctypes.c_char_p()
    # Flags 0: the text is a profile, not a profile's name. The reason is not freed, as this process then ends.
    text = profile((*writable, *_user_folders()), readable, network)
    if system.sandbox_init(os.fsencode(text), 0, ctypes.byref(reason)):
        raise OSError(errno.EPERM, (reason.value or b"no reason given").decode(errors="replace"))


def profile(writable: tuple[Path, ...], readable: tuple[Path, ...], network: bool) -> str:
    """The profile in Seatbelt's language. The last matching rule applies.

    The content of files, the names in folders and extended attributes are read; the names, sizes and times of files
    whose path is known are metadata, which a job may read everywhere.
    """
    rules = ["(version 1)", "(allow default)", "(deny file-write* file-read-data file-read-xattr)"]
    rules += ['(allow file-read-data (literal "/"))', f'(allow {_CHANGE} (subpath "/dev"))']
    rules += [f"(allow file-read-data file-read-xattr {_filter(path)})" for path in readable]
    rules += [f"(allow {_CHANGE} {_filter(path)})" for path in writable]
    if not network:
        rules += [
            "(deny network*)",
            "(allow network* (local unix-socket))",
            "(allow network* (remote unix-socket))",
            # Another process resolves names, and a host name can leak data.
            '(deny network-outbound (literal "/private/var/run/mDNSResponder"))',
            '(deny mach-lookup (global-name "com.apple.dnssd.service"))',
        ]
    return "\n".join(rules) + "\n"


def _user_folders() -> tuple[Path, ...]:
    named = (os.confstr(name) for name in (_DARWIN_USER_TEMP_DIR, _DARWIN_USER_CACHE_DIR))
    return tuple(Path(folder) for folder in named if folder)


def _filter(path: Path) -> str:
    # The kernel compares real paths: /tmp is /private/tmp.
    place = path.resolve()
    return f"({'literal' if place.is_file() else 'subpath'} {_quoted(place)})"


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
