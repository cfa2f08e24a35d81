"""Opens providers by the models on this machine."""

from __future__ import annotations

from engine.errors import RequestError
from engine.models.nets import LocatedNet, NetTask, how_to_add, locate_net, located_nets
from engine.perception.nets.depth import NetDepthProvider
from engine.perception.nets.faces import NetFaceProvider
from engine.perception.nets.masks import NetMaskProvider
from engine.perception.provider import DepthProvider, FaceProvider, MaskProvider

# What is looked for first, by task, among the models in packages.
_PREFERRED: dict[NetTask, str] = {"mask": "selfie-square", "face": "face-detection", "landmarks": "face-mesh"}
# The model of the registry that is named if none is here.
_SUGGESTED: dict[NetTask, str] = {**_PREFERRED, "depth": "depth-anything-small"}
_NAMES: dict[NetTask, str] = {
    "mask": "person masks",
    "depth": "depth",
    "face": "faces",
    "landmarks": "the landmarks of faces",
}


def open_mask_provider(model: str | None = None) -> MaskProvider:
    """A provider of person masks: by the model with this id, the user's own, or that of a package.

    Raises EngineError with the command that adds a model if none is here, and if its digest is wrong.
    """
    return NetMaskProvider(_choose("mask", model))


def open_depth_provider(model: str | None = None) -> DepthProvider:
    """A provider of depth, chosen as in `open_mask_provider`. No package has a model: the user adds one."""
    return NetDepthProvider(_choose("depth", model))


def open_face_provider() -> FaceProvider:
    """A provider of faces with landmarks. Raises EngineError as `open_mask_provider`."""
    return NetFaceProvider(_choose("face", None), _choose("landmarks", None))


def _choose(task: NetTask, model: str | None) -> LocatedNet:
    if model is not None:
        return locate_net(task, model)
    here = located_nets(task)
    if not here:
        raise RequestError(f"No model for {_NAMES[task]} is installed.", how_to_add(_SUGGESTED[task]))
    first, preferred = here[0], _PREFERRED.get(task)
    if first.packaged:
        return next((net for net in here if net.id == preferred), first)
    return first
