"""Commands about what comes out: transcribe, captions, deliver."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cwtui.options import (
    FromOption,
    LanguageOption,
    ModelOption,
    ProjectOption,
    SourceArgument,
    StudioOption,
    ToOption,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.output import JsonOption, quoted, show_json, told


def transcribe(
    src: SourceArgument,
    model: ModelOption = None,
    language: LanguageOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hear the words, with the time of each."""
    transcript, where = _words(src, model, language, project, studio)
    if as_json:
        show_json({**transcript.model_dump(mode="json"), "path": str(where) if where else None})
        return
    console = told()
    for segment in transcript.segments:
        console.print(f"[grey62]{float(segment.start):8.2f}[/]  {quoted(segment.text.strip())}", soft_wrap=True)
    if not transcript.words:
        console.print("no words were heard")
    if where:
        console.print(f"[cyan]kept[/]  {quoted(where)}", soft_wrap=True)


def captions(
    src: SourceArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .srt or .vtt file; stdout otherwise.")
    ] = None,
    model: ModelOption = None,
    language: LanguageOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write captions as SRT or WebVTT."""
    from engine.artefact import write_whole
    from engine.errors import RequestError
    from engine.speech import cues_from, write_srt, write_vtt

    if output is not None and output.suffix.lower() not in (".srt", ".vtt"):
        raise RequestError(f"{output.name} is neither .srt nor .vtt.", "Name the file captions.srt or captions.vtt.")
    transcript, _ = _words(src, model, language, project, studio)
    cues = cues_from(transcript)
    text = write_srt(cues) if output is not None and output.suffix.lower() == ".srt" else write_vtt(cues)
    if output is not None:
        write_whole(output, text.encode())
    if as_json:
        listed = [
            {
                "start": [c.start.numerator, c.start.denominator],
                "end": [c.end.numerator, c.end.denominator],
                "text": c.text,
            }
            for c in cues
        ]
        show_json({"path": str(output) if output else None, "cues": listed})
    elif output is None:
        typer.echo(text, nl=False)
    else:
        told().print(f"[green]✓[/] {quoted(output)}  {len(cues)} cues", soft_wrap=True)


def _words(
    src: str, model: str | None, language: str | None, project: str | None, studio: Path | None
) -> tuple[Any, Path | None]:
    """The transcript of a take (kept in its project) or of a plain file (kept nowhere)."""
    from cwtui.progress import bare_progress, working_studio
    from engine.speech import Transcript
    from engine.studio import Studio, names_a_file
    from engine.work import hear

    if project is None and names_a_file(src):
        subject = Studio.file(src)
        with bare_progress(f"transcribe {subject.label}") as context:
            return hear(subject, model, language, context), None
    with working_studio(studio_folder(studio)) as room:
        path = room.transcript(room.subject(src, project), model, language)
    return Transcript.model_validate_json(path.read_bytes()), path


def deliver(
    recipe: Annotated[str, typer.Argument(help="A recipe's name, or a recipe's .toml file.")],
    sources: Annotated[list[str] | None, typer.Argument(help="Takes or files; all takes where none is named.")] = None,
    project: ProjectOption = None,
    sdr: Annotated[bool, typer.Option("--sdr", help="SDR BT.709 instead of HDR.")] = False,
    start: FromOption = None,
    end: ToOption = None,
    input_transform: TransformOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The folder (default: deliverables/RECIPE).")
    ] = None,
    model: ModelOption = None,
    language: LanguageOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make deliverables by a recipe, check them, and write a receipt."""
    from cwtui.progress import working_studio
    from cwtui.tables import show_delivery, show_failures, show_queued
    from engine.batch import Request, ask, deliver_all, plan
    from engine.deliver import load_recipe
    from engine.studio import seconds

    wanted = load_recipe(recipe)
    request = Request(
        recipe=wanted.in_sdr() if sdr else wanted,
        sources=tuple(sources or ()),
        project=project,
        start=seconds(start) if start else seconds("0"),
        end=seconds(end) if end else None,
        input_transform=input_transform,
        folder=output,
        model=model,
        language=language,
    )
    with working_studio(studio_folder(studio)) as room:
        if not wait:
            (queued,) = ask(room, [plan(room, request)])
            show_queued(queued, as_json)
            return
        (outcome,) = deliver_all(room, request)
    if as_json:
        show_json(outcome.as_json())
    else:
        console = told()
        show_delivery(console, [delivered.model_dump(mode="json") for delivered in outcome.delivered])
        for skipped in outcome.skipped:
            console.print(f"[grey62]· skipped: {quoted(skipped['message'])}[/]", soft_wrap=True)
        show_failures(console, [*outcome.waiting, *outcome.failed])
        if outcome.receipt:
            console.print(f"[cyan]receipt[/]  {quoted(outcome.receipt)}", soft_wrap=True)
    raise typer.Exit(outcome.exit_code)


COMMANDS = (transcribe, captions, deliver)
