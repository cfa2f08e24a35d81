"""Nets are checked against their contracts before they are used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from engine.errors import EngineError, GateError, RequestError
from engine.models import add, add_net, find, registry, remove, verify
from engine.models.nets import (
    Net,
    NetContract,
    choose_execution,
    compile_cache,
    how_to_add,
    locate_net,
    located_nets,
)
from engine.models.nets.probe import probe
from engine.models.nets.tensors import input_tensor

from . import net_files as nets

PICTURE = np.random.default_rng(1).integers(0, 256, (nets.HEIGHT, nets.WIDTH, 3), np.uint8)


def opened(content: bytes, contract: NetContract) -> Net:
    return Net(content, contract, "0" * 64, "own.onnx")


def test_a_picture_becomes_the_tensor_of_the_contract() -> None:
    declared = nets.contract(order="BGR", scale=2, mean=(1, 0, 0), std=(1, 2, 1), layout="NHWC").input
    codes = PICTURE[None, ..., ::-1].astype(np.float32) / 255
    expected = (codes * 2 - np.array([1, 0, 0], np.float32)) / np.array([1, 2, 1], np.float32)
    tensor = input_tensor(PICTURE, declared)
    assert (tensor.shape, tensor.dtype) == ((1, nets.HEIGHT, nets.WIDTH, 3), np.float32)
    assert np.abs(tensor - expected).max() < 1e-6
    assert input_tensor(PICTURE, nets.contract().input).shape == (1, 3, nets.HEIGHT, nets.WIDTH)


def test_a_net_that_keeps_its_contract_passes_the_probe() -> None:
    net = opened(nets.brightness(), nets.contract(range=(0, 1)))
    probe(net)
    values = net.run(PICTURE)["inverse_depth"]
    assert np.abs(values[0, 0] - PICTURE.mean(axis=2) / 255).max() < 1e-5
    # Axes that the model leaves open take the size of the contract.
    probe(opened(nets.brightness(shape=("n", 3, "h", "w")), nets.contract()))


@pytest.mark.parametrize(
    ("content", "contract", "message"),
    [
        (nets.brightness, nets.contract(width=64), "takes a tensor of 1×3×24×32, not of 1×3×24×64"),
        (nets.brightness, nets.contract(layout="NHWC"), "takes a tensor of 1×3×24×32, not of 1×24×32×3"),
        (nets.brightness, nets.contract(dtype="float16"), "takes float32, not float16"),
        (nets.brightness, nets.contract(tensor="depth"), "returns no tensor depth, only y"),
        (nets.brightness, nets.contract(range=(0.2, 1)), "returns inverse_depth from 0 to 1, not 0.2 to 1"),
        (lambda: nets.brightness(scale=255), nets.contract("mask", "alpha"), "returns alpha from 0 to 255, not 0 to 1"),
        (nets.half_size, nets.contract(), "returns inverse_depth of 1×1×12×16, not of 24×32"),
        (nets.constant, nets.contract(), "returns the same inverse_depth for every picture"),
        (nets.not_a_number, nets.contract(), "returns values that are not finite"),
        (lambda: nets.brightness(opset=999), nets.contract(), "is for opset 999 of ONNX"),
        (lambda: nets.brightness()[:-40], nets.contract(), "is not an ONNX model, or it is cut off"),
        (lambda: b"<html>Not found</html>", nets.contract(), "is not an ONNX model"),
        (lambda: b"", nets.contract(), "is not an ONNX model"),
    ],
)
def test_a_model_that_breaks_its_contract_is_refused(
    content: Callable[[], bytes], contract: NetContract, message: str
) -> None:
    with pytest.raises(EngineError, match=message) as refusal:
        probe(opened(content(), contract))
    assert "own.onnx" in refusal.value.message
    assert refusal.value.hint


def test_values_that_float16_does_not_have_are_computed_in_float32() -> None:
    net = opened(nets.squared(dtype="float16"), nets.contract(dtype="float16"))
    assert not net.retried
    values = net.run(PICTURE)["inverse_depth"]
    assert net.retried
    expected = np.square(PICTURE / 255 * 1000).mean(axis=2)
    assert np.abs(values[0, 0] - expected).max() < 2e-3 * expected.max()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "mask"}, "must have the outputs alpha"),
        ({"outputs": []}, "outputs"),
        ({"anchors": {"strides": [8], "keypoints": 6}}, "no other net has them"),
        ({"outputs": [{"meaning": "inverse_depth", "range": [1, 0]}]}, "less than its second"),
        ({"task": "landmarks", "outputs": [{"meaning": "landmarks"}]}, "needs a shape"),
        ({"input": {"width": 0, "height": 4}}, "width"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_contract_that_cannot_be_right_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NetContract.model_validate({**nets.contract().model_dump(), **changes})


def test_a_net_of_ones_own_is_added_with_its_contract(home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "own net.onnx"
    mine.write_bytes(nets.brightness())
    described = nets.write_contract(tmp_path / "own.toml", "range = [0, 1]")
    added = add_net(mine, described, "own")

    assert (added.id, added.task, added.layout, added.licence) == ("own", "depth", "onnx", "MIT")
    assert (added.state, added.digests, added.origin) == ("installed", "known", "added")
    assert mine.read_bytes() == nets.brightness()
    assert [one.ok for one in verify("own")] == [True]
    (located,) = located_nets("depth")
    assert locate_net("depth", "own") == located
    assert located.contract.outputs[0].range == (0, 1)
    assert located.open_probed().run(PICTURE)["inverse_depth"].shape == (1, 1, nets.HEIGHT, nets.WIDTH)
    # A copy of its folder is a model too.
    assert added.path
    assert add(added.path, "copy").task == "depth"
    remove("own")
    assert [one.id for one in located_nets("depth")] == ["copy"]


def test_a_net_that_breaks_its_contract_is_not_added(home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "own.onnx"
    mine.write_bytes(nets.half_size())
    described = nets.write_contract(tmp_path / "own.toml")
    with pytest.raises(EngineError, match="breaks its contract"):
        add_net(mine, described)
    described.write_text(described.read_text() + 'unit = "metres"\n')
    with pytest.raises(RequestError, match=r"unit is not a known key.*\(line 8\)"):
        add_net(mine, described)
    with pytest.raises(RequestError, match="takes and returns is not known"):
        add_net(mine)
    # The contract of a known net is used, and this file breaks it.
    with pytest.raises(EngineError, match="not of 1×3×256×256"):
        add_net(mine, model="midas-small", trust_first=True)
    with pytest.raises(EngineError, match="is not the file of selfie-square"):
        add_net(mine, model="selfie-square")
    assert list(home.iterdir()) == []


def test_the_file_of_a_known_net_without_a_known_checksum_has_to_be_trusted(home: Path, tmp_path: Path) -> None:
    first, other = tmp_path / "first.onnx", tmp_path / "other.onnx"
    for path, scale in ((first, 1.0), (other, 2.0)):
        path.write_bytes(nets.brightness(scale, shape=(1, 3, 256, 256)))
    with pytest.raises(GateError, match=r"cannot be verified.*SHA-256") as refused:
        add_net(first, model="midas-small")
    assert "--trust-first" in refused.value.hint
    assert list(home.iterdir()) == []
    assert add_net(first, model="midas-small", trust_first=True).title == "MiDaS 2.1 small"
    remove("midas-small")
    with pytest.raises(EngineError, match="is not the file of midas-small"):
        add_net(other, model="midas-small", trust_first=True)
    assert add_net(first, model="midas-small").state == "installed"


def test_a_net_whose_file_has_changed_is_refused(home: Path, tmp_path: Path) -> None:
    mine = tmp_path / "own.onnx"
    mine.write_bytes(nets.brightness())
    path = add_net(mine, nets.write_contract(tmp_path / "own.toml")).path
    assert path
    (path / "model.onnx").write_bytes(nets.brightness(scale=2.0))
    with pytest.raises(EngineError, match="does not have the expected checksum"):
        locate_net("depth", "own").open()
    (path / "model.onnx").write_bytes(nets.brightness()[:-1])
    with pytest.raises(RequestError, match="bytes instead of"):
        locate_net("depth", "own")
    (path / "contract.json").write_text(json.dumps({"task": "depth"}))
    assert find("own").state == "broken"


def test_a_missing_net_is_reported_with_the_way_to_add_it(home: Path) -> None:
    assert located_nets("mask") == []
    with pytest.raises(RequestError, match="is not installed") as refusal:
        locate_net("mask", "selfie-square")
    assert "pip install --no-deps mediapipe==0.10.21" in refusal.value.hint
    assert "cwtui models add FILE --id midas-small --trust-first" in how_to_add("midas-small")
    with pytest.raises(RequestError, match="is a model for mask, not for depth"):
        locate_net("depth", "selfie-square")
    with pytest.raises(RequestError, match="nothing"):
        locate_net("depth", "nothing")


def test_packaged_nets_match_the_registry() -> None:
    entries = {name: entry for name, entry in registry().items() if entry.layout == "tflite"}
    assert len(entries) == 4
    for name, entry in entries.items():
        assert entry.contract is not None
        net = locate_net(entry.contract.task, name)
        assert net.packaged
        assert net.digest() == entry.files[0].sha256
        net.open_probed()


def test_coreml_is_used_where_it_is_with_a_cache_by_model_runtime_and_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    available = ["CoreMLExecutionProvider", "CPUExecutionProvider"]
    chosen = choose_execution("a" * 64, available)
    assert chosen.device.startswith("CoreML (")
    cache = Path(chosen.options["ModelCacheDirectory"])
    assert cache.is_dir()
    assert choose_execution("a" * 64, available) == chosen
    assert choose_execution("b" * 64, available).options["ModelCacheDirectory"] != str(cache)
    options = {"MLComputeUnits": "ALL"}
    assert compile_cache("a", options) != compile_cache("a", {"MLComputeUnits": "CPUOnly"})
    assert choose_execution("a" * 64, ["CPUExecutionProvider"]).device == "CPU"
