"""The device: one per process, with a description, and errors about its limits."""

from __future__ import annotations

import os
import subprocess
import sys

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


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac always has Metal")
def test_without_a_vulkan_driver_it_says_what_to_install_even_where_opengl_answers() -> None:
    without = {**os.environ, "VK_DRIVER_FILES": "/nowhere", "VK_ICD_FILENAMES": "/nowhere"}
    asked = subprocess.run(
        [sys.executable, "-m", "engine.render"], env=without, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert "apt-get install mesa-vulkan-drivers" in asked.stderr
