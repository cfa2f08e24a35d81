"""Which provider makes a product: the phone's own depth first, then Apple's frameworks on a Mac, then nets.

Optical flow is not chosen: Cleanwater's own is the same on every machine.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from engine.errors import EngineError
from engine.file_digest import sha256_of
from engine.perception.products import ProductKind
from engine.perception.provider import DepthProvider, FaceProvider, MaskProvider

if TYPE_CHECKING:
    from engine.models.nets import LocatedNet

Backend = Literal["phone", "coreml", "vision", "onnx"]
_Provider = TypeVar("_Provider")
_Openers = dict[Backend, Callable[[], _Provider]]


@dataclass(frozen=True, slots=True)
class PhoneTake:
    """A take whose file has the phone's depth, with its duration in seconds and its orientation."""

    path: Path
    duration: Fraction
    rotation: int = 0
    mirrored: bool = False


def backends(
    product: ProductKind, *, on_a_mac: bool, phone_depth: bool = False, core_ml: bool = False, model: bool = False
) -> tuple[Backend, ...]:
    """The back ends for a product in the order in which they are tried.

    `core_ml`: a depth model of the user's is in Core ML's format. `model`: the user named a model, which is then used
    and nothing else.
    """
    found: list[Backend] = []
    if product == "depth_map":
        if phone_depth and not model:
            found.append("phone")
        if core_ml and on_a_mac:
            found.append("coreml")
    elif on_a_mac and not model:
        found.append("vision")
    if not (model and found):
        found.append("onnx")
    return tuple(found)


def open_first(
    openers: Sequence[tuple[Backend, Callable[[], _Provider]]],
) -> tuple[_Provider, tuple[str, ...]]:
    """The first provider that opens, and a note for each that did not. Raises the last one's error if none opens."""
    failed: list[tuple[Backend, EngineError]] = []
    for backend, opener in openers:
        try:
            provider = opener()
        except EngineError as error:
            failed.append((backend, error))
        else:
            return provider, tuple(f"{name} is not used: {error.message}" for name, error in failed)
    if not failed:
        raise ValueError("no back end was given")
    # The last one is the net's, whose hint says how a model is added.
    raise failed[-1][1]


def choose_mask_provider(model: str | None = None) -> tuple[MaskProvider, tuple[str, ...]]:
    """The provider of masks for this machine, and notes on those that did not open."""
    from engine.perception.nets import open_mask_provider

    openers: _Openers[MaskProvider] = {"vision": _vision_masks, "onnx": lambda: open_mask_provider(model)}
    return _opened(openers, backends("person_mask", on_a_mac=_on_a_mac(), model=model is not None))


def choose_face_provider() -> tuple[FaceProvider, tuple[str, ...]]:
    """The provider of faces for this machine, and notes on those that did not open."""
    from engine.perception.nets import open_face_provider

    openers: _Openers[FaceProvider] = {"vision": _vision_faces, "onnx": open_face_provider}
    return _opened(openers, backends("face", on_a_mac=_on_a_mac()))


def choose_depth_provider(
    take: PhoneTake | None = None, model: str | None = None
) -> tuple[DepthProvider, tuple[str, ...]]:
    """The provider of depth, and notes on those that did not open. `take`: the file has the phone's depth."""
    from engine.perception.nets import open_depth_provider

    openers: _Openers[DepthProvider] = {"onnx": lambda: open_depth_provider(model)}
    if take is not None:
        openers["phone"] = lambda: _phone_depth(take)
    if (net := core_ml_net(model)) is not None:
        openers["coreml"] = lambda: _core_ml_depth(*net)
    order = backends(
        "depth_map",
        on_a_mac=_on_a_mac(),
        phone_depth=take is not None,
        core_ml=net is not None,
        model=model is not None,
    )
    return _opened(openers, order)


def core_ml_net(model: str | None = None) -> tuple[LocatedNet, Path] | None:
    """The depth net with this id, or the first one here, that has a copy in Core ML's format, and that copy.

    The copy is beside the net's file in the models folder: model.mlpackage, model.mlmodelc or model.mlmodel.
    """
    from engine.models.nets import locate_net, located_nets

    for net in [locate_net("depth", model)] if model is not None else located_nets("depth"):
        for suffix in (".mlmodelc", ".mlpackage", ".mlmodel"):
            if not net.packaged and (copy := net.path.parent / f"model{suffix}").exists():
                return net, copy
    return None


def _opened(openers: _Openers[_Provider], order: Sequence[Backend]) -> tuple[_Provider, tuple[str, ...]]:
    return open_first([(name, openers[name]) for name in order if name in openers])


def _phone_depth(take: PhoneTake) -> DepthProvider:
    from engine.perception.phone_depth import DisparitySource, PhoneDepthProvider
    from engine.picture import DisparityMovie, media_time_zero

    def on_a_mac() -> DisparitySource:
        from engine.perception.apple.cinematic import open_cinematic

        return open_cinematic(take.path, media_time_zero(take.path))

    readers: list[tuple[Backend, Callable[[], DisparitySource]]] = [("phone", lambda: DisparityMovie(take.path))]
    if _on_a_mac():
        readers.insert(0, ("phone", on_a_mac))
    source, _ = open_first(readers)
    provider = PhoneDepthProvider(source, take.duration, take.rotation, take.mirrored)
    provider.warm_up()
    return provider


def _core_ml_depth(net: LocatedNet, path: Path) -> DepthProvider:
    from engine.perception.apple.core_ml import open_core_ml
    from engine.perception.apple.core_ml_depth import CoreMlDepthProvider

    provider = CoreMlDepthProvider(open_core_ml(path), net.contract, net.id, _digest(path))
    provider.warm_up()
    return provider


def _digest(path: Path) -> str:
    """The SHA-256 of a file, or of the names and digests of the files in a package."""
    if path.is_file():
        return sha256_of(path)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    lines = "".join(f"{file.relative_to(path).as_posix()} {sha256_of(file)}\n" for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def _vision_masks() -> MaskProvider:
    from engine.perception.apple.vision import open_vision
    from engine.perception.apple.vision_providers import VisionMaskProvider

    provider = VisionMaskProvider(open_vision())
    provider.warm_up()
    return provider


def _vision_faces() -> FaceProvider:
    from engine.perception.apple.vision import open_vision
    from engine.perception.apple.vision_providers import VisionFaceProvider

    provider = VisionFaceProvider(open_vision())
    provider.warm_up()
    return provider


def _on_a_mac() -> bool:
    return sys.platform == "darwin"
