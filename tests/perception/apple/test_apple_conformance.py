"""Apple's providers pass the suite of all providers, with stand-ins for the frameworks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.models.nets import NetContract, NetInput, NetOutput
from engine.perception.apple import VisionFaceProvider, VisionFlowProvider, VisionMaskProvider
from engine.perception.apple.core_ml_depth import CoreMlDepthProvider
from tests.perception.apple.stand_ins import BrightDepth, BrightVision, bright_person
from tests.perception.conformance import DEPTH_CHECKS, FACE_CHECKS, FLOW_CHECKS, MASK_CHECKS, Case

CONTRACT = NetContract(task="depth", input=NetInput(width=96, height=64), outputs=(NetOutput(meaning="inverse_depth"),))


@pytest.mark.parametrize("check", MASK_CHECKS)
def test_vision_masks(check: Callable[[Case[Any]], None]) -> None:
    check(Case.of(lambda: VisionMaskProvider(BrightVision()), bright_person()))


@pytest.mark.parametrize("check", FACE_CHECKS)
def test_vision_faces(check: Callable[[Case[Any]], None]) -> None:
    check(Case.of(lambda: VisionFaceProvider(BrightVision()), bright_person()))


@pytest.mark.parametrize("check", FLOW_CHECKS)
def test_vision_flow(check: Callable[[Case[Any]], None]) -> None:
    check(Case.of(lambda: VisionFlowProvider(BrightVision()), bright_person()))


@pytest.mark.parametrize("check", DEPTH_CHECKS)
def test_core_ml_depth(check: Callable[[Case[Any]], None]) -> None:
    check(Case.of(lambda: CoreMlDepthProvider(BrightDepth(), CONTRACT, "mine", "0" * 64), bright_person()))
