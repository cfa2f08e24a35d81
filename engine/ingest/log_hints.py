"""A log curve that a camera names in its metadata and not in the picture's tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.isobmff.boxes import metadata_payloads

# Names as Sony, Panasonic, Canon, DJI, Nikon, Fujifilm, Leica, ARRI, GoPro, RED, Blackmagic and Apple write them.
_CURVE = (
    r"(?:s-?log[23]?|v-?log2?|c-?log ?[23]?|canon[ -]?log ?[23]?|d-?log(?:[ -]?m|2)?|n-?log|f-?log2?c?|l-?log|z-?log2?"
    r"|arri ?log-?c[34]?|log-?c[34]?|gp-?log|go ?pro ?log|protune(?: flat)?|log3g10|redlog(?:film)?"
    r"|(?:blackmagic|bmd) ?film|apple[ -]?log(?:[ -]?2)?)"
)
_IS_CURVE = re.compile(rf"{_CURVE}(?:[ ._/+(-].{{0,40}})?", re.IGNORECASE)
_IS_APPLE = re.compile(r"com\.apple\.[\w.-]*log[\w.-]*", re.IGNORECASE)
# Only keys that are about colour: a creator's title or comment may say “vlog”.
_KEY = re.compile(r"gamma|transfer|(?<![a-z])logs?(?![a-z])|profile|colou?r|curve", re.IGNORECASE)
_IN_TEXT = re.compile(
    rb"(?:Capture(?:Color)?Gamma(?:Equation)?|GammaEquation|Gamma|TransferCharacteristics?|ColorMode|LogProfile)"
    rb"[^A-Za-z0-9]{1,12}(?:value[^A-Za-z0-9]{1,4})?([A-Za-z0-9][A-Za-z0-9 ._+/-]{1,40})"
)


def log_hint(path: Path, metadata: Iterable[Mapping[str, str]]) -> str:
    """The log curve's name as the file has it, empty where none is named.

    `metadata` are the container's and its streams' keys and values, as FFmpeg gives them. Of QuickTime and MP4 files
    the makers' own text is read as well (Sony's and Panasonic's XML, user data).
    """
    for table in metadata:
        for key, value in table.items():
            if _IS_APPLE.fullmatch(value) or (_KEY.search(key) and _IS_CURVE.fullmatch(value.strip())):
                return value.strip()
    for payload in metadata_payloads(path):
        for found in _IN_TEXT.finditer(payload):
            name = found[1].decode("latin-1").strip()
            if _IS_CURVE.fullmatch(name):
                return name
    return ""
