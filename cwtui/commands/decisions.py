"""Commands for decisions about takes: keep, retake, clear, star, trim, mark, undo, redo, edits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import FromOption, ProjectOption, StudioOption, TakesArgument, ToOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from fractions import Fraction

    from engine.catalog import Edit, Marker, Project, Reviews, Take
    from engine.studio import Studio

TakeArgument = Annotated[str, typer.Argument(help="The take, by number or name.")]


def keep(
    takes: TakesArgument, project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False
) -> None:
    """Mark takes as kept."""
    _decide(takes, project, studio, as_json, lambda opened, found: opened.catalog.reviews.set_verdicts(found, "keep"))


def retake(
    takes: TakesArgument,
    of: Annotated[str | None, typer.Option("--of", help="The take to use instead of these.")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Mark takes as retakes, of another take with --of."""

    def judge(opened_studio: Studio, found: list[Take]) -> Edit | None:
        first = opened_studio.take(of, opened_studio.project(project)) if of is not None else None
        return opened_studio.catalog.reviews.set_verdicts(found, "retake", first)

    _decide(takes, project, studio, as_json, judge)


def clear(
    takes: TakesArgument, project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False
) -> None:
    """Clear the keep or retake decision of takes. Star, trim and markers stay."""
    _decide(takes, project, studio, as_json, lambda opened, found: opened.catalog.reviews.set_verdicts(found, None))


def star(
    takes: TakesArgument,
    off: Annotated[bool, typer.Option("--off", help="Remove the star.")] = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Star takes."""
    _decide(takes, project, studio, as_json, lambda opened, found: opened.catalog.reviews.set_stars(found, not off))


def trim(
    take: TakeArgument,
    start: FromOption = None,
    end: ToOption = None,
    whole: Annotated[bool, typer.Option("--whole", help="Remove all kept ranges.")] = False,
    add: Annotated[
        list[str] | None, typer.Option("--add", help="Add a kept range: 0:10-0:20, or 0:10- to the end. Repeatable.")
    ] = None,
    remove: Annotated[int | None, typer.Option("--remove", help="The number of the range to remove.")] = None,
    number: Annotated[
        int | None, typer.Option("--range", help="The number of the range that --from and --to change.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Trim a take to one or several kept ranges, or list them. Each range is delivered as a file of its own.

    Without --from or --to, that end stays as it is.
    """
    from engine.catalog import KeptRange
    from engine.errors import RequestError
    from engine.studio import parse_seconds

    starts, ends = parse_seconds(start) if start is not None else None, parse_seconds(end) if end is not None else None
    moved = starts is not None or ends is not None
    changes = sum((whole, moved, bool(add), remove is not None))
    if not changes and number is None:
        _show_ranges(take, project, studio, as_json)
        return
    if changes != 1 or (number is not None and not moved):
        raise RequestError(
            "The range is missing or ambiguous.",
            "Use --from, --to or both, perhaps with --range; or only one of --add, --remove and --whole.",
        )
    added = [_range(text) for text in add or ()]

    def cut(opened_studio: Studio, found: list[Take]) -> Edit | None:
        reviews, one = opened_studio.catalog.reviews, opened_studio.take(take, opened_studio.project(project))
        if whole:
            return reviews.set_ranges(one, (), "trim cleared")
        if remove is not None:
            return reviews.remove_range(one, remove)
        if len(added) == 1:
            return reviews.add_range(one, *added[0])
        if added:
            new = [KeptRange(start=first, end=last) for first, last in added]
            return reviews.set_ranges(one, [*reviews.of(one).ranges, *new], f"{len(new)} ranges added")
        ranges = reviews.of(one).ranges
        known = ranges[(number or 1) - 1] if 0 < (number or 1) <= len(ranges) else None
        return reviews.set_trim(
            one,
            known.start if known and starts is None else starts,
            known.end if known and ends is None else ends,
            number,
        )

    _decide([take], project, studio, as_json, cut)


def _show_ranges(take: str, project: str | None, studio: Path | None, as_json: bool) -> None:
    """Prints the kept ranges of a take, with their numbers; without any, the whole take is one without a number."""
    from cwtui.commands._studio import open_studio
    from cwtui.formatting import format_duration
    from engine.catalog import span_text

    with open_studio(studio) as opened_studio:
        one = opened_studio.take(take, opened_studio.project(project))
        review = opened_studio.catalog.reviews.of(one)
    if as_json:
        show_json({"take": one.label, "number": one.number, "ranges": review.model_dump(mode="json")["ranges"]})
        return
    console, duration = human_console(), one.probe.duration
    for number, kept in enumerate(review.ranges, 1):
        span = kept.span(duration)
        length = format_duration(float(span[1] - span[0]))
        console.print(f"[grey62]{number:3d}[/]  {span_text(span)}  [grey62]{length}[/]", soft_wrap=True)
    if not review.ranges:
        console.print(f"[grey62]· {quoted(one.label)}: the whole take is kept[/]", soft_wrap=True)


def _range(text: str) -> tuple[Fraction, Fraction | None]:
    """Parses 0:10-0:20 or 0:10- into seconds. Raises RequestError if it is malformed."""
    from engine.errors import RequestError
    from engine.studio import parse_seconds

    start, dash, end = (part.strip() for part in text.partition("-"))
    if not (start and dash):
        raise RequestError(f"“{text}” is not a range.", "Use the form --add 0:10-0:20, or 0:10- to the take's end.")
    return parse_seconds(start), parse_seconds(end) if end else None


def mark(
    take: TakeArgument,
    at: Annotated[str | None, typer.Option("--at", help="Time of a new marker: 1.5, or 0:01.5.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="The marker's label.")] = None,
    rename: Annotated[int | None, typer.Option("--rename", help="The id of the marker to rename to --label.")] = None,
    remove: Annotated[int | None, typer.Option("--remove", help="The id of the marker to remove.")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a take's markers, or add, rename or remove one."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.studio import parse_seconds

    if sum(option is not None for option in (at, rename, remove)) > 1:
        raise RequestError("--at, --rename and --remove cannot be combined.", "Use one of them.")
    if (rename is not None and label is None) or (label is not None and at is None and rename is None):
        raise RequestError(
            "--label and --rename are incomplete.", "Use --label with --at or --rename, --rename with --label."
        )
    moment = parse_seconds(at) if at is not None else None
    with open_studio(studio) as opened_studio:
        found = opened_studio.take(take, opened_studio.project(project))
        reviews = opened_studio.catalog.reviews
        marked = None
        if moment is not None:
            marked = reviews.add_marker(found, moment, label or "")
        elif rename is not None:
            marked = _marker(reviews, found, rename)
            reviews.rename_marker(marked, label or "")
        elif remove is not None:
            marked = _marker(reviews, found, remove)
            reviews.remove_marker(marked)
        listed = reviews.markers(found)
        if as_json:
            show_json(
                {
                    "take": found.label,
                    "marker": marked.id if marked else None,
                    "markers": [marker.model_dump(mode="json", exclude={"take_id"}) for marker in listed],
                }
            )
            return
        console = human_console()
        for marker in listed:
            sign = "[green]✓[/]" if marked and marker.id == marked.id else "[grey62]·[/]"
            console.print(f"{sign} [grey62]{marker.id:4d}[/]  {marker.clock}  {quoted(marker.label)}", soft_wrap=True)
        if not listed:
            console.print(f"no markers in {quoted(found.label)}", soft_wrap=True)


def undo(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Undo the last decision, such as a verdict, a star, a trim, a corrected word, a speaker or an edit of a cut."""
    _undo_or_redo(
        project, studio, as_json, lambda opened_studio, of: opened_studio.undo(of), "Undid", "nothing to undo"
    )


def redo(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Redo the last decision that was undone."""
    _undo_or_redo(
        project,
        studio,
        as_json,
        lambda opened_studio, of: opened_studio.redo(of),
        "Redid",
        "nothing to redo",
    )


def edits(
    limit: Annotated[int, typer.Option("--limit", min=0, help="Maximum number of decisions; 0 lists all.")] = 50,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the decisions that can be undone, newest first."""
    from cwtui.commands._studio import open_studio

    with open_studio(studio) as opened_studio:
        listed = opened_studio.catalog.reviews.edits(opened_studio.project(project).id, limit or None)
        if as_json:
            show_json({"edits": [edit.model_dump(mode="json") for edit in listed]})
            return
        console = human_console()
        for edit in listed:
            when = f"[grey62]{edit.at.astimezone():%d %b %H:%M:%S}[/]"
            console.print(f"{when}  {quoted(edit.title)}{'  [grey62]undone[/]' * edit.undone}", soft_wrap=True)
        if not listed:
            console.print("no decisions yet")


def _decide(
    references: list[str],
    project: str | None,
    studio: Path | None,
    as_json: bool,
    change: Callable[[Studio, list[Take]], Edit | None],
) -> None:
    """Applies a change to all takes, as one entry of the journal, and shows their reviews."""
    from cwtui.commands._studio import open_studio

    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        takes = opened_studio.takes_named(references, chosen)
        with opened_studio.catalog.transaction():
            edit = change(opened_studio, takes)
            reviews = [(take, opened_studio.catalog.reviews.of(take)) for take in takes]
        if as_json:
            show_json(
                {
                    "reviews": [
                        {
                            "take": take.label,
                            "number": take.number,
                            **review.model_dump(mode="json", exclude={"take_id"}),
                        }
                        for take, review in reviews
                    ],
                    "edits": [edit.model_dump(mode="json")] if edit else [],
                }
            )
            return
        name = takes[0].label if len(takes) == 1 else f"{len(takes)} takes"
        said = f"[green]✓[/] {quoted(edit.title)}" if edit else f"[grey62]· {quoted(name)}: no change[/]"
        human_console().print(said, soft_wrap=True)


def _undo_or_redo(
    project: str | None,
    studio: Path | None,
    as_json: bool,
    turn: Callable[[Studio, Project], Edit | None],
    done: str,
    nothing: str,
) -> None:
    from cwtui.commands._studio import open_studio

    with open_studio(studio) as opened_studio:
        edit = turn(opened_studio, opened_studio.project(project))
        if as_json:
            show_json({"edit": edit.model_dump(mode="json") if edit else None})
        elif edit:
            human_console().print(f"[green]✓[/] {done}: {quoted(edit.title)}", soft_wrap=True)
        else:
            human_console().print(nothing)


def _marker(reviews: Reviews, take: Take, number: int) -> Marker:
    from engine.errors import RequestError

    for marker in reviews.markers(take):
        if marker.id == number:
            return marker
    raise RequestError(f"{take.label} has no marker {number}.", f"cwtui mark {take.number} lists them.")


COMMANDS: tuple[Any, ...] = (keep, retake, clear, star, trim, mark, undo, redo, edits)
