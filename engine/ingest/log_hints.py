"""Finds log curves that cameras name in metadata instead of the picture's colour tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.isobmff.movie_boxes import metadata_payloads

# Names used by Sony, Panasonic, Canon, DJI, Nikon, Fujifilm, Leica, ARRI, GoPro, RED, Blackmagic and Apple.
_CURVE = (
    r"(?:s-?log[23]?|v-?log2?|c-?log ?[23]?|canon[ -]?log ?[23]?|d-?log(?:[ -]?m|2)?|n-?log|f-?log2?c?|l-?log|z-?log2?"
    r"|arri ?log-?c[34]?|log-?c[34]?|gp-?log|go ?pro ?log|protune(?: flat)?|log3g10|redlog(?:film)?"
    r"|(?:blackmagic|bmd) ?film|apple[ -]?log(?:[ -]?2)?)"
)
_IS_CURVE = re.compile(rf"{_CURVE}(?:[ ._/+(-].{{0,40}})?", re.IGNORECASE)
_IS_APPLE = re.compile(r"com\.apple\.[\w.-]*log[\w.-]*", re.IGNORECASE)
# Only keys about colour: a title or comment may contain “vlog”.
_KEY = re.compile(r"gamma|transfer|(?<![a-z])logs?(?![a-z])|profile|colou?r|curve", re.IGNORECASE)
_IN_TEXT = re.compile(
    rb"(?:Capture(?:Color)?Gamma(?:Equation)?|GammaEquation|Gamma|TransferCharacteristics?|ColorMode|LogProfile)"
    rb"[^A-Za-z0-9]{1,12}(?:value[^A-Za-z0-9]{1,4})?([A-Za-z0-9][A-Za-z0-9 ._+/-]{1,40})"
)


def log_hint(path: Path, metadata: Iterable[Mapping[str, str]]) -> str:
    """Return the log curve's name as written in the file, or an empty string.

    `metadata` are the key-value tables of the container and its streams, from FFmpeg. In QuickTime and MP4 files the
    manufacturers' metadata is searched, too (Sony's and Panasonic's XML, user data).
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
