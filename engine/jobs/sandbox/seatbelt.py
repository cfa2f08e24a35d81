"""Seatbelt: macOS refuses writes and network access by a profile, as with `sandbox-exec`.

`sandbox_init` is the call behind `sandbox-exec`. It confines a running process, which has its modules loaded.
"""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

# From Darwin's unistd.h: the user's folders below /var/folders, in which Metal stores compiled shaders.
_DARWIN_USER_TEMP_DIR, _DARWIN_USER_CACHE_DIR = 65537, 65538


def restrict(writable: tuple[Path, ...], network: bool) -> None:
    """Applies the profile to this process, its threads and children. Raises OSError with Seatbelt's reason."""
    system = ctypes.CDLL("/usr/lib/libSystem.B.dylib")
    system.sandbox_init.argtypes = (ctypes.c_char_p, ctypes.c_uint64, ctypes.POINTER(ctypes.c_char_p))
    system.sandbox_init.restype = ctypes.c_int
    reason = ctypes.c_char_p()
    # Flags 0: the text is a profile, not a profile's name. The reason is not freed, as this process then ends.
    if system.sandbox_init(os.fsencode(profile((*writable, *_user_folders()), network)), 0, ctypes.byref(reason)):
        raise OSError(errno.EPERM, (reason.value or b"no reason given").decode(errors="replace"))


def profile(writable: tuple[Path, ...], network: bool) -> str:
    """The profile in Seatbelt's language. The last matching rule applies."""
    rules = ["(version 1)", "(allow default)", "(deny file-write*)", '(allow file-write* (subpath "/dev"))']
    for path in writable:
        # The kernel compares real paths: /tmp is /private/tmp.
        place = path.resolve()
        rules.append(f"(allow file-write* ({'literal' if place.is_file() else 'subpath'} {_quoted(place)}))")
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


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
