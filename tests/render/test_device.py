"""The device: one a process, with a name, and clear about its limits."""

from __future__ import annotations

import pytest

from engine.errors import EngineError
from engine.render import adapter_description, open_device


def test_there_is_one_device_and_it_has_a_name() -> None:
    assert open_device() is open_device()
    assert adapter_description()


def test_more_than_the_gpu_can_bind_is_an_error_that_says_so() -> None:
    device = open_device()
    with pytest.raises(EngineError, match="MiB"):
        device.buffer(device.max_binding + 1)
