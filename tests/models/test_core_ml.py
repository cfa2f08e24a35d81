"""Core ML copies of nets: their inputs and outputs are read without Core ML, and compared with the contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import EngineError, RequestError
from engine.models import add_core_ml, add_net, find, remove, verify
from engine.models.nets.core_ml_spec import CoreMlFeature, read_core_ml
from engine.perception.choice import core_ml_net

from . import net_files as nets


def varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def message(field: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def array(field: int, name: str, *shape: int) -> bytes:
    """An array; its shape is packed, as coremltools writes it."""
    lengths = message(1, *map(varint, shape))
    return message(field, message(1, name.encode()), message(3, message(5, lengths, number(2, 65568))))


def image(field: int, name: str, width: int, height: int) -> bytes:
    return message(field, message(1, name.encode()), message(3, message(4, number(1, width), number(2, height))))


def spec(*features: bytes) -> bytes:
    return number(1, 8) + message(2, *features)


FITTING = spec(array(1, "x", 1, 3, nets.HEIGHT, nets.WIDTH), array(10, "y", 1, 1, nets.HEIGHT, nets.WIDTH))


def package(path: Path, model: bytes) -> Path:
    inside = path / "Data" / "com.apple.CoreML"
    inside.mkdir(parents=True)
    (inside / "model.mlmodel").write_bytes(model)
    (path / ".DS_Store").write_bytes(b"Mac")
    items = {"A-1": {"path": "com.apple.CoreML/model.mlmodel", "author": "com.apple.CoreML", "name": "model.mlmodel"}}
    manifest = {"fileFormatVersion": "1.0.0", "itemInfoEntries": items, "rootModelIdentifier": "A-1"}
    (path / "Manifest.json").write_text(json.dumps(manifest))
    return path


@pytest.fixture
def depth(home: Path, tmp_path: Path) -> str:
    mine = tmp_path / "own.onnx"
    mine.write_bytes(nets.brightness())
    return add_net(mine, nets.write_contract(tmp_path / "own.toml")).id


def test_a_package_is_added_beside_its_net(depth: str, tmp_path: Path) -> None:
    added = add_core_ml(package(tmp_path / "own.mlpackage", FITTING), depth)
    assert added.path
    assert (added.state, added.layout) == ("installed", "onnx")
    net = core_ml_net(depth)
    assert net
    assert net[1] == added.path / "model.mlpackage"
    assert [one.ok for one in verify(depth)] == [True]
    with pytest.raises(RequestError, match="has a copy for Core ML already"):
        add_core_ml(tmp_path / "own.mlpackage", depth)
    (added.path / "model.mlpackage" / "Manifest.json").write_bytes(b"{}")
    assert find(depth).state == "broken"
    remove(depth)


def test_a_compiled_model_states_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "own.mlmodelc"
    folder.mkdir()
    (folder / "coremldata.bin").write_bytes(b"compiled")
    about = {
        "inputSchema": [{"name": "picture", "type": "Image", "width": "320", "height": "192"}],
        "outputSchema": [{"name": "depth", "type": "MultiArray", "shape": "[1, 192, 320]"}],
    }
    (folder / "metadata.json").write_text(json.dumps([about]))
    compiled = read_core_ml(folder)
    assert compiled == ((CoreMlFeature("picture", True, (192, 320)),), (CoreMlFeature("depth", False, (1, 192, 320)),))
    file = tmp_path / "own.mlmodel"
    file.write_bytes(spec(image(1, "picture", 320, 192), array(10, "depth", 1, 192, 320)))
    assert read_core_ml(file) == compiled


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (spec(array(1, "x", 1, 3, 8, 8), array(10, "y", 1, 1, 8, 8)), "takes 1×3×8×8, and the contract says 1×3×"),
        (spec(image(1, "x", 8, 8), array(10, "y", 1, 1, 8, 8)), "takes 8×8, and the contract says"),
        (spec(array(1, "x"), array(1, "z"), array(10, "y")), "has 2 inputs instead of 1"),
        (spec(array(1, "x"), array(10, "y"), array(10, "z")), "has the outputs y, z, and the contract says one"),
        (FITTING[:-3], "is not a Core ML model, or it is damaged"),
        (b"", "is not a Core ML model, or it is damaged"),
    ],
)
def test_a_copy_that_breaks_the_contract_is_not_added(depth: str, tmp_path: Path, model: bytes, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        add_core_ml(package(tmp_path / "own.mlpackage", model), depth)
    added = find(depth).path
    assert added
    assert sorted(path.name for path in added.iterdir()) == ["contract.json", "model.onnx", "receipt.json"]


def test_a_copy_needs_its_net(home: Path, tmp_path: Path) -> None:
    made = package(tmp_path / "own.mlpackage", FITTING)
    with pytest.raises(RequestError, match="the net is not named"):
        add_core_ml(made, None)
    with pytest.raises(RequestError, match="is not a depth net in the models folder"):
        add_core_ml(made, "midas-small")
