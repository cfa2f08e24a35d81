"""Adds the file of a net to the models folder, after a probe of its contract."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_files import make_folder, write_error
from engine.errors import EngineError, GateError, RequestError
from engine.models.format_check import ONNX_FILE, TFLITE_FILE
from engine.models.install import check_room, holding_models, install
from engine.models.installed import InstallReceipt, Model, find
from engine.models.names import models_folder
from engine.models.nets.contract import CONTRACT, NetDescription, read_contract
from engine.models.nets.conversion import convert_tflite
from engine.models.nets.net import Net
from engine.models.nets.probe import probe
from engine.models.pins import Pin, add_pins, read_pins
from engine.models.registry import registry
from engine.models.registry_entry import UNKNOWN, ModelFile, RegistryEntry, WeightsFormat, checked_id
from engine.units import format_bytes

# Larger files are not nets of the kinds that are known here.
_MOST_BYTES = 1 << 31


def add_net(path: Path, contract: Path | None = None, model: str | None = None, *, trust_first: bool = False) -> Model:
    """Copy a net's .onnx or .tflite file into the models folder, with its contract. The original is not changed.

    `contract` is a TOML file with a NetDescription. Without it, `model` is a net of the registry, whose contract is
    used. `model` is the new id, by default the file's name. The file of a net whose checksum the registry does not know
    is accepted with `trust_first` only, and its checksum is pinned: another file is refused later. Raises RequestError
    if the contract is missing or not valid, or if the id is taken, GateError if the file is not known and not trusted,
    EngineError if it is another file, or if the net breaks the contract.
    """
    source = path.expanduser()
    name = checked_id(model or source.stem)
    content = _content(source)
    layout: WeightsFormat = "tflite" if source.suffix.lower() == ".tflite" else "onnx"
    digest = hashlib.sha256(content).hexdigest()
    entry: RegistryEntry | None = None
    if contract:
        described = read_contract(contract.expanduser())
    else:
        entry = _entry(name, source)
        _require_file(entry, source, len(content), digest, trust_first)
        described = _described(entry)
    if (models_folder() / name).exists():
        raise RequestError(f"Model {name} already exists.", f"Choose another name: --id {name}-2")
    onnx = convert_tflite(content, source.name) if layout == "tflite" else content
    probe(Net(onnx, described.contract, digest, source.name))

    stored = described.contract.model_dump_json(indent=1).encode()
    files = {ONNX_FILE if layout == "onnx" else TFLITE_FILE: content, CONTRACT: stored}
    receipt = InstallReceipt(
        id=name,
        title=described.title or name,
        task=described.task,
        layout=layout,
        licence=described.licence,
        page=described.page,
        origin="added",
        at=datetime.now(UTC),
        files=tuple(
            ModelFile(name=file, size=len(data), sha256=hashlib.sha256(data).hexdigest())
            for file, data in files.items()
        ),
    )
    unfinished = models_folder() / ".adding"
    with holding_models():
        shutil.rmtree(unfinished, ignore_errors=True)
        check_room(sum(map(len, files.values())))
        try:
            make_folder(unfinished)
            for file, data in files.items():
                (unfinished / file).write_bytes(data)
            install(unfinished, receipt)
            if entry is not None and entry.files[0].sha256 == UNKNOWN:
                add_pins({_pinned_as(entry): Pin(sha256=digest, size=len(content), at=receipt.at)})
        except OSError as error:
            raise write_error(name, error) from error
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return find(name)


def _content(path: Path) -> bytes:
    if path.suffix.lower() not in (".onnx", ".tflite"):
        raise RequestError(f"{path} is not the file of a net.", "Give a .onnx or .tflite file, or a model's folder.")
    try:
        if (size := path.stat().st_size) > _MOST_BYTES:
            raise RequestError(f"{path} has {format_bytes(size)}: it is too large.", "Give a net of less than 2 GB.")
        return path.read_bytes()
    except OSError as error:
        raise RequestError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions."
        ) from error


def _entry(name: str, path: Path) -> RegistryEntry:
    """The net with an id in the registry. Raises RequestError if there is none."""
    entry = registry().get(name)
    if entry is None or entry.contract is None:
        known = [one.id for one in registry().values() if one.contract]
        raise RequestError(
            f"What {path.name} takes and returns is not known.",
            f"Describe it: --contract FILE.toml. Or give the id of a known net with --id: {', '.join(known)}",
        )
    return entry


def _described(entry: RegistryEntry) -> NetDescription:
    assert entry.contract
    return NetDescription(**entry.contract.model_dump(), title=entry.title, licence=entry.licence, page=entry.page)


def _require_file(entry: RegistryEntry, path: Path, size: int, digest: str, trust_first: bool) -> None:
    """Raises EngineError if a file is not that of a net, GateError if nobody can know and it is not trusted."""
    (file,) = entry.files
    pin = read_pins().get(_pinned_as(entry))
    expected = pin.sha256 if pin and file.sha256 == UNKNOWN else file.sha256
    if file.size not in (None, size) or expected not in (UNKNOWN, digest):
        raise EngineError(
            f"{path.name} is not the file of {entry.id}: its size or checksum differs.",
            "Copy or download the file again, or describe it as a model of your own: --contract FILE.toml --id NAME",
        )
    if expected == UNKNOWN and not trust_first:
        raise GateError(
            f"Whether {path.name} is {entry.title} cannot be verified: no checksum of it is known. This file has the "
            f"SHA-256 {digest}.",
            f"If it comes from {entry.page}, add --trust-first. Its checksum is stored, and other files are refused.",
        )


def _pinned_as(entry: RegistryEntry) -> str:
    """The address under which the file of a net that the user adds is pinned."""
    return f"{entry.page}#{entry.id}"
