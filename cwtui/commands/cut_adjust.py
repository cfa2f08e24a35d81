"""Verbs of `cwtui cut` that change single clips: trim, roll, slip, slide, gain, transition, sound, marker, chapter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._cuts import (
    ClipArgument,
    ClipsArgument,
    CutOption,
    apply_edit,
    find_clip,
    find_clips,
    parse_ticks,
    project_cuts,
    read_cut,
    show_change,
    time_text,
)
from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.timeline import Cut

_BY = "later if positive, earlier if negative: 12f, 0.5, -1.2"
ByOption = Annotated[str, typer.Option("--by", help=f"The time, {_BY}.")]


def trim(
    clip: ClipArgument,
    start: Annotated[
        str | None, typer.Option("--from", help="The in point in the take; +0.5 or -0.5 moves it.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="The out point in the take; +0.5 or -0.5 moves it.")] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set the in and out points of a clip; later clips move (ripple)."""
    from engine.errors import RequestError
    from engine.timeline import trim as edit

    if start is None and end is None:
        raise RequestError("The new in or out point is missing.", "Use --from, --to or both.")

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        one = find_clip(cut, clip)
        return edit(cut, one.id, lengths, _moved(start, one.start, cut), _moved(end, one.end, cut))

    apply_edit(name, project, studio, as_json, change, f"clip {clip} trimmed")


def roll(
    clip: ClipArgument,
    by: ByOption,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the edit before a clip: one clip gets longer, the other shorter."""
    from engine.timeline import roll as edit

    _by(clip, by, name, project, studio, as_json, edit, "rolled")


def slip(
    clip: ClipArgument,
    by: ByOption,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an earlier or later part of the take; the clip stays in its place."""
    from engine.timeline import slip as edit

    _by(clip, by, name, project, studio, as_json, edit, "slipped")


def slide(
    clip: ClipArgument,
    by: ByOption,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a clip between its neighbours, which get longer and shorter."""
    from engine.timeline import slide as edit

    _by(clip, by, name, project, studio, as_json, edit, "slid")


def gain(
    clips: ClipsArgument,
    decibels: Annotated[float, typer.Option("--db", help="The gain in dB, relative to the recording.")],
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set the gain of clips."""
    from engine.timeline import set_gain

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return set_gain(cut, [clip.id for clip in find_clips(cut, clips)], decibels)

    apply_edit(name, project, studio, as_json, change, f"gain of clip {', '.join(clips)}: {decibels:+g} dB")


def transition(
    clip: ClipArgument,
    kind: Annotated[
        Literal["dissolve", "dip", "wipe", "push", "cut"],
        typer.Option("--kind", help="A dissolve, a dip to black, a wipe, a push, or a plain cut."),
    ] = "dissolve",
    length: Annotated[str, typer.Option("--length", help="Its whole length, centred on the edit: 12f, 0.5.")] = "0.5",
    direction: Annotated[
        Literal["left", "right", "up", "down"] | None,
        typer.Option("--direction", help="Where a wipe or a push moves (default: left)."),
    ] = None,
    softness: Annotated[
        float | None, typer.Option("--softness", help="The width of a wipe's edge, a share of the frame: 0 to 1.")
    ] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set the transition from the previous clip into a clip."""
    from engine.errors import RequestError
    from engine.timeline import Transition, set_transition

    if direction is not None and kind not in ("wipe", "push"):
        raise RequestError("--direction is for a wipe or a push.", "Leave it out, or use --kind wipe.")
    if softness is not None and (kind != "wipe" or not 0 <= softness <= 1):
        raise RequestError("--softness is for a wipe, from 0 to 1.", "Use --kind wipe --softness 0.1.")

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        one = find_clip(cut, clip)
        if kind == "cut":
            return set_transition(cut, one.id, None, lengths)
        frames = parse_ticks(length, cut.rate)
        if frames < 1:
            raise RequestError("A transition has at least one frame.", "Choose a longer one, or --kind cut.")
        made = Transition(kind, frames // 2, frames - frames // 2, direction or "left", softness or 0.0)
        return set_transition(cut, one.id, made, lengths)

    what = "plain cut" if kind == "cut" else f"{kind} of {length}"
    apply_edit(name, project, studio, as_json, change, f"{what} into clip {clip}")


def sound(
    clip: ClipArgument,
    offset: Annotated[
        str | None,
        typer.Option("--offset", help="Seconds from the edit of the picture to that of the sound: -0.5, 0.5."),
    ] = None,
    crossfade: Annotated[str | None, typer.Option("--crossfade", help="Seconds of the crossfade there.")] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the edit of the sound before a clip (J and L cuts), or set its crossfade."""
    from fractions import Fraction

    from engine.errors import RequestError
    from engine.timeline import SAMPLE_RATE, set_crossfade, set_sound_offset

    if offset is None and crossfade is None:
        raise RequestError("The change is missing.", "Use --offset, --crossfade or both.")

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        one, samples = find_clip(cut, clip), Fraction(SAMPLE_RATE)
        if offset is not None:
            cut = set_sound_offset(cut, one.id, parse_ticks(offset, samples), lengths)
        return cut if crossfade is None else set_crossfade(cut, [one.id], parse_ticks(crossfade, samples))

    said = [f"sound {offset} s" if offset is not None else "", f"crossfade {crossfade} s" if crossfade else ""]
    apply_edit(name, project, studio, as_json, change, f"clip {clip}: {', '.join(one for one in said if one)}")


def marker(
    at: Annotated[str | None, typer.Option("--at", help="Time of a new marker in the cut.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="The label.")] = None,
    kind: Annotated[
        Literal["marker", "chapter"] | None, typer.Option("--kind", help="A marker, or the start of a chapter.")
    ] = None,
    change_: Annotated[
        int | None, typer.Option("--change", help="The number of the marker that gets --label or --kind.")
    ] = None,
    remove: Annotated[int | None, typer.Option("--remove", help="The number of the marker to remove.")] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the markers and chapters of a cut, or add, change or remove one."""
    from engine.errors import RequestError
    from engine.timeline import add_marker, change_marker, remove_marker

    if sum(option is not None for option in (at, change_, remove)) > 1:
        raise RequestError("--at, --change and --remove cannot be combined.", "Use one of them.")
    if (label is not None or kind is not None) and at is None and change_ is None:
        raise RequestError("--label and --kind are incomplete.", "Use them with --at or --change.")
    if change_ is not None and label is None and kind is None:
        raise RequestError("The change is missing.", "Use --label, --kind or both.")

    def change(cut: Cut) -> Cut:
        if at is not None:
            return add_marker(cut, parse_ticks(at, cut.rate), label or "", kind or "marker")
        if change_ is not None:
            return change_marker(cut, change_, label, kind)
        return remove_marker(cut, remove or 0)

    with project_cuts(project, studio) as cuts:
        cut = read_cut(cuts, name)
        if at is None and change_ is None and remove is None:
            _show_markers(cut, as_json)
            return
        word = kind or "marker"
        title = f"{word} “{label or ''}” at {at}" if at is not None else f"marker {change_ or remove} "
        title += "" if at is not None else "changed" if change_ is not None else "removed"
        edit = cuts.edit(cut.name, change, title)
        if as_json:
            show_change(cuts, edit, cut, as_json)
        else:
            _show_markers(cuts.read(cut.name), as_json)


def _show_markers(cut: Cut, as_json: bool) -> None:
    from engine.timeline import placed_markers

    placed = placed_markers(cut)
    if as_json:
        rows = [
            {"number": n, "tick": one.tick, "clip": one.clip_id, "label": one.marker.label, "kind": one.marker.kind}
            for n, one in enumerate(placed, 1)
        ]
        show_json({"cut": cut.name, "markers": rows})
        return
    for number, one in enumerate(placed, 1):
        kind = f"  [grey62]{one.marker.kind}[/]" if one.marker.kind != "marker" else ""
        where = time_text(one.tick, cut)
        human_console().print(f"[grey62]{number:3d}[/]  {where}  {quoted(one.marker.label)}{kind}", soft_wrap=True)
    if not placed:
        human_console().print(f"no markers in {quoted(cut.name)}", soft_wrap=True)


def _moved(text: str | None, point: int, cut: Cut) -> int | None:
    """A point in a take: as it is written, or moved by a time with a sign."""
    if text is None:
        return None
    ticks = parse_ticks(text, cut.rate)
    return point + ticks if text[:1] in "+-−" else ticks


def _by(
    clip: str,
    by: str,
    name: str | None,
    project: str | None,
    studio: Path | None,
    as_json: bool,
    edit: Callable[[Cut, str, int, dict[str, int]], Cut],
    verb: str,
) -> None:
    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return edit(cut, find_clip(cut, clip).id, parse_ticks(by, cut.rate), lengths)

    apply_edit(name, project, studio, as_json, change, f"clip {clip} {verb} by {by}")


COMMANDS: tuple[Any, ...] = (trim, roll, slip, slide, gain, transition, sound, marker)
