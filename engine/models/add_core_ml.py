"""Adds a Core ML copy of a net to the models folder, after a check of its contract."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from engine.atomic_files import write_atomic, write_error
from engine.errors import EngineError, RequestError
from engine.models.install import check_room, holding_models
from engine.models.installed import Model, find, receipt_in
from engine.models.nets.contract import NetContract, stored_contract
from engine.models.nets.core_ml_spec import SUFFIXES, CoreMlFeature, read_core_ml
from engine.models.registry_entry import RECEIPT, ModelFile

_FIX = "Convert the net again with the sizes and names of the contract, or correct the contract and add both again."


def is_core_ml(path: Path) -> bool:
    """Whether a path is named as a Core ML model."""
    return path.suffix in SUFFIXES


def add_core_ml(path: Path, model: str | None) -> Model:
    """Copy a .mlpackage, .mlmodelc or .mlmodel beside the depth net `model`, which it replaces on a Mac.

    The model's inputs and outputs are compared with the net's contract; Core ML itself runs it when it is first used.
    The original is not changed. Raises RequestError if `model` is no depth net in the models folder or has a copy
    already, EngineError if the copy breaks the contract or is damaged.
    """
    source = path.expanduser()
    if model is None:
        raise RequestError(
            f"{path.name} is a copy of a net for Macs, and the net is not named.",
            "Add the net's .onnx file first, then this one with the same id: --id NAME",
        )
    known = find(model)
    if known.task != "depth" or known.path is None or known.origin == "package" or known.state != "installed":
        raise RequestError(
            f"{model} is not a depth net in the models folder, and only those have copies for Core ML.",
            f"Add its .onnx file first: cwtui models add FILE.onnx --contract FILE.toml --id {model}",
        )
    receipt = receipt_in(known.path)
    if receipt is None:
        raise RequestError(f"{model} was copied by hand, without a record.", "Add it with cwtui models add first.")
    if any((known.path / f"model{suffix}").exists() for suffix in SUFFIXES):
        raise RequestError(f"{model} has a copy for Core ML already.", f"Remove it first: cwtui models remove {model}")
    if (broken := contract_breach(*read_core_ml(source), stored_contract(known.path))) is not None:
        raise EngineError(f"{path.name} {broken}.", _FIX)
    target = known.path / f"model{source.suffix}"
    files = list(_files(source))
    with holding_models():
        check_room(sum(file.stat().st_size for file in files))
        unfinished = target.with_name(f".adding{source.suffix}")
        _delete(unfinished)
        try:
            if source.is_dir():
                shutil.copytree(source, unfinished, ignore=shutil.ignore_patterns(".*"))
            else:
                shutil.copyfile(source, unfinished)
            rows = tuple(_row(file, unfinished, target.name) for file in _files(unfinished))
            unfinished.replace(target)
            changed = receipt.model_copy(update={"files": (*receipt.files, *rows)})
            write_atomic(known.path / RECEIPT, changed.model_dump_json(indent=1).encode(), replace=True)
        except OSError as error:
            raise write_error(model, error) from error
        finally:
            _delete(unfinished)
    return find(model)


def contract_breach(
    inputs: tuple[CoreMlFeature, ...], outputs: tuple[CoreMlFeature, ...], contract: NetContract
) -> str | None:
    """How a model breaks a contract, as a predicate to its name; None if it does not."""
    declared, wanted = contract.input, contract.outputs[0].tensor
    if len(inputs) != 1:
        return f"has {len(inputs)} inputs instead of 1"
    given, names = inputs[0], [one.name for one in outputs]
    size = (declared.height, declared.width) if given.is_image else declared.shape
    if given.shape and (
        len(given.shape) != len(size) or any(one not in (0, two) for one, two in zip(given.shape, size, strict=True))
    ):
        found, expected = ("×".join(map(str, shape)) for shape in (given.shape, size))
        return f"takes {found}, and the contract says {expected}"
    if declared.tensor not in ("", given.name):
        return f"has the input {given.name}, and the contract says {declared.tensor}"
    if wanted not in names if wanted else len(names) != 1:
        return f"has the outputs {', '.join(names)}, and the contract says {wanted or 'one'}"
    return None


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
    else:
        yield from sorted(file for file in source.rglob("*") if file.is_file())


def _row(file: Path, folder: Path, name: str) -> ModelFile:
    inside = name if file == folder else f"{name}/{file.relative_to(folder).as_posix()}"
    content = file.read_bytes()
    return ModelFile(name=inside, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
