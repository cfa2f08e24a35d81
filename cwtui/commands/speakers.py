"""The diarize command: speaker turns, and names for the voices of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import (
    ProjectOption,
    ReplaceOption,
    SourceArgument,
    StudioOption,
    VoicesOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.sound import VoiceChoice
    from engine.speech import Diarization

CountOption = Annotated[int | None, typer.Option("--count", min=1, max=20, help="The number of speakers, if known.")]


def diarize(
    src: SourceArgument,
    count: CountOption = None,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="S1=Anna: names this voice Anna in the whole project. Repeatable."),
    ] = None,
    said: Annotated[
        Path | None, typer.Option("--from", help="Use the speaker turns of a .rttm file instead of detecting them.")
    ] = None,
    heard: Annotated[
        bool, typer.Option("--heard", help="Detect the speakers again, without --from and --count.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", help="A time of the stretch that --speaker speaks: 1.5, or 0:01.5.")
    ] = None,
    speaker: Annotated[
        str | None, typer.Option("--speaker", help="Who speaks the stretch at --at: S2, a name, or a new speaker.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The .rttm file to write.")] = None,
    replace: ReplaceOption = False,
    model: Annotated[str | None, typer.Option("--model", help="The diarization model: a folder or a name.")] = None,
    voices: VoicesOption = "auto",
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Detect who speaks when, and name the voices of a project."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._subjects import source
    from engine.atomic_files import write_atomic
    from engine.errors import RequestError
    from engine.speech import write_rttm

    if output is not None and output.suffix.lower() != ".rttm":
        raise RequestError(f"{output.name} is not .rttm.", "Name the file speakers.rttm.")
    if said is not None and heard:
        raise RequestError("--from and --heard cannot be combined.", "Use one of them.")
    if (at is None) != (speaker is None) or (at is not None and (name or said or heard or count or output)):
        raise RequestError("--at and --speaker belong together, without other options.", "Use only both of them.")
    if at is not None and speaker is not None:
        _reassign(src, at, speaker, project, studio, as_json)
        return
    if output is not None:
        refuse_outputs([output], [source(src, project, studio)], studio, replace=replace)
    names = dict(_named(one) for one in name or ())
    label, found, called = _speakers(src, project, studio, model, count, names, said, heard, voices)
    if output is not None:
        write_atomic(output, write_rttm(found.turns, label).encode(), replace=replace)
    if as_json:
        show_json({**found.model_dump(mode="json"), "names": called, "path": str(output) if output else None})
        return
    console = human_console()
    for turn in found.turns:
        console.print(
            f"[grey62]{float(turn.start):8.2f} {float(turn.end):8.2f}[/]  "
            f"{quoted(called.get(turn.speaker, turn.speaker))}"
        )
    speakers = len({turn.speaker for turn in found.turns})
    console.print(f"{speakers} speaker{'s' * (speakers > 1)}" if speakers else "no speech found")


def _reassign(src: str, at: str, speaker: str, project: str | None, studio: Path | None, as_json: bool) -> None:
    """Gives the stretch at a time to a speaker, and shows the edit."""
    from cwtui.commands._progress import working_studio
    from engine.studio import parse_seconds, reassign_speaker

    with working_studio(studio_folder(studio)) as opened_studio:
        subject = opened_studio.subject_of(opened_studio.take(src, opened_studio.project(project)))
        assert subject.take
        opened_studio.transcript(subject)
        edit = reassign_speaker(opened_studio, subject.take, parse_seconds(at), speaker)
    if as_json:
        show_json({"edit": edit.model_dump(mode="json") if edit else None})
    else:
        shown = f"[green]✓[/] {quoted(edit.title)}" if edit else f"[grey62]· {quoted(subject.label)}: no change[/]"
        human_console().print(shown, soft_wrap=True)


def _speakers(
    src: str,
    project: str | None,
    studio: Path | None,
    model: str | None,
    count: int | None,
    names: dict[str, str],
    said: Path | None,
    heard: bool,
    voices: VoiceChoice,
) -> tuple[str, Diarization, dict[str, str]]:
    """A subject's label, its diarization, and the speakers' names by id."""
    from cwtui.commands._progress import bare_progress, working_studio
    from engine.errors import RequestError
    from engine.speech import diarization_from_turns, match_known_voices, read_rttm
    from engine.studio import Studio, is_file_reference, name_voices_of
    from engine.tasks import TranscribeOptions, diarize_subject

    if project is None and is_file_reference(src):
        if names or said or heard:
            raise RequestError(
                "--name, --from and --heard need a take: the speakers of a plain file are not kept.",
                "Ingest the file into a project first.",
            )
        subject = Studio.file(src)
        with bare_progress(f"diarize {subject.label}") as context:
            return subject.label, diarize_subject(subject, model, count, context, voices), {}
    with working_studio(studio_folder(studio)) as opened_studio:
        subject = opened_studio.subject(src, project)
        how = TranscribeOptions(speakers=True, diarizer=model, count=count, voices=voices)
        assert subject.take
        annotations = opened_studio.tasks.speech
        if said is not None or heard:
            annotations.set_turns(subject.take, read_rttm(_text_of(said), str(said)) if said else ())
        if count is not None or heard:
            annotations.set_corrections(
                subject.take, annotations.corrections(subject.take).model_copy(update={"speakers": count})
            )
        if turns := annotations.turns(subject.take):
            if names:
                raise RequestError(
                    "The speaker turns come from --from, so there are no voices to name.",
                    "Write the names into the .rttm file, or detect the speakers again with --heard.",
                )
            opened_studio.renew_transcript(subject, how)
            return subject.label, diarization_from_turns(turns), {}
        found = opened_studio.diarization(subject, how)
        if names:
            name_voices_of(opened_studio, subject.take, found.voices, names)
        opened_studio.renew_transcript(subject, how)
        return subject.label, found, match_known_voices(found.voices, annotations.known_voices(subject.take))


def _text_of(path: Path) -> str:
    from engine.errors import RequestError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{path} cannot be read: {error}.", "Name a text file in UTF-8.") from error


def _named(text: str) -> tuple[str, str]:
    """Parses S1=Anna into ("S1", "Anna"). Raises RequestError if it is malformed."""
    from engine.errors import RequestError

    speaker, equals, name = (part.strip() for part in text.partition("="))
    if not (speaker and equals and name):
        raise RequestError(f"“{text}” is not a voice and a name.", "Use the form --name S1=Anna.")
    return speaker, name


COMMANDS: tuple[Any, ...] = (diarize,)
