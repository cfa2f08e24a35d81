"""Commands for transcripts: transcribe, captions, words, find."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._options import (
    FromOption,
    LanguageOption,
    ModelOption,
    ProjectOption,
    ReplaceOption,
    SourceArgument,
    StudioOption,
    ToOption,
    VoicesOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from engine.time import format_time, rational

if TYPE_CHECKING:
    from engine.ingest import Footage
    from engine.sound import VoiceChoice
    from engine.speech import Segment, Transcript
    from engine.studio import SearchResult
    from engine.tasks import TranscribeOptions

GlossaryOption = Annotated[
    Path | None,
    typer.Option("--glossary", help="A text file of names, one per line (default: the project's glossary.txt)."),
]
TermOption = Annotated[
    list[str] | None, typer.Option("--term", help="A name with its spelling, for the speech model. Repeatable.")
]
SpeakersOption = Annotated[
    bool | None,
    typer.Option("--speakers/--no-speakers", help="Include the speakers (default: if they are known already)."),
]
TranslateOption = Annotated[
    bool, typer.Option("--translate", help="Translate the speech to English. Needs a multilingual model.")
]


def transcribe(
    src: SourceArgument,
    model: ModelOption = None,
    language: LanguageOption = None,
    glossary: GlossaryOption = None,
    term: TermOption = None,
    speakers: SpeakersOption = None,
    translate: TranslateOption = False,
    voices: VoicesOption = "auto",
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Transcribe speech with the time of each word, and the speakers with --speakers."""
    options = _transcribe_options(model, language, glossary, term, speakers, translate, voices)
    transcript, where, _ = _words(src, options, project, studio)
    if as_json:
        show_json({**transcript.model_dump(mode="json"), "path": str(where) if where else None})
        return
    console = human_console()
    for segment in transcript.segments:
        who = transcript.called(segment.speaker)
        console.print(
            f"[grey62]{float(segment.start):8.2f}[/]  {f'[cyan]{quoted(who)}[/]  ' if who else ''}"
            f"{_language_tag(segment, transcript)}{quoted(segment.text.strip())}",
            soft_wrap=True,
        )
    if not transcript.words:
        console.print("no words recognised")
    if transcript.translated_from:
        console.print(f"[grey62]· translated from: {transcript.translated_from}[/]")
    elif len(found := _languages(transcript)) > 1:
        console.print(f"[grey62]· languages: {', '.join(found)}[/]")
    for note in transcript.notes:
        console.print(f"[yellow]![/] {quoted(note)}", soft_wrap=True)
    if transcript.dropped:
        console.print(f"[grey62]· dropped as hallucinations: {len(transcript.dropped)} (cwtui words --dropped)[/]")
    if where:
        console.print(f"[cyan]saved[/]  {quoted(where)}", soft_wrap=True)


def captions(
    src: SourceArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A .srt, .vtt, .ttml or .ass file (default: WebVTT on stdout)."),
    ] = None,
    model: ModelOption = None,
    language: LanguageOption = None,
    glossary: GlossaryOption = None,
    term: TermOption = None,
    speakers: SpeakersOption = None,
    highlight: Annotated[
        Literal["none", "word", "fill"],
        typer.Option("--highlight", help="Colour the spoken word, or all words up to it, in WebVTT and ASS."),
    ] = "none",
    columns: Annotated[int, typer.Option("--columns", help="Columns of a line.", min=8, max=80)] = 42,
    lines: Annotated[int, typer.Option("--lines", help="Lines of a caption.", min=1, max=3)] = 2,
    translate: TranslateOption = False,
    voices: VoicesOption = "auto",
    lint: Annotated[bool, typer.Option("--lint", help="Report violations of the style guide.")] = False,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write captions as SRT, WebVTT, TTML (IMSC) or ASS."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._subjects import source
    from engine.atomic_files import write_atomic
    from engine.speech import NETFLIX, CaptionLook, caption_format, cues_from, write_captions
    from engine.speech import lint as found_in

    kind = caption_format(output.name) if output else "vtt"
    if output is not None:
        refuse_outputs([output], [source(src, project, studio)], studio, replace=replace)
    options = _transcribe_options(model, language, glossary, term, speakers, translate, voices)
    transcript, _, footage = _words(src, options, project, studio)
    style = NETFLIX.model_copy(update={"line": columns, "lines": lines})
    frame = 1 / footage.grid.rate if footage.grid else None
    spoken = transcript if speakers else transcript.anonymous()
    cues = cues_from(spoken, style=style, frame=frame, end=footage.probe.duration)
    text = write_captions(cues, kind, transcript.language, CaptionLook(highlight))
    if output is not None:
        write_atomic(output, text, replace=replace)
    findings = found_in(cues, style=style, frame=frame) if lint else []
    if as_json:
        listed = [
            {
                "start": rational(c.start),
                "end": rational(c.end),
                "text": c.text,
                "speaker": c.speaker,
                "words": [
                    {"text": c.text[word.first : word.last], "start": rational(word.start), "end": rational(word.end)}
                    for word in c.words
                ],
            }
            for c in cues
        ]
        show_json(
            {
                "path": str(output) if output else None,
                "language": transcript.language,
                "language_probability": transcript.language_probability,
                "translated_from": transcript.translated_from,
                "notes": list(transcript.notes),
                "cues": listed,
                "findings": [asdict(f) for f in findings],
            }
        )
        return
    if output is None:
        typer.echo(text, nl=False)
    else:
        human_console().print(f"[green]✓[/] {quoted(output)}  {len(cues)} cues", soft_wrap=True)
    for note in transcript.notes:
        typer.echo(f"! {note}", err=True)
    for finding in findings:
        typer.echo(f"! cue {finding.cue}, {finding.rule}: {finding.what}", err=True)


def words(
    take: Annotated[str, typer.Argument(help="The take, by number or name.")],
    start: FromOption = None,
    end: ToOption = None,
    say: Annotated[str | None, typer.Option("--say", help="The correct text; an empty text removes the words.")] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", help="The correct speaker.")] = None,
    to_glossary: Annotated[
        bool, typer.Option("--glossary", help="Also add the text to the project's glossary.txt.")
    ] = False,
    everywhere: Annotated[
        bool, typer.Option("--everywhere", help="Make the same correction in all takes of the project.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Remove the last correction of this take.")] = False,
    dropped: Annotated[bool, typer.Option("--dropped", help="Show the words dropped as hallucinations.")] = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a take's words, and correct them. Corrections outlast a new transcription, and cwtui undo undoes them."""
    from cwtui.commands._progress import working_studio
    from engine.errors import RequestError
    from engine.speech import read_transcript
    from engine.studio import correct_words, parse_seconds, remove_last_correction

    begin, finish = parse_seconds(start) if start else parse_seconds("0"), parse_seconds(end) if end else None
    corrects = say is not None or speaker is not None
    if (to_glossary or everywhere) and say is None:
        raise RequestError("--glossary and --everywhere need a text.", "Use them with --say.")
    with working_studio(studio_folder(studio)) as opened_studio:
        subject = opened_studio.subject_of(opened_studio.take(take, opened_studio.project(project)))
        assert subject.take
        if undo:
            remove_last_correction(opened_studio, subject.take)
        elif corrects:
            if start is None or finish is None:
                raise RequestError("A correction needs a range.", "Use --from and --to; cwtui words shows the times.")
            opened_studio.transcript(subject)
            correct_words(
                opened_studio, subject.take, begin, finish, say, speaker, to_glossary=to_glossary, everywhere=everywhere
            )
        transcript = read_transcript(opened_studio.transcript(subject))
        kept = opened_studio.tasks.speech.corrections(subject.take)
    chosen = [w for w in transcript.words if w.end > begin and (finish is None or w.start < finish)]
    if as_json:
        show_json(
            {
                "take": subject.label,
                "words": [word.model_dump(mode="json") for word in chosen],
                "segments": [
                    {"start": rational(one.start), "end": rational(one.end), "language": one.language}
                    for one in transcript.segments
                    if one.end > begin and (finish is None or one.start < finish)
                ],
                "dropped": [one.model_dump(mode="json") for one in transcript.dropped],
                "corrections": [one.model_dump(mode="json") for one in kept.corrections],
            }
        )
        return
    console = human_console()
    if dropped:
        for one in transcript.dropped:
            console.print(
                f"[grey62]{float(one.start):8.2f} {float(one.end):8.2f}[/]  {quoted(one.text)}  [yellow]{one.doubt}[/]",
                soft_wrap=True,
            )
        console.print(f"{len(transcript.dropped)} dropped")
        return
    for word in chosen:
        who = transcript.called(word.speaker)
        mark = "[green]✎[/]" if word.corrected else f"[{_confidence_style(word.confidence)}]●[/]"
        console.print(
            f"[grey62]{float(word.start):8.2f} {float(word.end):8.2f}[/] {mark} {quoted(word.text)}"
            f"{f'  [cyan]{quoted(who)}[/]' if who else ''}",
            soft_wrap=True,
        )
    if not chosen:
        console.print("no words in this range")


def find(
    phrase: Annotated[
        str,
        typer.Argument(
            help="The phrase (its last word may be incomplete), or part of a take's name or a marker's label."
        ),
    ],
    scope: Annotated[
        Literal["takes", "markers", "words"] | None,
        typer.Option("--in", help="Where to search (default: everywhere; with --speaker: words)."),
    ] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", help="Search only this speaker's words.")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find a phrase in the transcripts, takes and markers of a project."""
    from cwtui.commands._studio import open_studio
    from cwtui.formatting import plural
    from engine.errors import RequestError
    from engine.studio import SEARCH_SCOPES, group_by_take, search_project, suggest_phrase

    if speaker is not None and scope in ("takes", "markers"):
        raise RequestError(f"{scope.capitalize()} have no speaker.", "Remove --speaker, or use --in words.")
    scopes = (scope,) if scope else ("words",) if speaker is not None else SEARCH_SCOPES
    with open_studio(studio) as opened_studio:
        chosen = opened_studio.project(project)
        found = list(search_project(opened_studio, chosen, phrase, scopes, speaker))
        # Another phrase is suggested only where words are searched, and nothing is found.
        meant = suggest_phrase(opened_studio, chosen, phrase) if "words" in scopes and not found else None
        if as_json:
            show_json({"found": [_result_json(one) for one in found], "suggestion": meant})
            return
        console = human_console()
        takes = group_by_take(opened_studio, chosen, found)
        for group in takes:
            title = f"[bold cyan]{quoted(group.take.label)}[/]  [grey62]{quoted(group.take.path.name)}[/]"
            console.print(title, soft_wrap=True)
            for one in group.results:
                console.print(f"  [grey62]{format_time(one.start)}[/]  {_result_line(one)}", soft_wrap=True)
        if found:
            matches = f"{len(found)} match{'es' * (len(found) != 1)}"
            console.print(f"{matches} in {plural(len(takes), 'take')}")
        else:
            console.print(f"no matches in {', '.join(scopes)}")
        if meant:
            console.print(f"Did you mean {quoted(meant)}?")


def _result_json(result: SearchResult) -> dict[str, Any]:
    words = result.words
    return {
        "in": result.scope,
        "take": result.take.label,
        "number": result.take.number,
        "start": rational(result.start),
        "end": rational(result.end),
        "speaker": words.speaker if words else None,
        "before": words.before if words else "",
        "text": result.text,
        "after": words.after if words else "",
        "sentence": words.sentence if words else "",
    }


def _result_line(result: SearchResult) -> str:
    if words := result.words:
        who = f"[cyan]{quoted(words.speaker)}:[/] " if words.speaker else ""
        return f"{who}{quoted(words.sentence_before)}[bold]{quoted(words.text)}[/]{quoted(words.sentence_after)}"
    if result.scope == "markers":
        return f"[grey62]marker[/] [bold]{quoted(result.text)}[/]"
    return f"[grey62]take[/] [bold]{quoted(result.text or result.take.label)}[/]"


def _transcribe_options(
    model: str | None,
    language: str | None,
    file: Path | None,
    terms: list[str] | None,
    speakers: bool | None,
    translate: bool,
    voices: VoiceChoice,
) -> TranscribeOptions:
    from engine.speech import glossary, read_glossary
    from engine.tasks import TranscribeOptions

    known = glossary([*(read_glossary(file) if file else ()), *(terms or ())])
    return TranscribeOptions(
        model=model, language=language, glossary=known, speakers=speakers, translate=translate, voices=voices
    )


def _words(
    src: str, how: TranscribeOptions, project: str | None, studio: Path | None
) -> tuple[Transcript, Path | None, Footage]:
    """The transcript, its path (None for a plain file, whose transcript is not kept) and the footage."""
    from cwtui.commands._progress import bare_progress, working_studio
    from engine.speech import read_transcript, with_speakers
    from engine.studio import Studio, is_file_reference
    from engine.tasks import diarize_subject, transcribe_subject

    if project is None and is_file_reference(src):
        subject = Studio.file(src)
        with bare_progress(f"{'translate' if how.translate else 'transcribe'} {subject.label}") as context:
            transcript = transcribe_subject(
                subject, how.model, how.language, context, how.glossary, translate=how.translate, voices=how.voices
            )
        if how.speakers:
            with bare_progress(f"diarize {subject.label}") as context:
                found = diarize_subject(subject, how.diarizer, how.count, context, how.voices)
                transcript = with_speakers(transcript, found)
        return transcript, None, subject.footage
    with working_studio(studio_folder(studio)) as opened_studio:
        subject = opened_studio.subject(src, project)
        path = opened_studio.transcript(subject, how)
    return read_transcript(path), path, subject.footage


def _languages(transcript: Transcript) -> list[str]:
    """The languages of the segments, the main one first."""
    found = {segment.language for segment in transcript.segments if segment.language}
    return sorted(found, key=lambda language: (language != transcript.language, language))


def _language_tag(segment: Segment, transcript: Transcript) -> str:
    """The language of a segment that is not in the main language."""
    other = segment.language is not None and segment.language != transcript.language
    return f"[magenta]{quoted(segment.language)}[/]  " if other and segment.language else ""


def _confidence_style(confidence: float) -> str:
    return "green" if confidence >= 0.8 else "yellow" if confidence >= 0.5 else "red"


COMMANDS: tuple[Any, ...] = (transcribe, captions, words, find)
