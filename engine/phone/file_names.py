"""Makes a safe file name of a name that another device sends."""

from __future__ import annotations

import re
import unicodedata

_LONGEST_BYTES = 200
_LONGEST_SUFFIX = 16
_WITHOUT_NAME = "upload"
# Names that Windows reserves for devices, with any suffix: the studio's disk may be used there.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')


def safe_name(sent: str) -> str:
    """Return the last part of a name without anything that a file system or a terminal could interpret.

    The result is in NFC, is not hidden, has no separator, no control or format character and no reserved name, and has
    at most 200 bytes in UTF-8. It is “upload” if nothing is left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", sent))[-1]
    # Control, format (bidirectional overrides), surrogate, private and unassigned characters; line separators.
    printable = "".join(sign for sign in last if unicodedata.category(sign) not in _UNPRINTABLE)
    name = _FORBIDDEN.sub("_", " ".join(printable.split())).lstrip(". ").rstrip(". ")
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name) or _WITHOUT_NAME


_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def _shortened(name: str) -> str:
    if len(name.encode()) <= _LONGEST_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = _LONGEST_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + dot + suffix
