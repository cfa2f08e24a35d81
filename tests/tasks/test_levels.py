"""The levels of a take, compared with numpy and the meter of pyloudnorm."""

from __future__ import annotations

import json
import math
import wave
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.catalog import Take
from engine.errors import EngineError
from engine.jobs import job_result
from engine.sound import level_columns, measure_file, measure_levels
from engine.studio import Studio
from engine.tasks import TakeLevels, levels_path, read_levels
from engine.transfer import import_footage

RATE = 48_000


def wav(path: Path, samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Writes a 16-bit WAV file with the standard library. Returns the written samples, full scale ±1."""
    codes = np.rint(samples * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(codes.tobytes())
    return codes / 32768


def programme(seconds: float) -> NDArray[np.float64]:
    """Stereo noise after 0.3 s of silence. Its level varies over time, differently in each channel."""
    generator = np.random.default_rng(11)
    time = np.arange(round(seconds * RATE))[:, None] / RATE
    swell = 0.25 * (1 + np.sin(time * [1.3, 0.7])) * np.abs(np.sin(time * 0.9))
    return np.where(time < 0.3, 0, generator.uniform(-1, 1, (len(time), 2)) * swell)


def ingest(studio: Studio, path: Path) -> Take:
    (take,) = import_footage(studio.catalog, studio.folder, studio.new_project("p"), [path]).takes
    return take


class NoJob:
    """The context of a task that runs in this process."""

    results: Mapping[str, Mapping[str, Any]] = MappingProxyType({})

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        pass

    def cancelled(self) -> bool:
        return False


def levels_of(studio: Studio, take: Take) -> TakeLevels:
    request = studio.tasks.levels_request(studio.subject_unprobed(take))
    studio.tasks.kinds()["levels"].run(request.parameters, NoJob())  # type: ignore[arg-type]
    return read_levels(levels_path(studio, take))


def levels_of_a_job(studio: Studio, take: Take) -> TakeLevels:
    jobs = studio.jobs.submit([studio.tasks.levels_request(studio.subject_unprobed(take))])
    result = job_result(*studio.jobs.wait(jobs))
    assert studio.folder / result["path"] == levels_path(studio, take)
    return read_levels(levels_path(studio, take))


def loudness_at(samples: NDArray[np.float64], end: int, length: int) -> float:
    """The loudness in LUFS of the window of `length` samples that ends at `end`, by pyloudnorm's filters."""
    import pyloudnorm

    meter = pyloudnorm.Meter(RATE)
    filtered = samples[:end].copy()
    for stage in meter._filters.values():
        for channel in range(filtered.shape[1]):
            filtered[:, channel] = stage.apply_filter(filtered[:, channel])
    return float(-0.691 + 10 * np.log10(np.square(filtered[-length:]).mean(axis=0).sum()))


def test_columns_match_numpy_and_loudness_matches_pyloudnorm(studio: Studio, tmp_path: Path) -> None:
    # The last column has a third of the length of the others.
    import pyloudnorm

    samples = wav(tmp_path / "talk.wav", programme(8 + 1 / 60))
    take = ingest(studio, tmp_path / "talk.wav")

    levels = levels_of(studio, take)

    size = RATE // 20
    parts = [samples[first : first + size] for first in range(0, len(samples), size)]
    assert levels.step == Fraction(1, 20)
    assert len(levels.peaks) == len(parts) == 161
    assert levels.peaks == tuple(round(float(np.abs(part).max()) * 255) for part in parts)
    assert levels.rms == tuple(round(float(np.sqrt(np.square(part).mean())) * 255) for part in parts)

    ends = [(n + 1) * size for n in range(160)]
    assert [math.isfinite(value) for value in levels.momentary[:160]] == [end >= 0.4 * RATE for end in ends]
    assert [math.isfinite(value) for value in levels.short_term[:160]] == [end >= 3 * RATE for end in ends]
    for column in (7, 30, 59, 100, 159):
        assert levels.momentary[column] == pytest.approx(loudness_at(samples, ends[column], round(0.4 * RATE)), abs=0.1)
    for column in (59, 100, 159):
        assert levels.short_term[column] == pytest.approx(loudness_at(samples, ends[column], 3 * RATE), abs=0.1)
    assert all(value == round(value, 1) for value in levels.momentary + levels.short_term)

    expected = pyloudnorm.Meter(RATE).integrated_loudness(samples)
    assert levels.loudness.integrated_lufs == pytest.approx(expected, abs=0.1)
    assert levels.loudness == measure_file(tmp_path / "talk.wav")
    assert levels.column(Fraction(1)) == 20
    assert levels.column(Fraction(-1)) == 0
    assert levels.column(Fraction(100)) == 160


def test_long_takes_have_longer_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = wav(tmp_path / "talk.wav", programme(5.02))
    monkeypatch.setattr(level_columns, "_MAX_COLUMNS", 40)
    measured: list[float] = []

    levels = measure_levels(tmp_path / "talk.wav", progress=measured.append, cancelled=lambda: False)

    assert measured == sorted(measured)
    assert measured[-1] == len(samples) / RATE
    parts = [samples[first : first + RATE * 3 // 20] for first in range(0, len(samples), RATE * 3 // 20)]
    assert levels.step == Fraction(3, 20)
    assert len(levels.peaks) == len(parts) == 34
    assert levels.peaks == tuple(round(float(np.abs(part).max()) * 255) for part in parts)
    assert levels.rms == tuple(round(float(np.sqrt(np.square(part).mean())) * 255) for part in parts)
    assert levels.momentary[20] == pytest.approx(loudness_at(samples, 21 * RATE * 3 // 20, round(0.4 * RATE)), abs=0.1)


def test_a_take_shorter_than_every_window_has_no_loudness(studio: Studio, tmp_path: Path) -> None:
    wav(tmp_path / "click.wav", np.full((RATE // 10, 1), 0.5))
    take = ingest(studio, tmp_path / "click.wav")
    levels = levels_of(studio, take)
    assert levels.peaks == levels.rms == (128, 128)
    content = json.loads(levels_path(studio, take).read_bytes())
    assert content["momentary"] == content["short_term"] == [None, None]
    assert content["step"] == [1, 20]
    assert content["loudness"]["integrated_lufs"] is None


def test_levels_are_measured_again_only_if_their_file_is_missing(studio: Studio, tmp_path: Path) -> None:
    wav(tmp_path / "talk.wav", programme(1))
    take = ingest(studio, tmp_path / "talk.wav")
    first = levels_of_a_job(studio, take)
    path = levels_path(studio, take)
    modified_at = path.stat().st_mtime_ns
    levels_of_a_job(studio, take)
    assert path.stat().st_mtime_ns == modified_at
    path.unlink()
    assert levels_of_a_job(studio, take) == first


def test_levels_are_requested_only_for_takes_with_sound(studio: Studio, tmp_path: Path) -> None:
    wav(tmp_path / "talk.wav", programme(1))
    take = ingest(studio, tmp_path / "talk.wav")
    silent = take.model_copy(update={"probe": take.probe.model_copy(update={"sound": ()})})
    assert "levels" in [request.kind.name for request in studio.tasks.preparation(take)]
    assert "levels" not in [request.kind.name for request in studio.tasks.preparation(silent)]


def test_an_unreadable_levels_file_is_an_error_with_a_hint(studio: Studio, tmp_path: Path) -> None:
    wav(tmp_path / "talk.wav", programme(1))
    take = ingest(studio, tmp_path / "talk.wav")
    path = levels_path(studio, take)
    with pytest.raises(EngineError, match="cannot be read") as missing:
        read_levels(path)
    assert missing.value.hint
    whole = levels_of(studio, take).model_dump(mode="json")
    for change in ({"rms": [1]}, {"step": [0, 1]}, {"version": 2}, {"peaks": [300] * 20}):
        path.write_text(json.dumps(whole | change))
        with pytest.raises(EngineError, match="is not valid") as broken:
            read_levels(path)
        assert broken.value.hint
    path.write_bytes(b"\xff{")
    with pytest.raises(EngineError, match="is not valid"):
        read_levels(path)
