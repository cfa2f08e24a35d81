"""The stored levels of a take's sound over time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.catalog import Exact, FrozenModel
from engine.errors import EngineError
from engine.sound.loudness_values import Level, Loudness
from engine.validation import read_json

_Share = Annotated[int, Field(ge=0, le=255)]


class TakeLevels(FrozenModel):
    """Peaks and loudness of the first sound track that decodes, all its channels, in columns of `step` seconds.

    The last column may be shorter. `peaks` is the highest sample and `rms` the root mean square of each column; 255 is
    full scale. `momentary` and `short_term` are the loudness at the end of each column in LUFS (EBU R 128), minus
    infinity (null) before the first full window. `loudness` is the result of `measure_file` for the whole track.
    `voices` names the channels if each of two has its own voice; files of earlier versions do not say.
    """

    version: Literal[1] = 1
    step: Annotated[Exact, Field(gt=0)]
    peaks: Annotated[tuple[_Share, ...], Field(min_length=1)]
    rms: tuple[_Share, ...]
    momentary: tuple[Level, ...]
    short_term: tuple[Level, ...]
    loudness: Loudness
    voices: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        if len({len(self.peaks), len(self.rms), len(self.momentary), len(self.short_term)}) > 1:
            raise ValueError("the lists of columns differ in length")
        return self

    def column(self, at: Fraction) -> int:
        """The index of the column at a time in seconds."""
        return min(max(int(at / self.step), 0), len(self.peaks) - 1)


def read_levels(path: Path) -> TakeLevels:
    """Reads levels from a file. Raises EngineError if it cannot be read or is invalid."""
    try:
        return read_json(TakeLevels, path.read_bytes(), path.name, "Delete it, and prepare the take again.")
    except OSError as error:
        raise EngineError(
            f"{path} cannot be read: {error.strerror}.", "cwtui jobs lists the job that creates it."
        ) from error
