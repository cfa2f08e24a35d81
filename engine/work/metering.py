"""A take's sound at a glance, made once: its shape and its loudness, column by column."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.artefact import make_folder, write_whole
from engine.catalog import Exact, Row, Take, problems
from engine.errors import EngineError
from engine.jobs import JobContext
from engine.sound import Level, Loudness, duration_of, loudness_of, meter_file, peaks, series_of
from engine.work.parameters import SubjectParameters

if TYPE_CHECKING:
    from engine.studio import Studio

_MOST = 4096
_SHORTEST = Fraction(1, 20)


class Levels(Row):
    """The first sound track that decodes, in columns of `step` seconds each.

    `peaks` are each column's highest sample, `rms` its root mean square, both of the mono mix, 0 to 255 of full scale;
    `momentary` and `short_term` the loudness at each column's end in LUFS (EBU R 128), minus infinity (null) before
    there is a full window.
    """

    version: Literal[1] = 1
    step: Exact
    peaks: tuple[int, ...]
    rms: tuple[int, ...]
    momentary: tuple[Level, ...]
    short_term: tuple[Level, ...]
    loudness: Loudness

    def column(self, at: Fraction) -> int:
        """The column that sounds at a moment."""
        return min(max(int(at / self.step), 0), len(self.peaks) - 1)


def levels_path(studio: Studio, take: Take) -> Path:
    """Where a take's levels are kept."""
    return studio.artefacts(take.id) / f"{take.digest}.levels.json"


def read_levels(path: Path) -> Levels:
    """A take's levels from their file. EngineError where it is none."""
    try:
        return Levels.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "cwtui jobs says whether it is made.") from error
    except ValueError as error:
        raise EngineError(f"{path.name} holds no levels: {problems(error)}.", "Remove it; it is made again.") from error


def meter_take(studio: Studio, asked: SubjectParameters, context: JobContext) -> dict[str, Any]:
    """{path}: the levels of a take's sound, beside what else is made of it on the way."""
    assert asked.take
    take = studio.take_by_id(asked.take)
    source = studio.subject_again(asked.take, asked.source, asked.source_digest).footage.path
    seconds = duration_of(source, None) or Fraction(0)
    columns = max(1, min(_MOST, int(seconds / _SHORTEST)))
    shape = peaks(source, None, columns)
    context.progress(1, 2, "", asked.label)
    meter = meter_file(source, cancelled=context.cancelled)
    series = series_of(meter)
    step = max(seconds, _SHORTEST) / columns
    levels = Levels(
        step=step,
        peaks=_of_255(np.maximum(-shape[:, 0], shape[:, 1])),
        rms=_of_255(shape[:, 2]),
        momentary=_at_ends(series.momentary_lufs, step, columns),
        short_term=_at_ends(series.short_term_lufs, step, columns),
        loudness=loudness_of(meter),
    )
    path = levels_path(studio, take)
    make_folder(path.parent)
    write_whole(path, levels.model_dump_json().encode())
    return {"path": str(studio.below(path))}


def levels_intact(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether they are where they were put."""
    return (studio.folder / str(result["path"])).is_file()


def _of_255(values: NDArray[np.float32]) -> tuple[int, ...]:
    return tuple(np.clip(np.ceil(values * 255), 0, 255).astype(int).tolist())


def _at_ends(tenths: tuple[float, ...], step: Fraction, columns: int) -> tuple[float, ...]:
    """Of a series with a value each tenth of a second, the one at each column's end."""
    if not tenths:
        return (float("-inf"),) * columns
    ends = (min(len(tenths), max(1, int((n + 1) * step * 10))) - 1 for n in range(columns))
    return tuple(round(tenths[end], 1) for end in ends)
