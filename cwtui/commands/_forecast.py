"""Shows what a delivery would build, and which existing files it would skip, replace or refuse."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

from rich.console import Console

from cwtui.commands._output import quoted
from cwtui.commands._tables import QUIET, plain_table
from cwtui.formatting import describe_last, format_bit_rate, format_duration, format_level, plural
from cwtui.job_status import format_time_left
from engine.catalog import summarize_damage
from engine.deliver import ARCHIVE_SEAL, FRAMES_SUFFIX, Estimate
from engine.studio import DeliveryForecast, LastDelivery
from engine.units import format_bytes

_MARKS = {"skipped": "[green]✓[/]", "replaced": "[yellow]![/]", "refused": "[red]✗[/]"}
_TITLES = {
    "skipped": "identical, would be skipped",
    "replaced": "would be replaced",
    "refused": "not replaced",
}


def show_forecast(console: Console, forecast: DeliveryForecast) -> None:
    """Prints the estimate of each source and the existing files."""
    made = [one for one in forecast.estimates if not one.refused]
    table = plain_table("", "length", "size", "picture", "sound", "files")
    for one in made:
        table.add_row(
            quoted(one.label), format_duration(float(one.duration)), _size(one), _picture(one), _sound(one),
            quoted(" ".join(map(_ending, one.files))),
        )  # fmt: skip
    if made:
        console.print(table)
    hints: set[str] = set()
    for one in forecast.estimates:
        if one.refused:
            console.print(f"{'[yellow]![/]' if one.waits else f'[{QUIET}]·[/]'} {quoted(one.refused)}", soft_wrap=True)
            if one.hint and one.hint not in hints:
                hints.add(one.hint)
                console.print(f"  [yellow]→[/] {quoted(one.hint)}", soft_wrap=True)
        if one.damage:
            damage = summarize_damage(one.damage)
            console.print(f"[yellow]![/] {quoted(one.label)}: needs --damaged: {quoted(damage)}", soft_wrap=True)
    for file in forecast.existing:
        why = f": {file.reason}" if file.fate == "refused" else ""
        needs = " by --replace" if file.needs_replace and file.fate == "replaced" else ""
        line = f"{_MARKS[file.fate]} {quoted(_name(file.path))} {_TITLES[file.fate]}{needs}{quoted(why)}"
        console.print(line, soft_wrap=True)
    for path in forecast.leftover:
        console.print(f"[{QUIET}]· {quoted(path.name)} stays: it is from an earlier trim[/]", soft_wrap=True)
    for one in made:
        if one.copied:
            share = f"{format_duration(float(one.copied))} of {format_duration(float(one.duration))}"
            console.print(f"[{QUIET}]· {quoted(one.label)}: {share} copied without encoding[/]", soft_wrap=True)
    if forecast.seconds is not None:
        console.print(f"takes {format_time_left(forecast.seconds)}")
    if forecast.last:
        console.print(f"last time {describe_last(forecast.last)}")
    seconds = float(sum(one.duration for one in made))
    console.print(f"{plural(len(made), 'deliverable')}, {format_duration(seconds)}; nothing was delivered (--dry-run)")


def _ending(name: str) -> str:
    """The ending of a file that would be written; an archive and a sequence of frames are folders."""
    return "folder" if "/" in name else ".exr" if name.endswith(FRAMES_SUFFIX) else PurePath(name).suffix


def _name(path: Path) -> str:
    """The name of an existing file; the seal of an archive stands for its folder."""
    archive = path.as_posix().removesuffix(f"/{ARCHIVE_SEAL}")
    return path.name if archive == path.as_posix() else f"{PurePath(archive).name}/"


def _size(estimate: Estimate) -> str:
    if estimate.bytes is None:
        return "constant quality"
    return f"about {format_bytes(estimate.bytes)}" if estimate.bytes else "text"


def _picture(estimate: Estimate) -> str:
    if estimate.size is None:
        return ""
    rate = f" {format_bit_rate(estimate.bits)}" if estimate.bits else ""
    rate += " in two passes" if estimate.passes == 2 else ""
    return f"{estimate.size[0]}×{estimate.size[1]} {float(estimate.rate or 0):.4g}{rate}"


def _sound(estimate: Estimate) -> str:
    if estimate.lufs is None:
        return ""
    return f"{format_level(estimate.measured_lufs, '')} → {format_level(estimate.lufs)}"


def forecast_json(forecast: DeliveryForecast) -> dict[str, Any]:
    """The JSON result of `cwtui deliver --dry-run`."""
    return {
        "estimates": [
            {
                "take": one.label,
                "duration": float(one.duration),
                "width": one.size[0] if one.size else None,
                "height": one.size[1] if one.size else None,
                "bytes": one.bytes,
                "lufs": one.lufs,
                "copied": float(one.copied),
                "files": list(one.files),
                "damage": [damage.model_dump(mode="json") for damage in one.damage],
                "refused": one.refused or None,
                "hint": one.hint or None,
            }
            for one in forecast.estimates
        ],
        "existing": [
            {"take": one.label, "path": str(one.path), "fate": one.fate, "reason": one.reason or None}
            for one in forecast.existing
        ],
        "leftover": [str(path) for path in forecast.leftover],
        "seconds": forecast.seconds,
        "last": _last_json(forecast.last) if forecast.last else None,
    }


def _last_json(last: LastDelivery) -> dict[str, Any]:
    return {"bytes": last.bytes, "seconds": last.seconds, "made_at": last.made_at.isoformat()}
