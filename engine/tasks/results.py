"""Results in one file, stored with the digest of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.atomic_files import write_atomic
from engine.errors import EngineError
from engine.file_digest import sha256_of
from engine.tasks.context import TaskContext


def store(context: TaskContext, path: Path, content: bytes) -> dict[str, Any]:
    """Writes a file and returns the job's result: {path, sha256}."""
    write_atomic(path, content)
    return {"path": str(context.paths.relative(path)), "sha256": hashlib.sha256(content).hexdigest()}


def content_is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the file exists and its content has not changed."""
    path = context.paths.folder / str(result["path"])
    return path.is_file() and sha256_of(path) == result["sha256"]


def current_bytes(context: TaskContext, result: Mapping[str, Any]) -> bytes:
    """The file's content. Raises EngineError if the file is missing or has changed."""
    path = context.paths.folder / str(result["path"])
    if not content_is_current(context, result):
        raise EngineError(f"{path} is missing or has changed.", "Run the command again to recreate it.")
    return path.read_bytes()
