"""Base classes of the parameters of jobs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from engine.errors import RequestError


class Parameters(BaseModel):
    """Frozen parameters without unknown fields. Their JSON is hashed into the job's id.

    Raises RequestError for a path that is not UTF-8, which JSON cannot have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _refuse_other_encodings(self) -> Self:
        for value in self.__dict__.values():
            for path in value if isinstance(value, tuple) else (value,):
                if isinstance(path, Path) and not _is_utf8(str(path)):
                    shown = os.fsencode(path).decode("utf-8", "backslashreplace")
                    raise RequestError(
                        f"The name {shown} is not valid UTF-8.", "Rename it, or use a folder with another name."
                    )
        return self


def _is_utf8(text: str) -> bool:
    return text.isascii() or not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)


class SubjectParameters(Parameters):
    """A take, or a plain file if `take` is None, with the digest of its content.

    A `source` below the studio folder is relative to it, so that a moved studio keeps its results.
    """

    take: str | None
    source: Path
    source_digest: str
    label: str
