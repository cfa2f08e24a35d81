"""Commands that exchange cuts with other programs: export, import, diff."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._cuts import CutOption, cut_json, parse_rate
from cwtui.commands._options import ProjectOption, ReplaceOption, StudioOption
from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.studio import CutExchange
    from engine.timeline import Change, CutDiff, Issue, Loss

Format = Literal["fcpxml", "otio", "edl", "fcp7", "srt", "vtt", "html", "md"]
FormatOption = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        help="fcpxml (Final Cut, Resolve), otio, edl (CMX 3600), fcp7 (XML for Premiere), srt and vtt (captions), "
        "html and md (a shot list). Default: by the suffix of --output, else fcpxml.",
    ),
]
SequenceOption = Annotated[
    str | None, typer.Option("--sequence", help="The project or sequence in the file, if it has several.")
]


def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write (default: the cut's name, in this folder).")
    ] = None,
    form: FormatOption = None,
    version: Annotated[
        str, typer.Option("--fcpxml-version", help="The version of FCPXML: 1.8 to 1.14. DaVinci Resolve reads 1.10.")
    ] = "1.10",
    start: Annotated[
        str | None,
        typer.Option("--start", help="The timecode of the first frame (EDL: 01:00:00:00, else 00:00:00:00)."),
    ] = None,
    captions: Annotated[
        bool, typer.Option("--captions/--no-captions", help="Include captions of the words (FCPXML).")
    ] = True,
    name: CutOption = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a cut for another program, and report what its format cannot hold.

    The report is measured: the file is read back and compared with the cut.
    """
    from cwtui.commands._output_files import refuse_outputs
    from engine.atomic_files import write_atomic

    with project_exchange(project, studio) as exchange:
        found = exchange.cuts.name(name)
        chosen = form or _format_of(output)
        path = output or Path(f"{found}{_SUFFIXES[chosen]}")
        refuse_outputs([path], (), studio, replace=replace)
        losses: tuple[Loss, ...] = ()
        if chosen == "srt" or chosen == "vtt":
            data = exchange.captions(found, chosen)
        elif chosen == "html" or chosen == "md":
            data = exchange.shot_list(found, chosen)
        else:
            exported = exchange.export(found, chosen, version, start, captions=captions)
            data, losses = exported.data, exported.losses
        write_atomic(path, data, replace=replace)
        if as_json:
            report = [loss.as_json() for loss in losses]
            show_json({"cut": found, "format": chosen, "path": str(path), "bytes": len(data), "losses": report})
            return
        human_console().print(f"[green]✓[/] {quoted(path)}", soft_wrap=True)
        for loss in losses:
            error_console().print(f"  [yellow]![/] {quoted(loss.message)}", soft_wrap=True)


def import_(
    path: Annotated[Path, typer.Argument(help="A file of .fcpxml, .fcpxmld, .otio, .edl or .xml (Final Cut Pro 7).")],
    new_name: Annotated[
        str | None, typer.Option("--name", help="The name of the new cut (default: the file's).")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Import the rest where media or parts are missing; they are named.")
    ] = False,
    media: Annotated[
        list[str] | None,
        typer.Option("--media", help="A take for media of the file: NAME=TAKE, such as C0003.mov=12. Repeatable."),
    ] = None,
    sequence: SequenceOption = None,
    rate: Annotated[
        str | None, typer.Option("--rate", help="Frames per second of an EDL (default: the takes' commonest).")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a cut of a file of another program.

    Media is matched with takes by their ids, paths, file names and timecode. Without --partial, nothing is made if a
    part cannot be imported.
    """
    from engine.studio import ImportOptions

    frame_rate = parse_rate(rate) if rate else None
    with project_exchange(project, studio) as exchange:
        options = ImportOptions(new_name, sequence, frame_rate, tuple(media or ()), partial)
        read = exchange.read_file(path, options)
        edit = exchange.cuts.add(read.cut, f"imported from {path.name}")
        if as_json:
            matches = [
                {
                    "media": one.media.file_name,
                    "take": one.take.take if one.take else None,
                    "by": one.evidence,
                }
                for one in read.matches
            ]
            issues = [_issue_json(issue) for issue in read.issues]
            cut = cut_json(exchange.cuts.read(read.cut.name), exchange.cuts)
            show_json({"edit": edit.model_dump(mode="json"), "cut": cut, "media": matches, "issues": issues})
            return
        human_console().print(f"[green]✓[/] {quoted(edit.title)}", soft_wrap=True)
        _report(read.issues)


def diff(
    original: Annotated[str, typer.Argument(metavar="A", help="A cut, or a file of another program.")],
    changed: Annotated[str, typer.Argument(metavar="B", help="The cut or file to compare with it.")],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what changed from one cut to another, by take and words."""
    from engine.time import rational

    with project_exchange(project, studio) as exchange:
        found, issues = exchange.diff(original, changed)
        if as_json:
            show_json(
                {
                    "changes": [change.as_json() for change in found.changes],
                    "rate": rational(found.rate),
                    "length_before": found.length_before,
                    "length_after": found.length_after,
                    "issues": [_issue_json(issue) for issue in issues],
                }
            )
            return
        _report(issues)
        _print_diff(found, {take: one.label for take, one in exchange.cuts.media.items()})


_SUFFIXES: dict[Format, str] = {
    "fcpxml": ".fcpxml", "otio": ".otio", "edl": ".edl", "fcp7": ".xml", "srt": ".srt", "vtt": ".vtt",
    "html": ".html", "md": ".md",
}  # fmt: skip


@contextmanager
def project_exchange(project: str | None, studio: Path | None) -> Iterator[CutExchange]:
    """The exchange of a project's cuts; its studio is closed afterwards."""
    from cwtui.commands._studio import open_studio
    from engine.studio import CutExchange, ProjectCuts

    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        yield CutExchange(opened_studio, chosen, ProjectCuts(opened_studio, chosen))


def _format_of(output: Path | None) -> Format:
    """The format of a file to write, by its suffix. Raises RequestError for an unknown one."""
    from engine.errors import RequestError

    if output is None:
        return "fcpxml"
    found = next((form for form, suffix in _SUFFIXES.items() if suffix == output.suffix.lower()), None)
    if found is None:
        raise RequestError(f"No format has the suffix “{output.suffix}”.", "Choose one: --format fcpxml")
    return found


def _issue_json(issue: Issue) -> dict[str, Any]:
    return {"message": issue.message, "blocking": issue.blocking}


def _report(issues: Iterable[Issue]) -> None:
    """Prints on stderr what a file has and the cut has not."""
    for issue in issues:
        color = "red" if issue.blocking else "yellow"
        error_console().print(f"[{color}]![/] {quoted(issue.message)}", soft_wrap=True)


def _print_diff(found: CutDiff, labels: dict[str, str]) -> None:
    from engine.time import format_time

    console = human_console()
    if not found.changes:
        console.print("[grey62]· no difference[/]")
    for change in found.changes:
        console.print(quoted(_sentence(change, labels)), soft_wrap=True)
        if change.removed:
            console.print(f"    [red]−[/] {quoted(change.removed)}", soft_wrap=True)
        if change.added:
            console.print(f"    [green]+[/] {quoted(change.added)}", soft_wrap=True)
    lengths = [format_time(length / found.rate, 2) for length in (found.length_before, found.length_after)]
    console.print(f"[grey62]{lengths[0]} → {lengths[1]}[/]")


def _sentence(change: Change, labels: dict[str, str]) -> str:
    """A change in one line: kind, numbers in both cuts, take, and frames."""
    from engine.timeline import FOREIGN

    if change.kind == "titles":
        return change.kind
    before, after = (", ".join(map(str, numbers)) for numbers in (change.before, change.after))
    numbers = " → ".join(one for one in (before, after) if one)
    take = "gap" if change.take is None else labels.get(change.take, change.take.removeprefix(FOREIGN))
    parts = []
    for place, frames in (("start", change.head), ("end", change.tail)):
        if frames:
            parts.append(f"{abs(frames)} frames {'more' if frames > 0 else 'less'} at the {place}")
    return f"{change.kind:<10} {numbers}  {take}" + (f": {', '.join(parts)}" if parts else "")


COMMANDS: tuple[Callable[..., Any], ...] = (export, import_, diff)
