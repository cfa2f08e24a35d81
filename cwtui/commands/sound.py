"""Commands for sound: loudness, clean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cwtui.commands._options import (
    ModelOption,
    ProjectOption,
    ReplaceOption,
    SourceArgument,
    StudioOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of

if TYPE_CHECKING:
    from engine.sound import CleanReport


TrackOption = Annotated[int | None, typer.Option("--track", help="The sound track's index, as probe lists it.")]


def loudness(
    src: SourceArgument,
    track: TrackOption = None,
    dialog: Annotated[bool, typer.Option("--dialog", help="Also measure the speech alone.")] = False,
    target: Annotated[
        float | None, typer.Option("--target", help="Required loudness in LUFS; exit code 1 if missed.")
    ] = None,
    tolerance: Annotated[float, typer.Option("--tolerance", min=0, help="Tolerance of --target in LU.")] = 1.0,
    ceiling: Annotated[
        float | None, typer.Option("--ceiling", help="Maximum true peak in dBTP; exit code 1 if exceeded.")
    ] = None,
    series: Annotated[
        Path | None, typer.Option("--series", help="Write the loudness of each 0.1 s to a .json file.")
    ] = None,
    report: Annotated[Path | None, typer.Option("--report", help="Write a plot to this folder: PNG, SVG.")] = None,
    replace: ReplaceOption = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure loudness and true peak (EBU R 128), in total and over time."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._subjects import source
    from cwtui.commands._tables import show_loudness
    from engine.atomic_files import write_atomic
    from engine.errors import RequestError
    from engine.sound import (
        channel_layout_of,
        channels_of,
        draw_loudness,
        loudness_of,
        meter_file,
        series_of,
        speech_blocks,
    )
    from engine.speech import speech_spans

    if series is not None and series.suffix.lower() != ".json":
        raise RequestError(f"{series.name} is not .json.", "Name the file loudness.json.")
    subject = source(src, project, studio)
    pictures = [report / f"loudness{suffix}" for suffix in (".png", ".svg")] if report is not None else []
    refuse_outputs([series, *pictures], [subject], studio, replace=replace)
    path = subject.footage.path
    meter = meter_file(path, track)
    channels = channels_of(meter, channel_layout_of(path, track))
    measured = loudness_of(meter, speech_spans(speech_blocks(path, track)) if dialog else None)
    missed = measured.missed(target, tolerance, ceiling)
    written: list[Path] = []
    if series is not None or report is not None or not as_json:
        over_time = series_of(meter)
    if series is not None:
        write_atomic(series, over_time.model_dump_json().encode(), replace=replace)
        written.append(series)
    if report is not None:
        wanted = None if target is None else (target, tolerance)
        written += draw_loudness(report, subject.label, path, track, over_time, wanted, ceiling, replace=replace)
    if as_json:
        written_to = [str(path) for path in written]
        found = {**measured.model_dump(mode="json"), "channels": channels.model_dump(mode="json")}
        show_json({**found, "missed": missed, "written": written_to})
    else:
        show_loudness(human_console(), subject.label, measured, channels, over_time, missed)
        for path in written:
            human_console().print(f"[cyan]written[/]  {quoted(path)}", soft_wrap=True)
    if missed:
        raise typer.Exit(1)


def clean(
    src: SourceArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="A .wav file. The cleaned dialog of a take is also kept in its project."),
    ] = None,
    preset: Annotated[str, typer.Option("--preset", help="A sound preset's name, or its .toml file.")] = "dialog",
    strength: Annotated[
        float, typer.Option("--strength", help="Strength from 0 to 1 (the preset's full strength).")
    ] = 1.0,
    bypass: Annotated[list[str] | None, typer.Option("--bypass", help="A stage to skip. Repeatable.")] = None,
    music: Annotated[
        Literal["keep", "duck", "drop"] | None,
        typer.Option("--music", help="Keep music, lower it under speech, or remove it. [default: the preset's choice]"),
    ] = None,
    voices: Annotated[
        Literal["auto", "mix"] | None,
        typer.Option(
            "--voices",
            help="If each of two channels has its own voice: mix by who speaks, or evenly. "
            "[default: the preset's choice]",
        ),
    ] = None,
    words: Annotated[
        bool,
        typer.Option("--words/--no-words", help="Compare the words before and after, if a speech model is installed."),
    ] = True,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a report to this folder: JSON, PNG, SVG.")
    ] = None,
    replace: ReplaceOption = False,
    track: TrackOption = None,
    model: ModelOption = None,
    project: ProjectOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Clean dialog: reduce wind, rumble, noise and clicks, even out the level, and check the result for damage."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._progress import bare_progress, working_studio
    from cwtui.commands._tables import show_cleaning, show_queued
    from engine.errors import RequestError
    from engine.sound import OWN_PRESETS, load_preset, stage_named, write_clean_report
    from engine.speech import CleanOptions, find_model
    from engine.studio import Studio, is_file_reference
    from engine.tasks import clean_file

    own = load_preset(preset_of(preset, studio, project), studio_folder(studio) / OWN_PRESETS)
    chain = own.with_strength(strength).with_music(music).with_voices(voices)
    bypassed = frozenset(map(stage_named, bypass or ()))
    reports = [report / f"sound-report{suffix}" for suffix in (".json", ".png", ".svg")] if report is not None else []
    made: CleanReport
    if project is None and is_file_reference(src):
        subject = Studio.file(src)
        if output is None:
            raise RequestError(f"{subject.label} is not in a project.", "Name an output file: -o dialog.wav")
        if not subject.has_sound:
            raise RequestError(f"{subject.label} has no sound that can be decoded.", "Name footage with sound.")
        refuse_outputs([output, *reports], [subject], studio, replace=replace)
        found = find_model(model) if words else None
        with bare_progress(f"clean {subject.label}") as context:
            made = clean_file(
                subject.footage.path,
                subject.label,
                CleanOptions(chain, track, bypassed, found.path if found else None),
                output,
                context,
                replace=replace,
            )
        kept = output
    else:
        with working_studio(studio_folder(studio)) as opened_studio:
            subject = opened_studio.subject(src, project)
            refuse_outputs([output, *reports], [subject], studio, replace=replace)
            step = opened_studio.tasks.clean_request(
                subject, chain, index=track, bypassed=bypassed, words=words, model=model
            )
            if not wait:
                show_queued(opened_studio.jobs.submit([step]), as_json)
                return
            kept, made = opened_studio.clean_dialog(step, output, replace=replace)
    written = []
    if report is not None:
        written = write_clean_report(report, subject.footage.path, track, kept, chain, made, replace=replace)
    if as_json:
        show_json({"path": str(kept), **made.model_dump(mode="json"), "report": [str(path) for path in written]})
        return
    console = human_console()
    show_cleaning(console, made)
    console.print(f"[green]✓[/] {quoted(kept)}", soft_wrap=True)
    for path in written:
        console.print(f"[cyan]report[/]  {quoted(path)}", soft_wrap=True)


COMMANDS = (loudness, clean)
