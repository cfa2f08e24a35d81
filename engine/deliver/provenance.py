"""With which programs, models and device a delivery was made, for its receipt: nothing that names a person."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from engine import __version__
from engine.catalog import FrozenModel
from engine.deliver.recipe import Recipe
from engine.errors import EngineError

_CPU_INFO = Path("/proc/cpuinfo")


class ToolVersion(FrozenModel):
    """A program or library with its version, and what it did if its name does not say so."""

    name: str
    version: str
    purpose: str = ""


class ModelUse(FrozenModel):
    """A neural network by its id, the XXH128 of its weights (empty if its package pins it), and what it did."""

    id: str
    digest: str
    purpose: str


class DeviceFacts(FrozenModel):
    """The machine: operating system and architecture, processor, number of its threads, and GPU with its driver.

    `gpu` and `driver` are null if no picture was rendered.
    """

    system: str
    processor: str
    threads: int
    gpu: str | None = None
    driver: str | None = None


def tools_used(recipe: Recipe, encoder: str | None) -> tuple[ToolVersion, ...]:
    """The programs and libraries that a delivery by this recipe uses; `encoder` is the encoder of its picture."""
    from engine.demux import ffmpeg_versions

    tools = [ToolVersion(name="Cleanwater", version=__version__)]
    versions = ffmpeg_versions()
    tools += [ToolVersion(name=name, version=version) for name, version in versions.items()]
    # FFmpeg's own libraries state a version, the encoders in them do not: the package has fixed ones.
    bundled = f"in PyAV {versions['PyAV']}"
    if encoder:
        tools.append(ToolVersion(name=encoder, version=bundled, purpose="encodes the picture"))
    if recipe.sound:
        codecs = [recipe.sound.codec] if recipe.picture else [recipe.sound.codec, *recipe.sound.also]
        names = dict.fromkeys({"mp3": "libmp3lame", "wav": "pcm_s24le"}.get(codec, codec) for codec in codecs)
        tools += [ToolVersion(name=name, version=bundled, purpose="encodes the sound") for name in names]
    if recipe.shows:
        from engine.picture import CONFIG, color_library_version
        from engine.render import library_version

        tools += [
            ToolVersion(name="OpenColorIO", version=color_library_version(), purpose=CONFIG),
            ToolVersion(name="wgpu", version=library_version(), purpose="renders the picture"),
        ]
    return tuple(tools)


def models_used(recipe: Recipe, others: Sequence[ModelUse]) -> tuple[ModelUse, ...]:
    """The models of a delivery: that of the dialog cleanup, if the recipe has one, and `others`."""
    found = list(others)
    if recipe.sound and recipe.sound.dialog:
        from engine.sound import ISOLATION_MODEL

        found.insert(0, ModelUse(id=ISOLATION_MODEL, digest="", purpose="isolates the dialog"))
    return tuple(dict.fromkeys(found))


def device_facts(rendered: bool) -> DeviceFacts:
    """This machine, with its GPU if the delivery has `rendered` pictures. No name of the machine or of its user."""
    gpu = driver = None
    if rendered:
        from engine.render import adapter_description, driver_description

        # A film of copied shots alone needs no GPU.
        with suppress(EngineError):
            gpu, driver = adapter_description(), driver_description()
    return DeviceFacts(
        system=f"{_system()}, {platform.machine()}, Python {platform.python_version()}",
        processor=_processor(),
        threads=os.cpu_count() or 1,
        gpu=gpu,
        driver=driver,
    )


def _system() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return platform.system()


def _processor() -> str:
    if sys.platform == "darwin":
        return _sysctl("machdep.cpu.brand_string") or platform.processor()
    with suppress(OSError):
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _sysctl(name: str) -> str:
    """A text of macOS's kernel; empty if there is none. A job may start no program for it."""
    import ctypes

    system = ctypes.CDLL(None)
    size = ctypes.c_size_t(256)
    text = ctypes.create_string_buffer(size.value)
    failed = system.sysctlbyname(name.encode(), text, ctypes.byref(size), None, 0)
    return "" if failed else text.value.decode("utf-8", "replace")
