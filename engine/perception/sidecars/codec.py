"""Products as small arrays, and back: alpha in 8 bits, flow in fixed point, depth in half floats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.perception.products import DepthMap, OpticalFlow, PersonFace, PersonMask
from engine.perception.sidecars.index import FLOW_STEPS

Arrays = dict[str, NDArray[Any]]
Product = PersonMask | OpticalFlow | DepthMap | tuple[PersonFace, ...]

_HALF_MAX = 65504.0
_BOX = 4


def encode(product: Product) -> Arrays:
    """The arrays of a product, by name."""
    match product:
        case PersonMask():
            return _encode_mask(product)
        case OpticalFlow():
            return _encode_flow(product)
        case DepthMap():
            values = np.clip(product.values, -_HALF_MAX, _HALF_MAX).astype(np.float16)
            return {"values": values, "metric": np.array(product.unit == "metric")}
        case _:
            return _encode_faces(product)


def decode_mask(arrays: Mapping[str, NDArray[Any]]) -> PersonMask:
    """The mask: its alpha is a multiple of 1/255."""
    foreground = arrays.get("foreground")
    return PersonMask(
        _share(arrays["alpha"]), arrays["trimap"], None if foreground is None else foreground.astype(np.float32)
    )


def decode_flow(arrays: Mapping[str, NDArray[Any]]) -> OpticalFlow:
    """The flow, in shares of the height."""
    forward, backward = arrays["forward"], arrays["backward"]
    step = np.float32(1 / (FLOW_STEPS * forward.shape[0]))
    return OpticalFlow(forward * step, backward * step, _share(arrays["validity"]))


def decode_depth(arrays: Mapping[str, NDArray[Any]]) -> DepthMap:
    """The depth, NaN where it is unknown."""
    return DepthMap(arrays["values"].astype(np.float32), "metric" if arrays["metric"] else "relative")


def decode_faces(arrays: Mapping[str, NDArray[Any]]) -> tuple[PersonFace, ...]:
    """The faces, in the stored order."""
    boxes, marks = arrays["boxes"], arrays["landmarks"]
    counts = arrays["counts"]
    ends = np.cumsum(counts)
    return tuple(
        PersonFace(
            (float(box[0]), float(box[1]), float(box[2]), float(box[3])),
            float(box[_BOX]),
            tuple((float(x), float(y)) for x, y in marks[end - count : end]),
        )
        for box, count, end in zip(boxes, counts, ends, strict=True)
    )


def _encode_mask(mask: PersonMask) -> Arrays:
    arrays: Arrays = {"alpha": _byte(mask.alpha), "trimap": mask.trimap}
    if mask.foreground is not None:
        arrays["foreground"] = np.clip(mask.foreground, -_HALF_MAX, _HALF_MAX).astype(np.float16)
    return arrays


def _encode_flow(flow: OpticalFlow) -> Arrays:
    return {
        "forward": _steps(flow.forward),
        "backward": _steps(flow.backward),
        "validity": _byte(flow.validity),
    }


def _steps(field: NDArray[np.float32]) -> NDArray[np.int16]:
    """Flow in whole steps; more than 1024 pixels are clipped."""
    steps = np.rint(np.nan_to_num(field) * np.float32(FLOW_STEPS * field.shape[0]))
    clipped: NDArray[np.int16] = np.clip(steps, -32768, 32767).astype(np.int16)
    return clipped


def _encode_faces(faces: tuple[PersonFace, ...]) -> Arrays:
    boxes = np.array([(*face.box, face.score) for face in faces], np.float32).reshape(-1, _BOX + 1)
    marks = np.array([mark for face in faces for mark in face.landmarks], np.float32).reshape(-1, 2)
    return {
        "boxes": boxes,
        "landmarks": marks,
        "counts": np.array([len(face.landmarks) for face in faces], np.int32),
    }


def _byte(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    codes: NDArray[np.uint8] = np.rint(np.clip(np.nan_to_num(shares), 0, 1) * np.float32(255)).astype(np.uint8)
    return codes


def _share(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    shares: NDArray[np.float32] = codes.astype(np.float32) / np.float32(255)
    return shares
