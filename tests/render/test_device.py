"""The device: one per process, with a description, and errors about its limits."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from engine.errors import EngineError
from engine.render import adapter_description, open_device


def test_the_device_is_shared_and_has_a_description() -> None:
    assert open_device() is open_device()
    assert adapter_description()


def test_a_buffer_larger_than_the_gpu_limit_is_an_error() -> None:
    device = open_device()
    with pytest.raises(EngineError, match="MiB"):
        device.buffer(device.max_binding + 1)


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac always has Metal")
def test_the_error_without_a_vulkan_driver_names_the_package() -> None:
    environment = {**os.environ, "VK_DRIVER_FILES": "/nowhere", "VK_ICD_FILENAMES": "/nowhere"}
    result = subprocess.run(
        [sys.executable, "-m", "engine.render"], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "apt-get install mesa-vulkan-drivers" in result.stderr
