"""Recognises the folder of a camera's card, or of a phone, by its layout."""

from __future__ import annotations

import os
import re
from pathlib import Path

# DCF 2.0 (CIPA DC-009), 3.2: three digits and five letters. An iPhone's are 100APPLE to 999APPLE, or 202506__ for a
# month.
_DCF_FOLDER = re.compile(r"[1-9]\d{2}\w{5}|20\d{4}__", re.ASCII)
_APPLE_FOLDER = re.compile(r"[1-9]\d{2}APPLE|20\d{4}__", re.ASCII)
_ROOTS = {"M4ROOT": "XAVC", "XDROOT": "XDCAM", "AVCHD": "AVCHD", "BPAV": "XDCAM EX"}


def card_layout(folder: Path) -> str | None:
    """Return the name of a card's layout if a folder is the root of one or a folder within, else None.

    Names: `iPhone` `DCIM` `XAVC` `XDCAM` `XDCAM EX` `AVCHD` `P2` `XF`. Unreadable folders are none.
    """
    names = _names(folder)
    own = folder.name.upper()
    if own == "DCIM" or "DCIM" in names:
        inside = names if own == "DCIM" else _names(folder / "DCIM")
        return "iPhone" if any(_APPLE_FOLDER.fullmatch(name) for name in inside) else "DCIM"
    if _APPLE_FOLDER.fullmatch(own):
        return "iPhone"
    if _DCF_FOLDER.fullmatch(own) and folder.parent.name.upper() == "DCIM":
        return "DCIM"
    private = names if own == "PRIVATE" else _names(folder / "PRIVATE")
    if root := next((name for name in (own, *sorted(names), *sorted(private)) if name in _ROOTS), None):
        return _ROOTS[root]
    if layout := _contents_layout(names if own == "CONTENTS" else _names(folder / "CONTENTS")):
        return layout
    # Some XAVC and XDCAM cards have their clips at the root: CLIP beside an index of the medium.
    return "XDCAM" if "CLIP" in names and {"MEDIAPRO.XML", "INDEX.XML", "DISCMETA.XML"} & names else None


def _contents_layout(names: frozenset[str]) -> str | None:
    """Return the layout of a card by its folder CONTENTS, or None: programs on macOS have such a folder, too."""
    if {"CLIP", "VIDEO"} <= names:
        return "P2"
    return "XF" if any(name.startswith("CLIPS") for name in names) else None


def _names(folder: Path) -> frozenset[str]:
    try:
        return frozenset(name.upper() for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return frozenset()
