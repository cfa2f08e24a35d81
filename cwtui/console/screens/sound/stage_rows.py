"""The stages of a chain in text: settings, results, and gain as blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import getdoc
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.segment import Segment

from cwtui.block_chart import BLOCKS, equal_parts
from cwtui.console.widgets.columns import Cell, Column, lay_out
from cwtui.console.widgets.detail_list import Detail
from cwtui.formatting import format_level, format_limiter, format_share, format_word_changes

if TYPE_CHECKING:
    from cwtui.console.theme import Palette
    from engine.sound import CleanReport, Preset, StageName

LOUDNESS = "loudness"
"""The row below the stages: the gain that every chain ends with."""

STATES = {"applied": "accent", "skipped": "quiet", "bypassed": "faint"}
_UNITS = (
    ("_dbfs", "dBFS"), ("_dbtp", "dBTP"), ("_lufs", "LUFS"), ("_db", "dB"), ("_lu", "LU"), ("_hz", "Hz"), ("_ms", "ms"),
    ("_s", "s"), ("_percent", "%"),
)  # fmt: skip
_WHOLE = {"strength": (100.0, "%"), "seconds": (1.0, "s"), "lufs": (1.0, "LUFS"), "ratio": (1.0, ": 1")}
# The gain in dB of the highest block, the same for all stages. None is full: rows do not touch.
_FULL_DB = 12.0
_FELT_DB = 0.2
# From this width on a row shows both settings and results.
_WIDE = 100


def describe_settings(chain: Preset, stage: StageName | str) -> str:
    """Returns the settings of a stage in a few words with units."""
    if stage == LOUDNESS:
        asked = chain.loudness
        limiter = f", limiter max {asked.limiter_db:g} dB" if asked.limiter_db else ""
        return f"{format_level(asked.lufs)}, peaks below {format_level(asked.true_peak_dbtp, 'dBTP')}{limiter}"
    table = chain.of(stage)  # type: ignore[arg-type]
    if table is None:
        return ""
    values = table.model_dump()
    return _SETTINGS[stage].format(**values, percent=values.get("strength", 0.0) * 100)


_SETTINGS = {
    "rumble": "below {cutoff_hz:g} Hz; wind max {wind_db:g} dB",
    "clicks": "above {times:g}×, max {most:g}/s",
    "declip": "max {most_percent:g} % of the samples",
    "mouth-clicks": "from +{above_db:g} dB, max {most:g}/s",
    "plosives": "below {below_hz:g} Hz, max {most_db:.1f} dB",
    "dereverb": "{percent:.0f} % from {full_ms:g} ms RT60",
    "breaths": "max {most_db:.1f} dB",
    "isolation": "{percent:.0f} % isolated voice",
    "room-tone": "gaps from {shortest_ms:g} ms",
    "levelling": "max {most_db:.1f} dB in {seconds:g} s",
    "sibilance": "above {from_hz:g} Hz, max {most_db:.1f} dB",
    "compression": "{ratio:.3g}:1, threshold +{above_db:g} dB",
    "tone": "bands, max {most_db:.1f} dB",
    "plugin": "{path}",
}


def with_unit(name: str, value: object) -> tuple[str, str]:
    """Returns a name and a value with its unit: ("cutoff", "70 Hz"), ("strength", "97 %")."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return name.replace("_", " "), "—" if value is None else str(value)
    if name in _WHOLE:
        times, unit = _WHOLE[name]
        return name, f"{_number(value * times)} {unit}"
    for ending, unit in _UNITS:
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_hz", " Hz").replace("_", " "), f"{_number(value)} {unit}"
    return name.replace("_", " "), _number(value)


def stage_help(chain: Preset, stage: str) -> tuple[str, list[Detail]]:
    """Returns what a stage is for, with its values, and its settings."""
    table = chain.loudness if stage == LOUDNESS else chain.of(stage)  # type: ignore[arg-type]
    if table is None:
        return "", []
    text, values = " ".join((getdoc(type(table)) or "").split()), table.model_dump()
    for name, value in values.items():
        text = text.replace(f"`{name}`", with_unit(name, value)[1])
    return text, list(_lines(values))


def stage_findings(report: CleanReport, stage: str) -> list[Detail]:
    """Returns what a stage measured and did; for the loudness, the figures of the whole."""
    if stage != LOUDNESS:
        one = next((one for one in report.stages if one.stage == stage), None)
        return [(one.state, one.why, STATES[one.state]), *_lines(one.measured)] if one else []
    harm = report.harm
    lines: list[Detail] = [
        ("gain", _gain(report), "amber" if report.quiet else "text"),
        ("limiter", format_limiter(report.limiter) if report.limiter.works else "no reduction", "text"),
        ("channels", report.fold.why, "text"),
        ("speech", f"{report.speech_s:.1f} s at {format_level(report.speech_dbfs, 'dBFS')}", "text"),
        ("noise", format_level(report.noise_dbfs, "dBFS"), "text"),
        (
            "speech envelope",
            f"{format_share(harm.correlation)} correlation, {format_share(harm.attenuated)} attenuated",
            "text",
        ),
        ("noise pumping", f"{harm.pumping_db:.1f} dB between words", "text"),
    ]
    if harm.agreement is not None:
        lines.append(("words", f"{format_share(harm.agreement)} recognized as before", "text"))
        if changes := format_word_changes(harm.restored, harm.lost):
            lines.append(("changed words", changes, "text"))
    lines += [("music and stereo", note, "text") for note in report.channel_notes]
    lines += [("reduced", why, "amber") for why in report.backed_off]
    return lines + [("artifacts", fault, "amber") for fault in harm.faults]


def _gain(report: CleanReport) -> str:
    """The gain of a dialog, and what determined it."""
    found = format_level(report.gain.db, "dB")
    if reason := report.gain.shortfall_reason(report.limiter):
        return f"{found}, below the target: {reason}"
    return f"{found}, limited by {report.gain.held_by}"


def peak_gain(curve: Sequence[float]) -> float:
    """Returns the gain of a curve that is farthest from 0, in dB."""
    return max(curve, key=abs, default=0.0)


def gain_cells(curve: Sequence[float], width: int) -> Iterator[tuple[str, str]]:
    """Yields gains in dB as `width` blocks: height is the amount, and boosts are highlighted."""
    for part in equal_parts(curve, width):
        most = peak_gain(part)
        eighths = min(7, max(1, round(abs(most) / _FULL_DB * 7)))
        yield BLOCKS[eighths], "faint" if abs(most) < _FELT_DB else "here" if most > 0 else "accent"


class StageResult(NamedTuple):
    """The result of a stage: its state, the word for it, the reason, its gain in dB every 100 ms; empty if unknown."""

    state: str = ""
    word: str = ""
    why: str = ""
    curve: Sequence[float] = ()


def stage_result(report: CleanReport | None, stage: str) -> StageResult:
    """Returns the result of a stage by a report."""
    if report is None:
        return StageResult()
    if stage == LOUDNESS:
        return StageResult("applied", "set", _gain(report), report.limiter.curve)
    one = next((one for one in report.stages if one.stage == stage), None)
    if one is None:
        return StageResult("bypassed", "—", "not in that preset")
    return StageResult(one.state, one.state, one.why, one.curve)


@dataclass(frozen=True, slots=True)
class StageRow:
    """A stage as its row shows it. `current`: the result was made by the chain as it is set now."""

    stage: str
    settings: str
    disabled: bool
    result: StageResult
    current: bool
    plain: bool


def stage_row(row: StageRow, palette: Palette, width: int, here: bool) -> Iterable[Segment]:
    """Returns a stage in a line: whether it is enabled, what it may do, what it did and why, and its gain."""
    styles, plain, out = palette.styles, row.plain, row.disabled
    mark = (" bypassed" if out else " on") if plain else " ○" if out else " ●" if row.stage != LOUDNESS else " ◆"
    so, done = row.current, row.result
    with_settings = width >= _WIDE or not so or not done.state
    with_result = bool(done.state)
    # Text that shows no result takes the whole line.
    settings = Column(20, grow=1) if not with_result or width < _WIDE else Column(32 if width < 140 else 42)
    blocks = 0 if plain else min(56, max(8, (width - 56) // 4))
    columns = (
        Column(9 if plain else 2),
        Column(12, gap=1),
        *([settings] if with_settings else []),
        *([Column(8, rank=1), Column(16, grow=1, rank=2)] if with_result else []),
        # The reason takes the rest of the line if there is no gain.
        *([Column(8, right=True, rank=3)] if with_result and done.curve else []),
        *([Column(blocks, rank=4)] if with_result and done.curve and blocks > 0 else []),
    )
    most = peak_gain(done.curve)
    number = f"{'+' if most > 0 else ''}{format_level(most, 'dB')}"
    cells: list[Cell] = [
        (mark, styles["faint" if out else "accent"]),
        (row.stage, styles["faint" if out else "strong" if here else "text"]),
    ]
    if with_settings:
        cells.append(("bypassed" if out and not plain else row.settings, styles["faint" if out else "quiet"]))
    if with_result:
        cells += [
            (done.word, styles[STATES[done.state] if so else "faint"]),
            (done.why, styles["text" if so and done.state == "applied" else "faint"]),
        ]
    if with_result and done.curve:
        cells.append((number, styles["quiet" if so else "faint"]))
        if blocks > 0:
            curve = gain_cells(done.curve, blocks)
            cells.append([Segment(sign, styles[kind if so else "faint"]) for sign, kind in curve])
    yield from lay_out(columns, cells, width)


def _lines(values: Mapping[str, Any]) -> Iterator[Detail]:
    for name, value in values.items():
        yield (*with_unit(name, value), "text")


def _number(value: float) -> str:
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return shown.replace("-", "−") if shown != "-0" else "0"
