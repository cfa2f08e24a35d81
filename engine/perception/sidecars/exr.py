"""Stored products as OpenEXR files of several parts, for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import partial
from engine.errors import EngineError
from engine.perception.products import ProductKind
from engine.perception.sidecars.reader import PerceptionReader

Channels = dict[str, NDArray[np.float16]]

_HALF_MAX = 65504.0


def frame_parts(reader: PerceptionReader, number: int) -> dict[str, Channels]:
    """The parts of a tick, by name, each with its channels (height, width) in half floats.

    `mask` has A (alpha) and trimap (0, 0.5 or 1), `foreground` has R, G, B in ACEScg, `depth` has Z (NaN where it is
    unknown), and `flow` has x, y, back.x, back.y in pixels of the file, to the right and down, and validity.
    """
    parts: dict[str, Channels] = {}
    if reader.covers("person_mask", number):
        mask = reader.mask(number)
        parts["mask"] = {"A": _half(mask.alpha), "trimap": _half(np.rint(mask.trimap / 127.5) / 2)}
        if mask.foreground is not None:
            parts["foreground"] = {name: _half(mask.foreground[..., n]) for n, name in enumerate("RGB")}
    if reader.covers("depth_map", number):
        parts["depth"] = {"Z": _half(reader.depth(number).values)}
    if reader.covers("optical_flow", number):
        flow = reader.flow(number)
        height = flow.validity.shape[0]
        parts["flow"] = {
            "x": _half(flow.forward[..., 0] * height),
            "y": _half(flow.forward[..., 1] * height),
            "back.x": _half(flow.backward[..., 0] * height),
            "back.y": _half(flow.backward[..., 1] * height),
            "validity": _half(flow.validity),
        }
    return parts


def write_frame_parts(path: Path, reader: PerceptionReader, number: int, *, replace: bool = False) -> None:
    """Writes the parts of a tick to a file, with their models and confidence as attributes.

    Raises EngineError if the tick has no products, or if the file cannot be written.
    """
    import OpenEXR

    parts = frame_parts(reader, number)
    if not parts:
        raise EngineError(f"The frame {number} has no masks, flow or depth.", "Choose a range that was analysed.")
    written = [
        OpenEXR.Part(
            {
                "compression": OpenEXR.ZIP_COMPRESSION,
                "type": OpenEXR.scanlineimage,
                **_attributes(reader, _KINDS[name], number),
            },
            channels,
            name,
        )
        for name, channels in parts.items()
    ]
    try:
        with partial(path, replace=replace) as unfinished:
            OpenEXR.File(written).write(str(unfinished))
    except RuntimeError as problem:
        raise EngineError(
            f"{path} cannot be written: {problem}", "Check the folder and the space on its disk."
        ) from None


_KINDS: Mapping[str, ProductKind] = {
    "mask": "person_mask",
    "foreground": "person_mask",
    "depth": "depth_map",
    "flow": "optical_flow",
}


def _attributes(reader: PerceptionReader, kind: ProductKind, number: int) -> dict[str, Any]:
    identity, quality = reader.identity(kind), reader.quality(kind, number)
    found: dict[str, Any] = {
        "cleanwater:provider": identity.name,
        "cleanwater:model": identity.model,
        "cleanwater:modelDigest": identity.digest,
        "cleanwater:confidence": float(quality.confidence),
        "cleanwater:frame": number,
    }
    if kind == "depth_map":
        found["cleanwater:unit"] = reader.depth(number).unit
    # A text attribute may not be empty.
    return {name: value for name, value in found.items() if value != ""}


def _half(plane: NDArray[Any]) -> NDArray[np.float16]:
    return np.ascontiguousarray(np.clip(plane, -_HALF_MAX, _HALF_MAX).astype(np.float16))
