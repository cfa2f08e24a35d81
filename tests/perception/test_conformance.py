"""Every provider of this machine passes the conformance suite of its product.

Depth has no model in a package: small nets that the tests build stand for the user's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.models.nets import LocatedNet, NetContract
from engine.perception import (
    DepthProvider,
    FaceProvider,
    FlowProvider,
    MaskProvider,
    open_face_provider,
    open_flow_provider,
    open_mask_provider,
)
from engine.perception.nets import NetDepthProvider, NetMaskProvider, NetPool
from tests.models import net_files as nets

from .conformance import DEPTH_CHECKS, FACE_CHECKS, FLOW_CHECKS, MASK_CHECKS, Case
from .frames import astronaut, resized, texture


@cache
def portrait() -> NDArray[np.uint8]:
    return resized(astronaut(), 320, 300)


def red_spot() -> NDArray[np.uint8]:
    pixels = np.full((90, 120, 3), 60, np.uint8)
    pixels[20:70, 30:80] = (200, 40, 40)
    return pixels


def own_net(folder: Path, content: bytes, contract: NetContract) -> LocatedNet:
    path = folder / "model.onnx"
    path.write_bytes(content)
    return LocatedNet("own", path, "onnx", contract, "unknown")


@pytest.mark.parametrize("check", MASK_CHECKS)
@pytest.mark.parametrize("model", ["selfie-square", "selfie-landscape"])
def test_selfie_segmentation_conforms(model: str, check: Callable[[Case[MaskProvider]], None]) -> None:
    check(Case.of(lambda: open_mask_provider(model), portrait()))


@pytest.mark.parametrize("check", MASK_CHECKS)
def test_an_own_mask_net_conforms(tmp_path: Path, check: Callable[[Case[MaskProvider]], None]) -> None:
    net = own_net(tmp_path, nets.red_mask(), nets.contract("mask", "alpha", range=(0, 1), fit="letterbox"))
    check(Case.of(lambda: NetMaskProvider(net, pool=NetPool()), red_spot()))


@pytest.mark.parametrize("check", DEPTH_CHECKS)
def test_a_relative_depth_net_conforms(tmp_path: Path, check: Callable[[Case[DepthProvider]], None]) -> None:
    net = own_net(tmp_path, nets.brightness(scale=40.0, shift=3.0), nets.contract(fit="letterbox"))
    check(Case.of(lambda: NetDepthProvider(net, pool=NetPool()), portrait()))


@pytest.mark.parametrize("check", DEPTH_CHECKS)
def test_a_metric_depth_net_conforms(tmp_path: Path, check: Callable[[Case[DepthProvider]], None]) -> None:
    net = own_net(tmp_path, nets.brightness(scale=5.0, shift=-1.0), nets.contract("depth", "metric_depth"))
    check(Case.of(lambda: NetDepthProvider(net, pool=NetPool()), portrait()))


@pytest.mark.parametrize("check", FACE_CHECKS)
def test_the_face_nets_conform(check: Callable[[Case[FaceProvider]], None]) -> None:
    check(Case.of(open_face_provider, portrait()))


# A GPU in software takes seconds to compile the passes for each size.
@pytest.mark.slow
@pytest.mark.parametrize("check", FLOW_CHECKS)
def test_flow_conforms(check: Callable[[Case[FlowProvider]], None]) -> None:
    check(Case.of(lambda: open_flow_provider("fast"), texture(96, 64)))
