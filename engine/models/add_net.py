"""Adds the file of a net to the models folder, after a probe of its contract."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from engine.atomic_files import make_folder, write_error
from engine.errors import EngineError, RequestError
from engine.models.format_check import ONNX_FILE, TFLITE_FILE
from engine.models.install import check_room, holding_models, install
from engine.models.installed import InstallReceipt, Model, find
from engine.models.names import models_folder
from engine.models.nets.contract import CONTRACT, NetDescription, read_contract
from engine.models.nets.conversion import convert_tflite
from engine.models.nets.net import Net
from engine.models.nets.probe import probe
from engine.models.registry import registry
from engine.models.registry_entry import UNKNOWN, ModelFile, WeightsFormat, checked_id
from engine.units import format_bytes

# Larger files are not nets of the kinds that are known here.
_MOST_BYTES = 1 << 31


def add_net(path: Path, contract: Path | None = None, model: str | None = None) -> Model:
    """Copy a net's .onnx or .tflite file into the models folder, with its contract. The original is not changed.

    `contract` is a TOML file with a NetDescription. Without it, `model` is a net of the registry, whose contract is
    used. `model` is the new id, by default the file's name. Raises RequestError if the contract is missing or not
    valid, or if the id is taken, EngineError if the net breaks the contract.
    """
    source = path.expanduser()
    name = checked_id(model or source.stem)
    content = _content(source)
    layout: WeightsFormat = "tflite" if source.suffix.lower() == ".tflite" else "onnx"
    digest = hashlib.sha256(content).hexdigest()
    described = read_contract(contract.expanduser()) if contract else _registered(name, source, len(content), digest)
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


def _registered(name: str, path: Path, size: int, digest: str) -> NetDescription:
    """The description of a net in the registry. Raises RequestError if there is none, or if the file is another one."""
    entry = registry().get(name)
    if entry is None or entry.contract is None:
        known = [one.id for one in registry().values() if one.contract]
        raise RequestError(
            f"What {path.name} takes and returns is not known.",
            f"Describe it: --contract FILE.toml. Or give the id of a known net with --id: {', '.join(known)}",
        )
    (file,) = entry.files
    if file.size not in (None, size) or file.sha256 not in (UNKNOWN, digest):
        raise EngineError(
            f"{path.name} is not the file of {name}: its size or checksum differs.",
            "Copy or download the file again, or describe it as a model of your own: --contract FILE.toml --id NAME",
        )
    return NetDescription(**entry.contract.model_dump(), title=entry.title, licence=entry.licence, page=entry.page)
