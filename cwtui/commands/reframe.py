"""The reframe command: how a crop that follows the speaker moves in a take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from engine.keyframes import Interpolation

if TYPE_CHECKING:
    from engine.catalog import Take
    from engine.perception import TakeFaces
    from engine.studio import Studio
    from engine.tasks import SpeakerChoice, TakeReframe

ShareOption = Annotated[float | None, typer.Option("--x", min=0, max=1, help="Its middle, from 0 (left) to 1 (right).")]


def reframe(
    take: Annotated[str, typer.Argument(help="The take, by number or name.")],
    at: Annotated[str | None, typer.Option("--at", help="The time of a key: 1.5, or 0:01.5.")] = None,
    x: ShareOption = None,
    y: Annotated[
        float | None, typer.Option("--y", min=0, max=1, help="Its middle, from 0 (top) to 1 (bottom).")
    ] = None,
    zoom: Annotated[
        float | None, typer.Option("--zoom", min=1, max=8, help="Its enlargement; 1 keeps as much as possible.")
    ] = None,
    interpolation: Annotated[
        Interpolation, typer.Option("--interpolation", help="How the crop moves until the next key.")
    ] = "hold",
    cut: Annotated[bool, typer.Option("--cut", help="Jump to the key instead of moving there.")] = False,
    auto: Annotated[bool, typer.Option("--auto", help="From --at on, follow the speaker again.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the key at --at.")] = False,
    speaker: Annotated[
        str | None, typer.Option("--speaker", help="S1=2: the face of speaker S1 is face 2 of the list.")
    ] = None,
    faces: Annotated[bool, typer.Option("--faces", help="Find the faces of the take first.")] = False,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all keys and all chosen faces.")] = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set where the crop of a recipe with fit = "follow" is in a take; without options, list keys, faces and speakers.

    A key holds from its time to the next one. The times are those of the take.
    """
    from cwtui.commands._progress import working_studio
    from engine.errors import RequestError
    from engine.perception import ReframeKey
    from engine.studio import ReframeChange, change_reframe, parse_seconds

    sets = x is not None or y is not None or zoom is not None
    if sum((sets, auto, remove)) > 1 or (at is None) == (sets or auto or remove):
        raise RequestError(
            "The key is missing or ambiguous.", "Use --at with --x, --y or --zoom, or with --auto, or with --remove."
        )
    change: ReframeChange | None = None
    if at is not None:
        time = parse_seconds(at)
        key = ReframeKey(time=time, x=x, y=y, zoom=zoom, interpolation=interpolation, cut=cut)
        change = ReframeChange(remove=(time,)) if remove else ReframeChange(keys=(key,))
    if clear or speaker is not None:
        if change or (clear and speaker is not None):
            raise RequestError("--clear and --speaker cannot be combined with other changes.", "Use one of them.")
        change = ReframeChange(clear=True) if clear else ReframeChange(speaker=_choice(speaker or ""))
    with working_studio(studio_folder(studio)) as opened_studio:
        found = opened_studio.take(take, opened_studio.project(project))
        edit = change_reframe(opened_studio, found, change) if change else None
        if faces:
            opened_studio.jobs.wait(
                opened_studio.jobs.submit([opened_studio.tasks.faces_request(opened_studio.subject_of(found))])
            )
        _show(opened_studio, found, as_json, edit.title if edit else "", changed=change is not None)


def _choice(text: str) -> SpeakerChoice:
    """Parses S1=2. Raises RequestError if it is malformed."""
    from engine.errors import RequestError
    from engine.tasks import SpeakerChoice

    name, equals, face = (part.strip() for part in text.partition("="))
    if not (name and equals and face.isdecimal() and int(face) > 0):
        raise RequestError(f"“{text}” is not a speaker and a face.", "Use the form --speaker S1=2.")
    return SpeakerChoice(speaker=name, face=int(face))


def _show(studio: Studio, take: Take, as_json: bool, title: str, *, changed: bool) -> None:
    from engine.tasks import finished_faces, read_reframe

    kept, faces = read_reframe(studio.paths, take), finished_faces(studio.tasks.context, take)
    if as_json:
        show_json(
            {
                "take": take.label,
                "keys": [one.model_dump(mode="json") for one in kept.keys],
                "speakers": [one.model_dump(mode="json") for one in kept.speakers],
                "faces": _faces_json(faces),
                "edit": title or None,
            }
        )
        return
    console = human_console()
    if changed:
        mark = f"[green]✓[/] {quoted(title)}" if title else f"[grey62]· {quoted(take.label)}: no change[/]"
        console.print(mark, soft_wrap=True)
    for line in _lines(kept, faces):
        console.print(line, soft_wrap=True)


def _lines(kept: TakeReframe, faces: TakeFaces | None) -> list[str]:
    from engine.time import format_time

    lines = []
    for key in kept.keys:
        values = [f"{name} {value:g}" for name in ("x", "y", "zoom") if (value := getattr(key, name)) is not None]
        how = f", {key.interpolation}{', cut' * key.cut}" if values else ""
        lines.append(f"[grey62]key[/]   {format_time(key.time, 2)}  {' '.join(values) or 'automatic'}{how}")
    lines += [f"[grey62]speaker[/]  {quoted(one.speaker)} is face {one.face}" for one in kept.speakers]
    if faces is None:
        lines.append("[grey62]· no faces yet: cwtui reframe TAKE --faces finds them[/]")
        return lines
    for track in faces.tracks:
        first, last = (track.samples[n].tick / faces.rate for n in (0, -1))
        left, _, width, _ = track.samples[len(track.samples) // 2].box
        where = f"x {left + width / 2:.2f}, {format_time(first, 2)} to {format_time(last, 2)}"
        lines.append(f"[grey62]face[/]  {track.id:4d}  {where}")
    if not faces.tracks:
        lines.append("no faces in the take")
    return lines


def _faces_json(faces: TakeFaces | None) -> list[dict[str, Any]] | None:
    from engine.time import rational

    if faces is None:
        return None
    return [
        {
            "face": track.id,
            "start": rational(track.samples[0].tick / faces.rate),
            "end": rational((track.samples[-1].tick + faces.step) / faces.rate),
            "box": list(track.samples[len(track.samples) // 2].box),
        }
        for track in faces.tracks
    ]


COMMANDS: tuple[Any, ...] = (reframe,)
