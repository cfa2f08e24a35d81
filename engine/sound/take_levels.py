"""The levels of a take's sound over time, as they are stored."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.catalog import Exact, FrozenModel, problems
from engine.errors import EngineError
from engine.sound.loudness_values import Level, Loudness

_Share = Annotated[int, Field(ge=0, le=255)]


class TakeLevels(FrozenModel):
    """Peaks and loudness of the first sound track that decodes, all its channels, in columns of `step` seconds.

    The last column may be shorter. `peaks` are each column's highest sample, `rms` its root mean square, 0 to 255 of
    full scale; `momentary` and `short_term` the loudness at each column's end in LUFS (EBU R 128), minus infinity
    (null) before there is a full window. `loudness` is of the whole track, as `measure_file` returns it.
    """

    version: Literal[1] = 1
    step: Annotated[Exact, Field(gt=0)]
    peaks: Annotated[tuple[_Share, ...], Field(min_length=1)]
    rms: tuple[_Share, ...]
    momentary: tuple[Level, ...]
    short_term: tuple[Level, ...]
    loudness: Loudness

    @model_validator(mode="after")
    def _of_one_length(self) -> Self:
        if len({len(self.peaks), len(self.rms), len(self.momentary), len(self.short_term)}) > 1:
            raise ValueError("its columns are not of one number")
        return self

    def column(self, at: Fraction) -> int:
        """The index of the column at a time in seconds."""
        return min(max(int(at / self.step), 0), len(self.peaks) - 1)


def read_levels(path: Path) -> TakeLevels:
    """Reads levels from their file. Raises EngineError where it cannot be read or is no such file."""
    try:
        return TakeLevels.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "cwtui jobs says whether it is made.") from error
    except ValueError as error:
        raise EngineError(f"{path.name} holds no levels: {problems(error)}.", "Remove it; it is made again.") from error
