"""A take's sound at a glance, made once: its shape and its loudness, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Exact, FrozenModel, Take, problems
from engine.errors import EngineError
from engine.jobs import JobContext
from engine.sound import Level, Loudness, channel_layout_of, loudness_of, metered, read_blocks
from engine.tasks.parameters import LevelsParameters

if TYPE_CHECKING:
    from engine.studio import Studio

_MOST = 4096
_RATE = 48_000
# A column is some of these: 1/20 s, in samples. Loudness is read every 10 ms, and so at the end of each.
_BIN = _RATE // 20
_HOP = _RATE // 100
_MOMENTARY_HOPS, _SHORT_TERM_HOPS = 40, 300

_Share = Annotated[int, Field(ge=0, le=255)]


class TakeLevels(FrozenModel):
    """The first sound track that decodes, its own channels, in columns of `step` seconds each.

    The last column may be shorter. `peaks` are each column's highest sample, `rms` its root mean square, 0 to 255 of
    full scale; `momentary` and `short_term` the loudness at each column's end in LUFS (EBU R 128), minus infinity
    (null) before there is a full window. `loudness` is of the whole, as `measure_file` has it.
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
        """The column that sounds at a moment, in seconds."""
        return min(max(int(at / self.step), 0), len(self.peaks) - 1)


def levels_path(studio: Studio, take: Take) -> Path:
    """Where a take's levels are kept."""
    return studio.artifact_folder(take.id) / f"{take.digest}.levels.json"


def read_levels(path: Path) -> TakeLevels:
    """A take's levels from their file. EngineError where it is none."""
    try:
        return TakeLevels.model_validate_json(path.read_bytes())
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "cwtui jobs says whether it is made.") from error
    except ValueError as error:
        raise EngineError(f"{path.name} holds no levels: {problems(error)}.", "Remove it; it is made again.") from error


def meter_take(studio: Studio, parameters: LevelsParameters, context: JobContext) -> dict[str, Any]:
    """{path}: the levels of a take's sound, beside what else is made of it on the way."""
    assert parameters.take
    take = studio.take_by_id(parameters.take)
    source = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest).footage.path
    weights = channel_layout_of(source).weights
    shape = _Shape(len(weights))

    def noted() -> Iterator[NDArray[np.float32]]:
        whole = int(take.probe.duration * 1000)
        for block in read_blocks(source, rate=_RATE, layout="source", cancelled=context.cancelled):
            shape.push(block)
            context.progress(min(shape.samples * 1000 // _RATE, whole), whole, "ms", parameters.label)
            yield block

    meter = metered(noted(), _RATE, weights)
    bins, highest, rms = shape.columns()
    columns = len(highest)
    levels = TakeLevels(
        step=Fraction(bins * _BIN, _RATE),
        peaks=_of_255(highest),
        rms=_of_255(rms),
        momentary=_at_ends(meter.momentary(), _MOMENTARY_HOPS, bins * _BIN // _HOP, columns),
        short_term=_at_ends(meter.short_term(), _SHORT_TERM_HOPS, bins * _BIN // _HOP, columns),
        loudness=loudness_of(meter),
    )
    path = levels_path(studio, take)
    make_folder(path.parent)
    write_atomic(path, levels.model_dump_json().encode())
    return {"path": str(studio.relative_path(path))}


class _Shape:
    """Takes (samples, channels) blocks; keeps the highest sample and the energy of every 1/20 s."""

    def __init__(self, channels: int) -> None:
        self.samples = 0
        self._channels = channels
        self._rest = np.zeros((0, channels), np.float32)
        self._highest: list[NDArray[np.float32]] = []
        self._energies: list[NDArray[np.float64]] = []

    def push(self, block: NDArray[np.float32]) -> None:
        """The next samples."""
        self.samples += len(block)
        held = np.concatenate([self._rest, block])
        whole = len(held) // _BIN * _BIN
        self._note(held[:whole].reshape(-1, self._channels * _BIN))
        self._rest = held[whole:]

    def columns(self) -> tuple[int, NDArray[np.float32], NDArray[np.float64]]:
        """How many bins a column has; each column's highest sample and root mean square. To be called once, at last."""
        if len(self._rest) or not self.samples:
            rest = np.zeros((1, self._channels * _BIN), np.float32)
            rest[0, : self._rest.size] = self._rest.reshape(-1)
            self._note(rest)
        highest, energies = np.concatenate(self._highest), np.concatenate(self._energies)
        bins = -(-len(highest) // _MOST)
        firsts = np.arange(0, len(highest), bins)
        lengths = np.diff(firsts * _BIN, append=max(self.samples, 1))
        rms = np.sqrt(np.add.reduceat(energies, firsts) / (self._channels * lengths))
        return bins, np.maximum.reduceat(highest, firsts), rms

    def _note(self, bins: NDArray[np.float32]) -> None:
        self._highest.append(np.abs(bins).max(axis=1, initial=0))
        self._energies.append(np.square(bins, dtype=np.float64).sum(axis=1))


def _of_255(values: NDArray[Any]) -> tuple[int, ...]:
    return tuple(np.rint(np.clip(values, 0, 1) * 255).astype(int).tolist())


def _at_ends(windows: NDArray[np.float64], length: int, hops: int, columns: int) -> tuple[float, ...]:
    """Of windows `length` hops long, one ending at each hop, those at the ends of columns of so many hops."""
    ends = np.minimum(np.arange(1, columns + 1) * hops - length, len(windows) - 1)
    found = np.where(ends >= 0, np.append(windows, 0)[np.maximum(ends, 0)], -np.inf)
    return tuple(np.round(found, 1).tolist())
