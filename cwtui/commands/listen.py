"""Commands for listening and audio sync: listen, drift."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cwtui.commands._options import ProjectOption, ReplaceOption, SourceArgument, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, print_copy_command, quoted, show_json
from cwtui.commands._packages import preset_of
from engine.time import rational

if TYPE_CHECKING:
    from fractions import Fraction

    from engine.player import PlayerWindow
    from engine.sound import Match, Version
    from engine.speech import CleanOptions
    from engine.transfer import Subject

TrackOption = Annotated[int | None, typer.Option("--track", help="The sound track's index, as probe lists it.")]

_INSTEAD = "write both versions, alternating, into one file that plays anywhere: --with CLEANED.wav -o ab.wav"

Stretch = tuple["Fraction", "Fraction | None"]


def listen(
    src: SourceArgument,
    at: Annotated[str, typer.Option("--at", help="Start time: 1.5, or 0:01.5.")] = "0",
    end: Annotated[str | None, typer.Option("--to", help="End time of the file written with -o.")] = None,
    cleaned: Annotated[
        Path | None, typer.Option("--with", help="Another version of the sound, to compare at equal loudness.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="Compare with the result of this sound preset.")
    ] = None,
    strength: Annotated[float, typer.Option("--strength", help="Strength of the preset, from 0 to 1.")] = 1.0,
    bypass: Annotated[
        list[str] | None, typer.Option("--bypass", help="A stage of the preset to skip. Repeatable.")
    ] = None,
    stage: Annotated[
        str | None,
        typer.Option("--stage", help="Listen to one stage of the preset: eight seconds with and without it."),
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="Play only what the --stage removes.")] = False,
    side: Annotated[
        Literal["original", "cleaned"], typer.Option("--side", help="The version to play first.")
    ] = "cleaned",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write a .wav that alternates between both versions, instead of opening the player."
        ),
    ] = None,
    every: Annotated[str, typer.Option("--every", help="Seconds per version in the alternating file.")] = "4",
    replace: ReplaceOption = False,
    track: TrackOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play the sound, and compare two versions at equal loudness with a key."""
    from cwtui.commands._output_files import refuse_outputs
    from cwtui.commands._subjects import source
    from engine.catalog import refuse_observation
    from engine.errors import RequestError
    from engine.player import require_audio_output, require_display
    from engine.sound import OWN_PRESETS, Version, labels_path, load_preset, match, stage_named
    from engine.speech import CleanOptions
    from engine.studio import Studio, parse_seconds

    if cleaned and (preset or stage):
        raise RequestError("--with cannot be combined with --preset or --stage.", "Use one of them.")
    if removed and not stage:
        raise RequestError("--removed needs a stage.", "Name it: --stage isolation --removed")
    bypassed = frozenset(map(stage_named, bypass or ()))
    if (bypassed or strength != 1) and not (preset or stage):
        raise RequestError("--strength and --bypass need a preset.", "Name it: --preset dialog")
    known = load_preset(preset_of(preset or "dialog", studio, project), studio_folder(studio) / OWN_PRESETS)
    chain = known.with_strength(strength)
    if output and not (cleaned or preset or stage):
        raise RequestError("-o needs two versions.", "Name the other one: --with CLEANED.wav, or --preset dialog.")
    subject = source(src, project, studio)
    refuse_observation(subject.label, subject.footage.probe.observation)
    moment, over = parse_seconds(at), parse_seconds(end) if end else None
    length = subject.footage.probe.duration
    if not 0 <= moment < min(length, length if over is None else over):
        raise RequestError(
            f"{subject.label} is {float(length):.2f} s long; there is no sound to play from {float(moment):g} s.",
            "Choose --at and --to within it, with --at before --to.",
        )
    if stage:
        from cwtui.commands._listen_stage import StageAudition, listen_to_stage

        index = _track_index(subject, track) if track is not None else None
        wanted = StageAudition(stage_named(stage), chain, bypassed, index, moment, removed)
        if output:
            refuse_outputs([output, None if removed else labels_path(output)], [subject], studio, replace=replace)
        folder, turn = studio_folder(studio), parse_seconds(every)
        listen_to_stage(subject, wanted, folder, output, turn, replace=replace, as_json=as_json)
        return
    versions = [Version(subject.footage.path, _track_index(subject, track), "original")]
    if not (cleaned or preset):
        _print_opened(_open(subject, versions, (0.0, 0.0), moment, 0), versions, 0, None, moment, as_json)
        return
    if output:
        read = [subject, Studio.file(str(cleaned))] if cleaned else [subject]
        refuse_outputs([output, labels_path(output)], read, studio, replace=replace)
    else:
        require_display(_INSTEAD)
        require_audio_output(_INSTEAD)
    with _other(subject, cleaned, CleanOptions(chain, track, bypassed), studio, output) as path:
        versions.append(Version(path, _track_index(Studio.file(str(path)), None), "cleaned"))
        if output:
            _render((versions[0], versions[1]), output, subject, parse_seconds(every), (moment, over), replace, as_json)
            return
        matched = match(*versions)
        chosen = 1 if side == "cleaned" else 0
        opened = _open(subject, versions, matched.gains_db, moment, chosen)
    _print_opened(opened, versions, chosen, matched, moment, as_json)


def drift(
    src: SourceArgument,
    other: Annotated[
        str | None, typer.Argument(help="The other recording (default: another track of the first).")
    ] = None,
    track: TrackOption = None,
    other_track: Annotated[
        int | None, typer.Option("--other-track", help="The sound track's index in the other recording.")
    ] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the offset and drift between two sound tracks of the same moment."""
    from cwtui.commands._subjects import source
    from engine.errors import RequestError
    from engine.sound import measure_drift

    one = source(src, project, studio)
    two = source(other, project, studio) if other else one
    first = _track_index(one, track)
    if other is None and other_track is None:
        others = [sound.index for sound in one.footage.probe.sound if sound.decodable and sound.index != first]
        if not others:
            raise RequestError(f"{one.label} has only one sound track.", "Name another recording of the same moment.")
        other_track = others[0]
    second = _track_index(two, other_track)
    if (one.footage.path, first) == (two.footage.path, second):
        raise RequestError("Both are the same track.", "Choose another --other-track.")
    measured = measure_drift(one.footage.path, first, two.footage.path, second)
    if as_json:
        show_json({"tracks": [first, second], **measured.model_dump(mode="json")})
        return
    console = human_console()
    offset = float(measured.offset) * 1000
    console.print(
        f"{quoted(two.label)}, track {second}, is {abs(offset):.2f} ms {'late' if offset > 0 else 'early'} "
        f"against {quoted(one.label)}, track {first}",
        f"clock drift {measured.ppm:+.2f} ppm: {measured.ppm * 3.6:+.1f} ms per hour",
        f"[grey62]{measured.windows} of {measured.tried} windows agree within {measured.spread_ms:.3f} ms[/]",
        sep="\n",
        soft_wrap=True,
    )


def _track_index(subject: Subject, track: int | None) -> int:
    """The index of the sound track: `track` if given, else the file's default. Raises RequestError if not decodable."""
    from engine.errors import RequestError

    sounds = [sound for sound in subject.footage.probe.sound if sound.decodable]
    if not sounds:
        raise RequestError(f"{subject.label} has no sound that can be decoded.", "Name footage with sound.")
    if track is not None and track not in [sound.index for sound in sounds]:
        places = ", ".join(str(sound.index) for sound in sounds)
        raise RequestError(
            f"{subject.label} has no sound track {track} that can be decoded.", f"Choose from: {places}."
        )
    if track is not None:
        return track
    chosen = subject.footage.probe.chosen_sound
    assert chosen is not None
    return chosen.index


@contextmanager
def _other(
    subject: Subject,
    cleaned: Path | None,
    options: CleanOptions,
    studio: Path | None,
    output: Path | None,
) -> Iterator[Path]:
    """Yields the other version: the named file, or the result of a preset, which is kept for takes only."""
    from tempfile import TemporaryDirectory

    from cwtui.commands._progress import bare_progress, working_studio
    from engine.errors import RequestError
    from engine.studio import Studio
    from engine.tasks import clean_file

    if cleaned:
        yield Studio.file(str(cleaned)).footage.path
        return
    if subject.take:
        with working_studio(studio_folder(studio)) as opened_studio:
            request = opened_studio.tasks.clean_request(
                subject, options.preset, index=options.index, bypassed=options.bypassed
            )
            path = opened_studio.clean_dialog(request)[0]
        yield path
        return
    if output is None:
        raise RequestError(
            f"{subject.label} is not in a project, so its cleaned dialog is not kept.",
            f"Run cwtui clean {subject.label} -o CLEANED.wav first, then use --with CLEANED.wav",
        )
    with TemporaryDirectory(prefix="cleanwater-") as folder, bare_progress(f"clean {subject.label}") as context:
        path = Path(folder) / "cleaned.wav"
        clean_file(subject.footage.path, subject.label, options, path, context)
        yield path


def _open(
    subject: Subject, versions: list[Version], gains: tuple[float, float], at: Fraction, chosen: int
) -> PlayerWindow:
    from engine.ingest import inspect
    from engine.player import Side, listen_in_player
    from engine.sound import downmix_of

    sides, tracks = [], len(subject.footage.probe.sound)
    for version, gain in zip(versions, gains, strict=False):
        sounds = (subject.footage if version is versions[0] else inspect(version.path)).probe.sound
        number = next(position for position, sound in enumerate(sounds, 1) if sound.index == version.index)
        sides.append(Side(version.path, number, version.name, downmix_of(version.path, version.index).gains, gain))
    title = f"{subject.label}, {versions[chosen].name}" if len(versions) == 1 else subject.label
    return listen_in_player(sides, chosen, title, at, tracks=tracks, instead=_INSTEAD)


def _render(
    versions: tuple[Version, Version],
    output: Path,
    subject: Subject,
    every: Fraction,
    stretch: Stretch,
    replace: bool,
    as_json: bool,
) -> None:
    from engine.errors import RequestError
    from engine.sound import labels_path, match, write_alternating

    if every <= 0:
        raise RequestError("--every must be greater than 0.", "Choose a number of seconds: --every 4")
    start, end = stretch
    matched = match(*versions, start=start, end=end)
    turns = write_alternating(*versions, matched.gains_db, output, every=every, start=start, end=end, replace=replace)
    if as_json:
        show_json(
            {
                "path": str(output),
                "labels": str(labels_path(output)),
                **matched.model_dump(mode="json"),
                "turns": [turn.model_dump(mode="json") for turn in turns],
            }
        )
        return
    from cwtui.formatting import plural

    console = human_console()
    _print_match(console, matched)
    console.print(
        f"[green]✓[/] {quoted(output)}  {plural(len(turns), 'section')}, {turns[0].name} first", soft_wrap=True
    )
    console.print(f"[cyan]labels[/]  {quoted(labels_path(output))}", soft_wrap=True)
    print_copy_command(output)


def _print_match(console: Any, matched: Match) -> None:
    for name, gain in zip(("original", "cleaned"), matched.gains_db, strict=True):
        if gain:
            console.print(f"  {name} attenuated by {-gain:.2f} dB to match the other")


def _print_opened(
    opened: PlayerWindow, versions: list[Version], chosen: int, matched: Match | None, at: Fraction, as_json: bool
) -> None:
    from engine.player import SIDE_KEYS

    heard = versions[chosen]
    if as_json:
        show_json(
            {
                "path": str(versions[0].path),
                "with": str(versions[1].path) if matched else None,
                "hears": heard.name,
                "at": rational(at),
                "switches": opened.switches and matched is not None,
                "lufs": matched.model_dump(mode="json")["lufs"] if matched else None,
                "gains_db": matched.gains_db if matched and opened.chooses else None,
                **opened.as_json(),
            }
        )
        return
    console = human_console()
    console.print(f"[green]▸[/] {quoted(heard.path.name)} in {opened.player}: {heard.name}", soft_wrap=True)
    if matched and opened.switches:
        keys = ", ".join(f"{key} for {version.name}" for key, version in zip(SIDE_KEYS, versions, strict=True))
        console.print(f"  press {keys}")
    elif matched:
        console.print(
            f"  [yellow]![/] {opened.player} cannot switch versions. Install mpv, or {_INSTEAD}", soft_wrap=True
        )
    if matched and opened.chooses:
        _print_match(console, matched)
    if not opened.chooses:
        console.print(f"  [yellow]![/] {opened.player} plays the file unchanged, with its default track and level")
    if opened.from_start and at:
        console.print(f"  [yellow]![/] {opened.player} starts at the beginning, not at --at", soft_wrap=True)


COMMANDS = (listen, drift)
