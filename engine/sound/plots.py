"""Plots of sound as PNG and SVG: waveform, loudness and stage gains; the same input gives the same bytes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.atomic_files import make_folder, refuse_existing, write_atomic
from engine.sound.loudness import LoudnessSeries
from engine.sound.waveform import peaks

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BACKGROUND, _FOREGROUND, _QUIET, _GRID = "#121214", "#e6e6e8", "#8e8e96", "#2a2a2e"
_WAVE, _MOMENTARY, _SHORT, _WHOLE, _TARGET = "#3d5a66", "#4f9db0", "#f0c050", "#f2f2f4", "#5fae6b"
_PEAK = "#e0604c"
_STAGES = ("#f0c050", "#4f9db0", "#c98bd0", "#5fae6b", "#e0804c", "#8fa8e8", "#d0d060", "#e08aa8")
_LOWEST = -60.0
_AUDIBLE_DB = 0.1
_VISIBLE_STRENGTH = 0.02
_COLUMNS = 1600
_SUFFIXES = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class SoundPlotRow:
    """One row of a plot: a name, the waveform as (columns, 2) minimum and maximum over `seconds`, and loudness."""

    name: str
    wave: NDArray[np.float32]
    seconds: float
    series: LoudnessSeries


def plot_row(name: str, path: Path, index: int | None, series: LoudnessSeries) -> SoundPlotRow:
    """The row of a sound track whose loudness was already measured."""
    return SoundPlotRow(name, peaks(path, index, _COLUMNS), len(series.true_peak_dbtp) / 10, series)


def draw_loudness(
    folder: Path,
    name: str,
    path: Path,
    index: int | None,
    series: LoudnessSeries,
    target: tuple[float, float] | None = None,
    ceiling: float | None = None,
    *,
    replace: bool = True,
) -> list[Path]:
    """Writes `loudness.png` and `.svg` of one sound track to `folder`; see `draw_sound`."""
    for suffix in _SUFFIXES:
        refuse_existing(folder / f"loudness{suffix}", replace=replace)
    row = plot_row(name, path, index, series)
    return draw_sound(folder, "loudness", [row], target=target, ceiling=ceiling, replace=replace)


def draw_sound(
    folder: Path,
    name: str,
    rows: Sequence[SoundPlotRow],
    *,
    target: tuple[float, float] | None = None,
    ceiling: float | None = None,
    gains: Mapping[str, Sequence[float]] | None = None,
    strength: Sequence[float] = (),
    replace: bool = True,
) -> list[Path]:
    """Writes `name`.png and .svg to `folder`: a row for each sound, then the stages' gains; returns their paths.

    `target` is loudness and tolerance in LUFS and LU, `ceiling` in dBTP; `gains` are dB every 100 ms, and `strength` is
    the strength of isolation every 100 ms, 0 to 1, which is drawn if it changes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    changing = {stage: curve for stage, curve in (gains or {}).items() if max(map(abs, curve), default=0) > _AUDIBLE_DB}
    weaker = len(strength) > 0 and max(strength) - min(strength) > _VISIBLE_STRENGTH
    count = len(rows) + (bool(changing) or weaker)
    figure: Any = Figure(figsize=(12, 3.1 * count + 0.4), dpi=120, facecolor=_BACKGROUND, layout="constrained")
    axes = figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0]
    for axis, row in zip(axes, rows, strict=False):
        _draw_loudness(axis, row, target, ceiling)
    if changing or weaker:
        _draw_gains(axes[-1], changing)
    if weaker:
        _draw_strength(axes[-1], strength)
    axes[-1].set_xlabel("seconds", color=_QUIET)
    make_folder(folder)
    written = []
    for suffix, canvas in zip(_SUFFIXES, (FigureCanvasAgg, FigureCanvasSVG), strict=True):
        image = BytesIO()
        canvas(figure)
        _saved(figure, image, suffix[1:])
        write_atomic(folder / f"{name}{suffix}", image.getvalue(), replace=replace)
        written.append(folder / f"{name}{suffix}")
    return written


def _saved(figure: Any, image: BytesIO, form: str) -> None:
    """Saves without a date and with stable SVG ids, so that the bytes are reproducible."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "cleanwater", "svg.fonttype": "path", "font.family": "DejaVu Sans"}):
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(image, format=form, facecolor=_BACKGROUND, metadata=metadata)


def _draw_loudness(axis: Any, row: SoundPlotRow, target: tuple[float, float] | None, ceiling: float | None) -> None:
    _plain(axis)
    series = row.series
    times = series.start + np.arange(len(series.momentary_lufs)) / 10
    columns = np.linspace(0, row.seconds, len(row.wave), endpoint=False)
    beside = axis.twinx()
    beside.fill_between(columns, row.wave[:, 0], row.wave[:, 1], color=_WAVE, linewidth=0, alpha=0.9)
    beside.set_facecolor(_BACKGROUND)
    beside.set_ylim(-1.05, 1.05)
    beside.set_yticks([])
    beside.set_zorder(0)
    axis.set_zorder(1)
    axis.patch.set_visible(False)
    for spine in beside.spines.values():
        spine.set_visible(False)
    if target:
        level, tolerance = target
        axis.axhspan(level - max(tolerance, 0.3), level + max(tolerance, 0.3), color=_TARGET, alpha=0.35, linewidth=0)
    for values, colour, width, words in (
        (series.momentary_lufs, _MOMENTARY, 0.9, "momentary"),
        (series.short_term_lufs, _SHORT, 1.8, "short-term"),
        (series.integrated_lufs, _WHOLE, 1.4, "integrated"),
    ):
        axis.plot(
            times, [value if value > _LOWEST else math.nan for value in values], color=colour, lw=width, label=words
        )
    peaks = np.array([max(values) for values in series.true_peak_dbtp])
    if ceiling is not None and (over := peaks > ceiling + 0.05).any():
        label = f"true peak over {ceiling:g} dBTP".replace("-", "−")
        axis.plot(times[over], np.zeros(int(over.sum())), "v", color=_PEAK, ms=5, label=label, clip_on=False)
    axis.set_ylim(_LOWEST, 0)
    axis.set_xlim(0, max(row.seconds, 0.1))
    axis.set_ylabel("LUFS", color=_QUIET)
    integrated = next((value for value in reversed(series.integrated_lufs) if math.isfinite(value)), -math.inf)
    peak = float(peaks.max()) if len(peaks) else -math.inf
    said = f"{integrated:.1f} LUFS   {peak:.1f} dBTP".replace("-", "−") if math.isfinite(peak) else "silence"
    axis.set_title(row.name, loc="left", color=_FOREGROUND, fontsize=12)
    axis.set_title(said, loc="right", color=_QUIET, fontsize=11)
    _legend(axis)


def _draw_gains(axis: Any, gains: Mapping[str, Sequence[float]]) -> None:
    _plain(axis)
    for number, (stage, curve) in enumerate(gains.items()):
        times = (np.arange(len(curve)) + 0.5) / 10
        axis.plot(times, np.clip(curve, -30, 15), color=_STAGES[number % len(_STAGES)], lw=1.3, label=stage)
    axis.axhline(0, color=_QUIET, lw=0.6)
    low, high = axis.get_ylim()
    # Space for the legend below the lowest curve.
    axis.set_ylim(low - 0.25 * (high - low), high)
    axis.set_ylabel("dB", color=_QUIET)
    axis.set_title("gain of each stage", loc="left", color=_FOREGROUND, fontsize=12)
    if gains:
        _legend(axis)


def _draw_strength(axis: Any, strength: Sequence[float]) -> None:
    """Draws the strength of isolation behind the gains, with a scale of its own on the right."""
    beside = axis.twinx()
    _plain(beside)
    beside.grid(visible=False)
    beside.fill_between((np.arange(len(strength)) + 0.5) / 10, strength, color=_WAVE, linewidth=0, alpha=0.45)
    beside.set_ylim(0, 1.05)
    beside.set_ylabel("isolation strength", color=_QUIET)
    beside.set_zorder(0)
    axis.set_zorder(1)
    axis.patch.set_visible(False)


def _plain(axis: Any) -> None:
    axis.set_facecolor(_BACKGROUND)
    axis.grid(color=_GRID, lw=0.6)
    axis.tick_params(colors=_QUIET, length=0)
    for spine in axis.spines.values():
        spine.set_color(_GRID)


def _legend(axis: Any) -> None:
    legend = axis.legend(
        loc="lower right",
        ncols=8,
        fontsize=9,
        facecolor=_BACKGROUND,
        edgecolor=_GRID,
        labelcolor=_FOREGROUND,
        framealpha=0.85,
    )
    legend.set_zorder(5)
