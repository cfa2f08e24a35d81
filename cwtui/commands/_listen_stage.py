"""Listening to one stage of the dialog chain: with it, without it, or what it removes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.commands._output import human_console, print_copy_command, quoted, show_json
from cwtui.comparison_text import REMOVED, loudness_difference
from engine.time import format_short_time, rational

if TYPE_CHECKING:
    from engine.player import PlayerWindow
    from engine.sound import Preset, SoundComparison, StageName
    from engine.transfer import Subject

_INSTEAD = "write it into a file that plays anywhere: -o stage.wav"


@dataclass(frozen=True, slots=True)
class StageAudition:
    """A stage of a chain to listen to at a time, in seconds; `removed`: only what it removes."""

    stage: StageName
    chain: Preset
    bypassed: frozenset[StageName]
    track: int | None
    at: Fraction
    removed: bool


def listen_to_stage(
    subject: Subject,
    audition: StageAudition,
    studio: Path,
    output: Path | None,
    every: Fraction,
    *,
    replace: bool,
    as_json: bool,
) -> None:
    """Plays an audition, or writes it into `output`; shows what was played or written."""
    from engine.player import require_audio_output, require_display

    if output is None:
        require_display(_INSTEAD)
        require_audio_output(_INSTEAD)
    with _rendered(subject, audition, studio, temporary=output is not None) as (path, made):
        if output:
            _write(path, made, audition.removed, output, every, replace)
            opened = None
        else:
            opened = _open(subject, path, made, audition.removed)
    _print(subject, made, audition.removed, output, opened, as_json)


@contextmanager
def _rendered(
    subject: Subject, audition: StageAudition, studio: Path, *, temporary: bool
) -> Iterator[tuple[Path, SoundComparison]]:
    """Yields the audition's file and its description: of a job for a take, else rendered here."""
    from tempfile import TemporaryDirectory

    from cwtui.commands._progress import bare_progress, working_studio
    from engine.errors import RequestError
    from engine.jobs import job_result
    from engine.sound import SoundComparison
    from engine.speech import CleanOptions
    from engine.tasks import audition_file, audition_stretch

    if subject.take:
        with working_studio(studio) as opened:
            request = opened.tasks.audition_request(
                subject, audition.chain, audition.stage, audition.at, index=audition.track, bypassed=audition.bypassed
            )
            result = job_result(*opened.jobs.wait(opened.jobs.submit([request])))
        yield studio / result["path"], SoundComparison.model_validate(result["comparison"])
        return
    if not temporary:
        raise RequestError(
            f"{subject.label} is not in a project, so its auditions are not kept.",
            "Write it into a file: -o stage.wav",
        )
    options = CleanOptions(audition.chain, audition.track, audition.bypassed)
    stretch = audition_stretch(audition.at, subject.footage.probe.duration)
    with TemporaryDirectory(prefix="cleanwater-") as folder, bare_progress(f"audition {audition.stage}") as context:
        path = Path(folder) / "audition.flac"
        yield (
            path,
            audition_file(subject.footage.path, subject.label, options, audition.stage, stretch, path, context),
        )


def _write(path: Path, made: SoundComparison, removed: bool, output: Path, every: Fraction, replace: bool) -> None:
    from engine.sound import write_alternating_sides, write_side

    if removed:
        write_side(path, made, REMOVED, output, replace=replace)
    else:
        write_alternating_sides(path, made, (0, 1), output, every=every, replace=replace)


def _open(subject: Subject, path: Path, made: SoundComparison, removed: bool) -> PlayerWindow:
    from engine.player import Side, listen_in_player

    chosen = (REMOVED,) if removed else (0, 1)
    sides = [Side(path, 1, made.names[side], made.mix(side), made.gains_db[side]) for side in chosen]
    return listen_in_player(sides, 0, f"{subject.label}, {made.names[chosen[0]]}", Fraction(0), tracks=1,
                            instead=_INSTEAD)  # fmt: skip


def _print(
    subject: Subject,
    made: SoundComparison,
    removed: bool,
    output: Path | None,
    opened: PlayerWindow | None,
    as_json: bool,
) -> None:
    from engine.player import SIDE_KEYS

    heard = made.names[REMOVED] if removed else made.names[0]
    if as_json:
        show_json({
            "path": str(output) if output else None,
            "hears": heard,
            "start": rational(made.start),
            "end": rational(made.start + made.duration),
            "comparison": made.model_dump(mode="json"),
            **(opened.as_json() if opened else {}),
        })  # fmt: skip
        return
    console = human_console()
    stretch = f"{format_short_time(made.start)} to {format_short_time(made.start + made.duration)}"
    if output:
        console.print(f"[green]✓[/] {quoted(output)}  {heard}, {stretch}", soft_wrap=True)
        print_copy_command(output)
    elif opened:
        console.print(f"[green]▸[/] {quoted(subject.label)} in {opened.player}: {heard}, {stretch}", soft_wrap=True)
        if opened.switches and not removed:
            keys = ", ".join(f"{key} for {name}" for key, name in zip(SIDE_KEYS, made.names, strict=False))
            console.print(f"  press {keys}")
    console.print(f"  {loudness_difference(made, REMOVED if removed else 0)}")
