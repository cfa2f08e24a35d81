"""Verbs of `cwtui cut` that change the list of clips: split, remove, lift, insert, move, duplicate, join, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cuts import (
    ClipArgument,
    ClipsArgument,
    CutOption,
    apply_edit,
    find_clip,
    find_clips,
    parse_ticks,
    show_change,
    time_text,
)
from cwtui.commands._options import FromOption, ProjectOption, StudioOption, ToOption
from cwtui.commands._output import JsonOption

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from engine.timeline import Cut

_TIMES = "1:30, 00:00:01:12, 36f"
OptionalClips = Annotated[
    list[str] | None, typer.Argument(metavar="CLIP...", help="The clips, by number or range of numbers (5-9).")
]


def split(
    at: Annotated[str, typer.Argument(metavar="TIME", help=f"The time in the cut: {_TIMES}.")],
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Split the clip at a time of the cut."""
    from engine.timeline import split as edit

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return edit(cut, parse_ticks(at, cut.rate))

    apply_edit(name, project, studio, as_json, change, lambda cut: f"split at {_at(at, cut)}")


def remove(
    clips: OptionalClips = None,
    start: FromOption = None,
    end: ToOption = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove clips, or the time from --from to --to; later clips move up (ripple)."""
    from engine.timeline import remove as of_clips
    from engine.timeline import remove_range as of_range

    _clips_or_range(
        clips, start, end, (name, project, studio, as_json), of_clips=of_clips, of_range=of_range, verb="removed"
    )


def lift(
    clips: OptionalClips = None,
    start: FromOption = None,
    end: ToOption = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replace clips, or the time from --from to --to, by gaps; later clips stay in place."""
    from engine.timeline import lift as of_clips
    from engine.timeline import lift_range as of_range

    _clips_or_range(
        clips, start, end, (name, project, studio, as_json), of_clips=of_clips, of_range=of_range, verb="lifted"
    )


def insert(
    take: Annotated[str | None, typer.Argument(help="The take, by number or name.")] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="The time in the cut, which may be in a clip (default: the end).")
    ] = None,
    before: Annotated[str | None, typer.Option("--before", help="The number of the clip to insert before.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Start in the take (default: its kept ranges).")] = None,
    end: Annotated[str | None, typer.Option("--to", help="End in the take.")] = None,
    gap: Annotated[str | None, typer.Option("--gap", help="Insert a gap of this length instead of a take.")] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Insert a take or a gap; later clips move down."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.studio import ProjectCuts
    from engine.timeline import gap as empty
    from engine.timeline import insert as edit

    if (take is None) == (gap is None) or (at is not None and before is not None):
        raise RequestError(
            "The command is incomplete or ambiguous.", "Give a take or --gap, and --at or --before or neither."
        )
    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        cuts = ProjectCuts(opened_studio, chosen)
        found = opened_studio.take(take, chosen) if take is not None else None

        def change(cut: Cut) -> Cut:
            tick = cut.length if at is None else parse_ticks(at, cut.rate)
            if before is not None:
                tick = cut.positions[cut.index_of(find_clip(cut, before).id)]
            if found is None:
                length = parse_ticks(gap or "", cut.rate)
                if length < 1:
                    raise RequestError("A gap has at least one frame.", "Choose a longer one.")
                return edit(cut, tick, [empty(length)])
            span = [None if one is None else parse_ticks(one, cut.rate) for one in (start, end)]
            return edit(cut, tick, cuts.clips_of(found, cut.rate, *span))

        cut = cuts.read(cuts.name(name))
        what = found.label if found else f"a gap of {gap}"
        where = f" at {_at(at, cut)}" if at else f" before clip {before}" if before else ""
        show_change(cuts, cuts.edit(cut.name, change, f"{what} inserted{where}"), cut, as_json)


def move(
    clips: ClipsArgument,
    before: Annotated[str | None, typer.Option("--before", help="The number of the clip to move before.")] = None,
    to_end: Annotated[bool, typer.Option("--to-end", help="Move after the last clip.")] = False,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move clips before another clip, or to the end."""
    from engine.errors import RequestError
    from engine.timeline import move as edit

    if (before is None) != to_end:
        raise RequestError("The new place is missing or ambiguous.", "Use --before NUMBER or --to-end.")

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        target = None if before is None else find_clip(cut, before).id
        return edit(cut, [clip.id for clip in find_clips(cut, clips)], target)

    where = f"before clip {before}" if before else "to the end"
    apply_edit(name, project, studio, as_json, change, f"{_named(clips)} moved {where}")


def duplicate(
    clips: ClipsArgument,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Repeat clips after the last of them."""
    from engine.timeline import duplicate as edit

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return edit(cut, [clip.id for clip in find_clips(cut, clips)])

    apply_edit(name, project, studio, as_json, change, f"{_named(clips)} duplicated")


def join(
    clip: ClipArgument,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make one clip of a clip and the next one, which continues it."""
    from engine.timeline import join as edit

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return edit(cut, find_clip(cut, clip).id)

    apply_edit(name, project, studio, as_json, change, f"clip {clip} joined with the next")


def restore(
    clip: ClipArgument,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restore what was removed between a clip and the next one of the same take."""
    from engine.timeline import restore as edit

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return edit(cut, find_clip(cut, clip).id)

    apply_edit(name, project, studio, as_json, change, f"restored after clip {clip}")


def replace(
    clip: ClipArgument,
    number: Annotated[int, typer.Option("--with", help="The number of the alternate.", min=1)] = 1,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show an alternate of a clip instead. What it shows now becomes the alternate."""
    from engine.timeline import replace_with_alternate as edit

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        return edit(cut, find_clip(cut, clip).id, number, lengths)

    apply_edit(name, project, studio, as_json, change, f"clip {clip} replaced by alternate {number}")


def _clips_or_range(
    clips: Sequence[str] | None,
    start: str | None,
    end: str | None,
    where: tuple[str | None, str | None, Path | None, bool],
    *,
    of_clips: Callable[[Cut, list[str]], Cut],
    of_range: Callable[[Cut, int, int], Cut],
    verb: str,
) -> None:
    """Applies an edit to clips or to a range of time."""
    from engine.errors import RequestError

    if bool(clips) == (start is not None or end is not None):
        raise RequestError("What to change is missing or ambiguous.", "Give numbers of clips, or --from and --to.")

    def change(cut: Cut, lengths: dict[str, int]) -> Cut:
        if clips:
            return of_clips(cut, [clip.id for clip in find_clips(cut, clips)])
        return of_range(cut, *_span(start, end, cut))

    def title(cut: Cut) -> str:
        if clips:
            return f"{_named(clips)} {verb}"
        first, last = _span(start, end, cut)
        return f"{time_text(max(0, first), cut)} to {time_text(max(0, last), cut)} {verb}"

    apply_edit(*where, change, title)


def _span(start: str | None, end: str | None, cut: Cut) -> tuple[int, int]:
    return parse_ticks(start, cut.rate) if start else 0, parse_ticks(end, cut.rate) if end else cut.length


def _at(text: str, cut: Cut) -> str:
    return time_text(max(0, parse_ticks(text, cut.rate)), cut)


def _named(clips: Sequence[str]) -> str:
    plain = len(clips) == 1 and clips[0].isdigit()
    return f"clip{'' if plain else 's'} {', '.join(clips)}"


COMMANDS: tuple[Any, ...] = (split, remove, lift, insert, move, duplicate, join, restore, replace)
