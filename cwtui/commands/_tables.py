"""Human-readable results: tables without boxes, with right-aligned numbers and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cwtui.block_chart import BLOCKS, bin_max
from cwtui.commands._conditions import condition_line, condition_mark
from cwtui.commands._output import error_console, human_console, show_json
from cwtui.commands._rows import print_rows
from cwtui.formatting import format_limiter, format_share, format_word_changes, plural
from cwtui.observation_text import observation_facts, observation_summary
from engine.catalog import (
    UNCHECKED,
    Condition,
    HdrMetadata,
    Job,
    Picture,
    Probe,
    Project,
    Review,
    Selection,
    Sound,
    Take,
    describe_damage,
)
from engine.slug import printable
from engine.time import timecode
from engine.units import format_bytes

if TYPE_CHECKING:
    from engine.sound import ChannelLoudness, CleanReport, Loudness, LoudnessSeries

ACCENT, QUIET = "cyan", "grey62"

# Characters of a take's label, so that a row fits 80 columns.
_LABEL = 24


def plain_table(*headings: str, right: Sequence[str] = ()) -> Table:
    """A table without boxes; the columns named in `right` are right-aligned."""
    table = Table(box=None, pad_edge=False, header_style=QUIET, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    return table


def show_takes(
    console: Console,
    project: Project,
    takes: Sequence[Take],
    reviews: Mapping[str, Review] | None = None,
    conditions: Mapping[str, Condition] | None = None,
    *,
    every: int | None = None,
    by_session: bool = True,
) -> None:
    """Prints takes with a heading for each session and notes below it; without `by_session`, in one table.

    `reviews` and `conditions` are keyed by take id. `every` is the number of all takes, if some are left out.
    """
    decided, known = reviews or {}, conditions or {}
    count = plural(len(takes), "take") if every in (None, len(takes)) else f"{len(takes):,} of {every:,} takes"
    console.print(f"[{ACCENT}]{escape(project.name)}[/]  {count}")
    for session, members in groupby(takes, key=lambda take: take.session if by_session else None):
        group = list(members)
        if by_session:
            device = group[0].probe.capture.model or "unknown camera"
            heading = f"session {session}  {group[0].captured_at:%a %d %b %Y}  {device}"
            console.print(f"\n[{QUIET}]{escape(heading)}[/]")
        headings = ("", "take", "", "at", "length", "picture", "sound")
        rows = [
            (
                condition_mark(take, known.get(take.id, UNCHECKED)),
                escape(take.label if len(take.label) <= _LABEL else take.label[: _LABEL - 1] + "…"),
                review_line(decided.get(take.id)),
                f"{take.captured_at:%H:%M:%S}",
                length(take.probe),
                media_line(take.probe),
                sound_line(take.probe.sound),
            )
            for take in group
        ]
        print_rows(console, headings, rows, right=("length",), heading_style=QUIET)
        for take in group:
            if note := take_note(take):
                console.print(f"[yellow]![/] {escape(take.label)}: {escape(note)}", soft_wrap=True)
            for one in known.get(take.id, UNCHECKED).damage:
                console.print(f"[red]✗[/] {escape(take.label)}: damaged {escape(describe_damage(one))}", soft_wrap=True)
    if unchecked := sum(known.get(take.id, UNCHECKED).state == "unchecked" for take in takes):
        verb = "are" if unchecked > 1 else "is"
        count = plural(unchecked, "take")
        console.print(f"[{QUIET}]? {count} {verb} not checked for damage yet[/]")


def review_line(review: Review | None) -> str:
    """★ keep, or retake; empty without a decision."""
    if review is None:
        return ""
    verdict = {"keep": "[green]keep[/]", "retake": "[yellow]retake[/]", None: ""}[review.verdict]
    return " ".join(part for part in ("[bold yellow]★[/]" * review.star, verdict) if part)


def take_note(take: Take) -> str:
    """The note for a take in a list: a question for the user, or that it is not a camera original; else empty."""
    if take.needs_director and take.probe.picture:
        suggested = take.probe.picture.suggested_input_transform
        if suggested is None:
            return f"needs you: it {take.probe.picture.question}; run cwtui confirm {take.number} --input-transform T"
        return f"needs you: run cwtui confirm {take.number} --input-transform {suggested}"
    return "" if take.probe.original else "edited or exported copy"


def length(probe: Probe) -> str:
    """The duration: HH:MM:SS:FF for video, seconds for audio only."""
    if probe.observation:
        return f"[{QUIET}]–[/]"
    if probe.picture:
        return timecode(round(probe.duration * probe.picture.frame_rate), probe.picture.frame_rate)
    return f"{float(probe.duration):.2f} s"


def media_line(probe: Probe) -> str:
    """The picture, or the bands of an observation."""
    return escape(observation_summary(probe.observation)) if probe.observation else picture_line(probe.picture)


def picture_line(picture: Picture | None) -> str:
    """3840×2160 hlg 29.97, with VFR for a variable frame rate."""
    if picture is None:
        return f"[{QUIET}]none[/]"
    rate = rate_line(picture.frame_rate) + (" VFR" if picture.variable_frame_rate else "")
    return f"{picture.display_width}×{picture.display_height} {picture.encoding_name} {rate}"


def sound_line(sound: Sequence[Sound]) -> str:
    """2 + 4 ch; tracks that cannot be decoded are in brackets."""
    if not sound:
        return f"[{QUIET}]none[/]"
    return " + ".join(str(t.channels) if t.decodable else f"({t.channels})" for t in sound) + " ch"


def rate_line(rate: Fraction) -> str:
    """30 or 29.97."""
    return f"{float(rate):.2f}".rstrip("0").rstrip(".")


def show_ingest(console: Console, result: Mapping[str, Any]) -> None:
    """Prints the takes added, those already in the project, failures, skipped files and the seal."""
    from engine.ingest import skip_reason

    for take in (Take.model_validate(raw) for raw in result["takes"]):
        console.print(f"[green]✓[/] {escape(take.label)}  {media_line(take.probe)}  [{QUIET}]{take.digest[:8]}…[/]")
        for note in take.probe.notes:
            console.print(f"    [{QUIET}]{escape(note)}[/]", soft_wrap=True)
    for one in result["duplicates"]:
        name = escape(printable(Path(one["path"]).name))
        console.print(f"[{QUIET}]· {name} is already in the project as {escape(one['take'])}[/]", soft_wrap=True)
    show_failures(console, result["failed"])
    for path in result["skipped"]:
        console.print(f"[{QUIET}]· skipped ({skip_reason(Path(path))}): {escape(path)}[/]", soft_wrap=True)
    if result["seal"]:
        console.print(f"[{ACCENT}]sealed[/]  {escape(result['seal'])}", soft_wrap=True)


def show_failures(console: Console, failures: Sequence[Mapping[str, str]]) -> None:
    """Prints the message and hint of each failure."""
    for failure in failures:
        console.print(f"[red]✗[/] {escape(failure['message'])}", soft_wrap=True)
        if failure["hint"]:
            console.print(f"  [yellow]→[/] {escape(failure['hint'])}", soft_wrap=True)


def show_selection(selection: Selection) -> None:
    """Prints the number of takes selected for delivery and the reason, on stderr."""
    count = len(selection.takes)
    left = f", {len(selection.left_out)} left out" if selection.left_out else ""
    console = error_console()
    ranges = f", {plural(selection.ranges, 'range')}" if selection.ranges > count else ""
    console.print(f"[{QUIET}]{plural(count, 'take')}{ranges}: {selection.reason}{left}[/]", soft_wrap=True)


def show_queued(jobs: Sequence[Job], as_json: bool) -> None:
    """Prints queued jobs with their ids: one per line, or as JSON."""
    if as_json:
        show_json({"jobs": [job.model_dump(mode="json") for job in jobs]})
        return
    for job in jobs:
        human_console().print(f"{job.id}  [{QUIET}]{escape(job.title)}, {job.state}[/]", soft_wrap=True)


def show_probe(console: Console, name_of: str, probe: Probe, condition: Condition = UNCHECKED) -> None:
    """Prints a probe as a table of names and values, then the damage and notes."""
    table = plain_table("", "")
    table.show_header = False
    for name, value in _facts(probe):
        table.add_row(name, escape(value))
    table.add_row("condition", condition_line(condition))
    console.print(f"[{ACCENT}]{escape(name_of)}[/]")
    console.print(table)
    for one in condition.damage:
        console.print(f"[red]✗[/] damaged {escape(describe_damage(one))}", soft_wrap=True)
    for note in probe.notes:
        console.print(f"[yellow]![/] {escape(note)}", soft_wrap=True)


def _facts(probe: Probe) -> Iterator[tuple[str, str]]:
    if record := probe.observation:
        yield from observation_facts(record)
    if picture := probe.picture:
        turned = f", turned {picture.rotation}°" if picture.rotation else ""
        mirrored = ", mirrored" if picture.mirrored else ""
        aspect = picture.pixel_aspect
        shape = f", pixels {aspect.numerator}:{aspect.denominator}" if aspect != 1 else ""
        stored = f"stored {picture.width}×{picture.height}{shape}{turned}{mirrored}"
        yield "picture", f"{picture.display_width}×{picture.display_height} upright ({stored})"
        uneven = " (uneven)" if picture.variable_frame_rate else ""
        timing = f"{plural(picture.frames, 'frame')} at {rate_line(picture.frame_rate)}{uneven}"
        yield "", f"{picture.codec} {picture.pixel_format}, {timing}"
        if picture.field_order != "progressive":
            by = f"deinterlaced by {picture.deinterlacer}" if picture.deinterlacer else "not deinterlaced"
            yield "", f"interlaced, {picture.field_order} field first, {by}"
        tags = f"tags {picture.primaries}/{picture.transfer}/{picture.matrix}"
        extent = "full range" if picture.full_range else "limited range"
        yield (
            "encoding",
            f"{picture.encoding_name}, input transform {picture.input_transform or 'unconfirmed'}; {tags}, {extent}",
        )
        if vision := picture.dolby_vision:
            yield "", f"Dolby Vision {vision.name} ({vision.base}), level {vision.level}; not in deliverables"
        if light := picture.hdr_metadata:
            yield "", f"HDR10 metadata: {_light_line(light)}; not copied to deliverables"
        if picture.views > 1:
            yield "", f"{picture.views} views (MV-HEVC); the first is shown and delivered"
        if picture.alpha:
            yield "", "alpha: kept in EXR frames, composited over black elsewhere"
    for other in probe.other_pictures:
        kind = {"cover": "cover image", "thumbnails": "thumbnails", "picture": "additional video"}[other.kind]
        off = "" if other.enabled else ", disabled"
        yield f"picture {other.index}", f"{other.codec} {other.width}×{other.height}, {kind}{off}; kept, not delivered"
    chosen = probe.chosen_sound
    for track in probe.sound:
        kept = "" if track.decodable else "; cannot be decoded here, kept"
        channels = f"{plural(track.channels, 'channel')} ({track.layout}), {track.sample_rate / 1000:g} kHz"
        marks = [] if track.enabled else ["disabled"]
        marks += [] if track.default or not track.enabled else ["not default"]
        marks += ["used"] if track == chosen and len(probe.sound) > 1 else []
        yield f"sound {track.index}", f"{', '.join([track.codec, channels, *marks])}{kept}"
    for data in probe.data:
        yield f"data {data.index}", f"{data.codec} {data.handler}".strip()
    capture = probe.capture
    camera = " ".join(part for part in (capture.make, capture.model, capture.software) if part)
    said = [str(part) for part in (camera, capture.time, capture.location, capture.timecode) if part]
    yield "capture", "  ".join(said) or "no metadata"
    if not probe.observation:
        yield "length", f"{length(probe)}  ({float(probe.duration):.3f} s)"
    yield "original", "yes" if probe.original else "no"


def _light_line(light: HdrMetadata) -> str:
    said = []
    if light.black is not None and light.peak is not None:
        said.append(f"mastering display {float(light.black):g} to {float(light.peak):g} cd/m²")
    if light.max_cll is not None:
        said.append(f"MaxCLL {light.max_cll}, MaxFALL {light.max_fall}")
    return ", ".join(said) or "primaries only"


def show_render(console: Console, result: Mapping[str, Any]) -> None:
    """Prints the folder, count, numbers and size of rendered frames, then the notes."""
    count, first = result["frames"], result["first_number"]
    numbers = f"{first}" if count == 1 else f"{first}–{first + count - 1}"
    there = f", {result['found']} already existed" if result["found"] else ""
    console.print(
        f"[green]✓[/] {escape(result['folder'])}/{escape(result['pattern'])}  {plural(count, 'frame')} "
        f"{numbers}, {format_bytes(result['bytes'])}{there}, input transform {result['input_transform']}",
        soft_wrap=True,
    )
    for note in result["notes"]:
        console.print(f"    [yellow]![/] {escape(note)}", soft_wrap=True)


_QUIETEST, _LOUDEST = -48.0, -6.0


def show_loudness(
    console: Console,
    label: str,
    measured: Loudness,
    channels: ChannelLoudness,
    series: LoudnessSeries,
    missed: Sequence[str],
) -> None:
    """Prints the measurements, the channel layout used and momentary loudness as bars across the terminal."""
    table = plain_table("", "")
    table.show_header = False
    rows: list[tuple[str, float | None, str]] = [
        ("integrated", measured.integrated_lufs, "LUFS"),
        ("speech only", measured.dialog_lufs, "LUFS"),
        ("range", measured.range_lu, "LU"),
        ("true peak", measured.true_peak_dbtp, "dBTP"),
        ("loudest 400 ms", measured.max_momentary_lufs, "LUFS"),
        ("loudest 3 s", measured.max_short_term_lufs, "LUFS"),
    ]
    for name, value, unit in rows:
        if value is not None:
            table.add_row(name, f"{value:7.2f} {unit}")
    console.print(escape(label), table, sep="\n")
    mono = channels.mono
    if mono:
        one, two = (f"{value:.2f} LUFS" for value in (mono.single_channel_lufs, mono.dual_mono_lufs))
        console.print(
            f"  [{QUIET}]mono: {two} on two loudspeakers (used for targets), {one} as one channel[/]",
            soft_wrap=True,
        )
    else:
        listed = "  ".join(
            f"{name} {peak:.1f}" for name, peak in zip(channels.layout.channels, channels.true_peak_dbtp, strict=True)
        )
        console.print(
            f"  [{QUIET}]{escape(channels.layout.layout)}: {escape(channels.layout.rule)}[/]",
            f"  [{QUIET}]true peaks, dBTP: {escape(listed)}[/]",
            sep="\n",
            soft_wrap=True,
        )
    if measured.silent:
        console.print("silent throughout")
    elif measured.clipped:
        console.print(f"[yellow]![/] {measured.clipped} samples at full scale")
    console.print(f"[{ACCENT}]{_curve(series.momentary_lufs, min(console.width, 100))}[/]")
    for fault in missed:
        console.print(f"[bold red]✗[/] {escape(fault)}", soft_wrap=True)


def _curve(levels: Sequence[float], width: int) -> str:
    """The maximum of each of `width` equal parts as a bar character, from −48 to −6 LUFS."""
    loudest = bin_max(levels, min(width, len(levels)))
    share = ((level - _QUIETEST) / (_LOUDEST - _QUIETEST) for level in loudest)
    return "".join(BLOCKS[round(min(max(value, 0.0), 1.0) * (len(BLOCKS) - 1))] for value in share)


def show_cleaning(console: Console, report: CleanReport) -> None:
    """Prints the verdict, the result and reason of each stage, and loudness before and after."""
    marks = {"applied": "[green]●[/]", "skipped": f"[{QUIET}]○[/]", "bypassed": f"[{QUIET}]–[/]"}
    console.print(f"[bold]{escape(report.verdict)}[/]", soft_wrap=True)
    for stage in report.stages:
        console.print(f"  {marks[stage.state]} {stage.stage:<12} [{QUIET}]{escape(stage.why)}[/]", soft_wrap=True)
    for step in report.backed_off:
        console.print(f"  [yellow]![/] {escape(step)}", soft_wrap=True)
    if report.raised_db:
        console.print(f"  very quiet: gain of {report.raised_db:.0f} dB before the first stage", soft_wrap=True)
    for note in report.fold.notes:
        console.print(f"  [yellow]![/] {escape(note)}", soft_wrap=True)
    for note in report.channel_notes:
        console.print(f"  {escape(note)}", soft_wrap=True)
    if report.speech_dbfs is not None and report.noise_dbfs is not None:
        console.print(
            f"  speech {report.speech_s:.1f} s at {report.speech_dbfs:.1f} dBFS over noise at {report.noise_dbfs:.1f}; "
            f"{escape(report.fold.why)}",
            soft_wrap=True,
        )
    held = ", silence" if report.gain.held_by == "silence" else ""
    if reason := report.gain.shortfall_reason(report.limiter):
        held = f", [yellow]![/] below the target: {reason}"
    console.print(
        f"  loudness {report.before.integrated_lufs:.1f} → {report.after.integrated_lufs:.1f} LUFS, "
        f"true peak {report.after.true_peak_dbtp:.1f} dBTP{held}",
        soft_wrap=True,
    )
    if report.limiter.works:
        console.print(f"  limiter {format_limiter(report.limiter)}", soft_wrap=True)
    if report.harm.agreement is not None:
        line = f"  {format_share(report.harm.agreement)} of the words are recognised as before"
        if changes := format_word_changes(report.harm.restored, report.harm.lost):
            line += f"; {changes}"
        console.print(line, soft_wrap=True)
