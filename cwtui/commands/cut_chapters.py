"""The verb `cwtui cut chapters`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cut_words import cuts_and_words, unless_changed
from cwtui.commands._cuts import CutOption, time_text
from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.timeline import Chapter


def chapters(
    propose: Annotated[
        bool, typer.Option("--propose", help="Replace the chapters by proposals from pauses and changes of vocabulary.")
    ] = False,
    shortest: Annotated[
        float | None, typer.Option("--shortest", min=1, help="The shortest proposed chapter in seconds.")
    ] = None,
    title: Annotated[
        list[str] | None, typer.Option("--title", help="Change a title: 2=The harbour. Repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the chapters to a text file.")] = None,
    name: CutOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the chapters of a cut, propose them, or write them as text for YouTube."""
    from engine.atomic_files import write_atomic
    from engine.timeline import chapter_text, chapters_of, propose_chapters, with_chapters, youtube_problems

    titles = [_title(text) for text in title or ()]
    with cuts_and_words(project, studio) as (cuts, found):
        cut = cuts.read(cuts.name(name))
        listed = chapters_of(cut)
        if propose:
            least = Fraction(str(shortest)) if shortest is not None else None
            listed = propose_chapters(cut, found.spoken(cut), least)
        listed = _retitled(listed, titles)
        if propose or titles:
            change = unless_changed(cut, lambda one: with_chapters(one, listed))
            cuts.edit(cut.name, change, "chapters proposed" if propose else "chapters renamed")
            cut = cuts.read(cut.name)
        problems = youtube_problems(cut, listed)
        if out:
            write_atomic(out, chapter_text(cut, listed).encode())
        if as_json:
            rows = [
                {"number": number, "tick": one.tick, "time": time_text(one.tick, cut), "title": one.title}
                for number, one in enumerate(listed, 1)
            ]
            show_json({"cut": cut.name, "chapters": rows, "youtube": problems, "file": str(out) if out else None})
            return
        console = human_console()
        for number, one in enumerate(listed, 1):
            console.print(f"{number:4d}  {time_text(one.tick, cut)}  {quoted(one.title)}", soft_wrap=True)
        for problem in problems:
            console.print(f"[yellow]![/] {quoted(problem)}", soft_wrap=True)
        if listed and not problems:
            console.print("[green]✓[/] YouTube shows these chapters")


def _title(text: str) -> tuple[int, str]:
    from engine.errors import RequestError

    number, equals, title = text.partition("=")
    if not (number.strip().isdigit() and equals and title.strip()):
        raise RequestError(f"“{text}” is no title of a chapter.", "Use the form --title 2=The harbour.")
    return int(number), title.strip()


def _retitled(listed: Sequence[Chapter], titles: Sequence[tuple[int, str]]) -> list[Chapter]:
    from dataclasses import replace

    from engine.errors import RequestError

    changed = list(listed)
    for number, title in titles:
        if not 1 <= number <= len(changed):
            raise RequestError(
                f"There is no chapter {number}.", f"The cut has {len(changed)}; cwtui cut chapters lists them."
            )
        changed[number - 1] = replace(changed[number - 1], title=title)
    return changed


COMMANDS: tuple[Callable[..., Any], ...] = (chapters,)
