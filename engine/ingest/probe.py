"""Probes a file or frame sequence: tracks, capture metadata, condition, and the time of each frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import Any

import av
import av.error

from engine.catalog import Damage, DataTrack, OtherPicture, Picture, Probe, Sound, Unsupported
from engine.demux import read_packets
from engine.errors import EngineError, RequestError
from engine.ingest.capture import capture_of
from engine.ingest.companions import companion_notes
from engine.ingest.declared_content import (
    on_take_clock,
    place_damage,
    promised_end,
    promised_frames,
    sound_against_picture,
    undecodable_picture,
)
from engine.ingest.decodability import first_frame, undecodable_start
from engine.ingest.discovery import is_sequence
from engine.ingest.encoding import ANSWERS, DetectedEncoding, Matrix, Tags, oblique_angle, orientation, read_encoding
from engine.ingest.extents import check_extents
from engine.ingest.fields import read_fields
from engine.ingest.footage import Footage
from engine.ingest.hdr import display_matrix, dolby_vision, has_alpha, hdr_metadata, views, without_base_layer
from engine.ingest.log_hints import log_hint
from engine.ingest.not_footage import is_in_icloud, not_downloaded, refuse_other_kinds
from engine.ingest.observation import inspect_observation, is_observation, observation_stem
from engine.ingest.originality import originality
from engine.ingest.phone_depth import depth_notes
from engine.ingest.sequence import inspect_sequence, not_one_sequence, sequence_name
from engine.ingest.shape import pixel_aspect, upright_size
from engine.ingest.sound_timing import sound_timings
from engine.ingest.tracks import codec_name, is_image, other_picture, video_tracks
from engine.isobmff.movie_boxes import MovieBoxes, TrackBoxes, read_boxes
from engine.matroska import read_tracks
from engine.picture import DEINTERLACER, open_media
from engine.time import FrameGrid, time_zero
from engine.track_choice import TrackFlags, choice_reason, preference, read_flags

_UPRIGHT: Matrix = (1.0, 0.0, 0.0, 1.0)
# Deviations from a quarter turn up to this many degrees come from a file's rounding.
_LEVEL_ENOUGH = 1.0
# The longest valid take, in seconds; the most ticks in all, and per frame, that valid frame times can span.
_LONGEST = 86_400
_MOST_TICKS = 1 << 20
_MOST_TICKS_A_FRAME = 64
# The data read from a file may exceed its size by this factor: an edit list may repeat a passage.
_MOST_REUSE = 16

_COPY_AGAIN = "Copy it from the phone or card again. This file was not changed."


def inspect(path: Path, most_bytes: int | None = None) -> Footage:
    """Probe one file or frame sequence. Reads the time of every frame, but decodes only a few frames.

    Of a file larger than `most_bytes`, only so many bytes of the picture are read: the footage then has no frame
    grid, the duration is the declared one, and the number of frames and the variable rate are those of its start.
    Raises RequestError, naming the file, if it is not readable footage.
    """
    if is_sequence(path):
        probe, grid = inspect_sequence(path)
        return Footage(path, sequence_name(path), probe, grid)
    _refuse_unreadable(path)
    if is_observation(path):
        return Footage(path, observation_stem(path.name), inspect_observation(path), None)
    if path.suffix.lower() == ".exr":
        probe, grid = inspect_sequence(path)
        return Footage(path, path.stem, probe, grid)
    boxes = read_boxes(path)
    if boxes.recognised and not boxes.has_index:
        raise RequestError(
            f"{path.name} is cut short: its index (moov), which a camera writes last, is missing.", _COPY_AGAIN
        )
    if boxes.damage:
        raise RequestError(f"{path.name} is damaged: {boxes.damage}.", _COPY_AGAIN)
    try:
        with open_media(path) as container:
            return _inspect(path, container, boxes, most_bytes if _is_larger(path, most_bytes) else None)
    except (av.error.FFmpegError, ValueError, ArithmeticError, MemoryError) as error:
        raise RequestError(
            f"{path.name} is not readable footage ({_reason(error)}).",
            "Check that the original plays, then copy it again. This file was not changed.",
        ) from error


def _refuse_unreadable(path: Path) -> None:
    try:
        if path.is_dir():
            raise not_one_sequence(path)
        if path.stat().st_size == 0:
            raise RequestError(f"{path.name} is empty (0 bytes).", _COPY_AGAIN)
        refuse_other_kinds(path)
    except FileNotFoundError:
        if is_in_icloud(path):
            raise not_downloaded(path.name) from None
        raise RequestError(f"File {path} not found.", "Check the name; quote it if it has spaces.") from None
    except PermissionError:
        raise RequestError(f"Permission denied: {path}.", f"Allow reading it: chmod u+r '{path}'") from None
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.", "Check the disk it is on.") from error


def _is_larger(path: Path, most_bytes: int | None) -> bool:
    return most_bytes is not None and path.stat().st_size > most_bytes


def _inspect(path: Path, container: Any, boxes: MovieBoxes, most_bytes: int | None) -> Footage:
    if container.format.name == "mpegts":
        raise RequestError(
            f"{path.name} is a transport stream, whose time stamps have no defined start.",
            "Rewrap it as .mov without re-encoding: ffmpeg -i FILE -map 0 -c copy FILE.mov",
        )
    notes: list[str] = []
    tracks = dict(enumerate(boxes.tracks))
    capture = capture_of(path, container, notes)
    extents = check_extents(path, container.format.name)
    damage = list(on_take_clock(extents.damage, container))
    picture, grid = _picture(path, container, tracks, notes, damage, most_bytes)
    flags = read_flags(path, container, "audio")
    timings = sound_timings(container)
    sound = tuple(
        _sound(path, stream, tracks.get(stream.index), flags[stream.index], *timings[stream.index])
        for stream in container.streams
        if stream.type == "audio"
    )
    for track in sound:
        if not track.decodable:
            notes.append(f"sound track {track.index} ({track.codec}) cannot be decoded; it stays in the original")
    data = tuple(
        DataTrack(index=stream.index, codec=_fourcc(stream, tracks), handler=stream.metadata.get("handler_name", ""))
        for stream in container.streams
        if stream.type not in ("audio", "video")
    )
    others = tuple(
        other_picture(stream, mark)
        for stream, mark in video_tracks(path, container)
        if picture is None or stream.index != picture.index
    )
    if picture is None and not sound:
        raise ValueError("it has no picture and no sound")
    if picture is None and not any(track.decodable for track in sound):
        raise ValueError("no track decodes")
    if picture is None:
        notes.append("audio only")
    elif not any(track.decodable for track in sound):
        notes.append("no sound")
    notes += _choices(picture, others, sound)
    ends = [track.start + track.duration for track in sound]
    duration = grid.duration if grid else max(ends, default=Fraction(container.duration or 0, 1_000_000))
    if grid and most_bytes is not None:
        grid, duration = None, promised_end(container)
    elif grid:
        notes += sound_against_picture(sound, grid.duration, damage)
    notes += (*extents.notes, *promised_frames(extents, picture, duration))
    handlers = tuple(track.name for track in boxes.tracks)
    copy_reason, why = originality(dict(container.metadata), handlers, capture, picture)
    probe = Probe(
        picture=picture,
        sound=sound,
        data=data,
        capture=capture,
        duration=duration,
        original=not copy_reason,
        copy_reason=copy_reason,
        notes=(*notes, *why, *companion_notes(path)),
        other_pictures=others,
        damage=tuple(place_damage(damage, duration, promised_end(container))),
    )
    said = (*probe.notes, *depth_notes(container.metadata, probe))
    return Footage(path, path.stem, probe.model_copy(update={"notes": said}), grid)


def _choices(picture: Picture | None, others: Sequence[OtherPicture], sound: Sequence[Sound]) -> Iterator[str]:
    """Yield notes on which of several tracks is used, and why."""
    recorded = [track for track in others if track.kind == "picture"]
    if picture is not None and recorded:
        why = choice_reason(picture, [picture, *recorded])
        named = ", ".join(str(track.index) for track in recorded)
        yield f"picture track {picture.index} is used ({why}); {named} stays in the original only"
    decodable = [track for track in sound if track.decodable]
    chosen = next(iter(preference(decodable)), None)
    if chosen is not None and (chosen.index > decodable[0].index or not chosen.enabled):
        yield f"sound track {chosen.index} is used ({choice_reason(chosen, decodable)})"


def _picture(
    path: Path,
    container: Any,
    tracks: Mapping[int, TrackBoxes],
    notes: list[str],
    damage: list[Damage],
    most_bytes: int | None,
) -> tuple[Picture | None, FrameGrid | None]:
    found = _first_decodable(path, container, damage, most_bytes)
    if found is None:
        return None, None
    stream, flags, grid, frame = found
    if unseen := undecodable_start(container, stream.index, grid, frame):
        damage.append(unseen)
    track = tracks.get(stream.index)
    mkv = read_tracks(path)[stream.index : stream.index + 1] if container.format.name.startswith("matroska") else ()
    boxes = track.extensions if track else mkv[0].additions if mkv else {}
    matrix = track.matrix if track else display_matrix(frame) or _UPRIGHT
    rotation, mirrored = orientation(matrix)
    aspect, said = pixel_aspect(
        stream.sample_aspect_ratio,
        stream.codec_context.sample_aspect_ratio,
        boxes.get("pasp", b""),
    )
    notes += said
    display_width, display_height = upright_size(frame.width, frame.height, aspect, rotation)
    codec, context = codec_name(stream), stream.codec_context
    reading = read_encoding(
        Tags(
            primaries=int(context.color_primaries),
            transfer=int(context.color_trc),
            matrix=int(context.colorspace),
            codec=codec,
            log_profile=track.log_profile if track else "",
            log_hint=log_hint(path, [container.metadata, *(one.metadata for one in container.streams)]),
        )
    )
    fields = read_fields(container, stream, codec, frame, grid)
    vision = dolby_vision(boxes)
    unsupported = fields.unsupported or without_base_layer(vision) or _turned_obliquely(matrix)
    if unsupported is not None:
        reading = DetectedEncoding(reading.encoding if fields.unsupported else None)
        notes.append(f"{unsupported.reason}: its picture cannot be used")
    if any(track.alpha for track in mkv) and not has_alpha(frame):
        notes.append(f"alpha is not decoded ({codec} in Matroska): the picture is shown as opaque")
    eyes = views(boxes)
    if eyes > 1:
        notes.append("stereo (MV-HEVC): the first view is shown and delivered, the original keeps both")
    notes += fields.notes
    if reading.question:
        answer = reading.suggested or f"T, one of {', '.join(ANSWERS)}"
        notes.append(f"{reading.encoding or reading.question}: waits for cwtui confirm TAKE --input-transform {answer}")
    if grid.variable:
        notes.append("variable frame rate: shown at a constant rate, with the nearest frame at each tick")
    picture = Picture(
        index=stream.index,
        codec=codec,
        pixel_format=frame.format.name,
        width=frame.width,
        height=frame.height,
        display_width=display_width,
        display_height=display_height,
        rotation=rotation,
        mirrored=mirrored,
        frame_rate=grid.rate,
        variable_frame_rate=grid.variable,
        frames=len(grid.pts),
        encoding=reading.encoding,
        input_transform=None if reading.question else reading.encoding,
        suggested_input_transform=reading.suggested,
        question=reading.question,
        primaries=int(context.color_primaries),
        transfer=int(context.color_trc),
        matrix=int(context.colorspace),
        full_range=int(context.color_range) == 2,
        dolby_vision=vision,
        pixel_aspect=aspect,
        enabled=flags.enabled,
        default=flags.default,
        field_order=fields.order,
        flagged_frames=fields.flagged,
        deinterlacer=DEINTERLACER if fields.order != "progressive" and not fields.separate else None,
        unsupported=unsupported,
        hdr_metadata=hdr_metadata(frame),
        views=eyes,
        alpha=has_alpha(frame),
    )
    return picture, grid


def _turned_obliquely(matrix: Matrix) -> Unsupported | None:
    angle = oblique_angle(matrix)
    if abs(angle) <= _LEVEL_ENOUGH:
        return None
    return Unsupported(
        reason=f"is rotated by {angle:+.0f} degrees beyond a quarter turn, which is not supported",
        advice="Rotate it in an editor, or remove the rotation from the file, then ingest that copy.",
    )


def _first_decodable(
    path: Path, container: Any, damage: list[Damage], most_bytes: int | None
) -> tuple[Any, TrackFlags, FrameGrid, Any] | None:
    """Return the video stream that is the take's picture, its flags, its frame grid and its first decoded frame.

    Returns None if no video stream is a recording, or none decodes; the latter is added to `damage`. Raises
    ValueError if the frame times of all streams are invalid.
    """
    candidates = [(s, mark) for s, mark in video_tracks(path, container) if not is_image(s) and s.codec_context]
    problem: Exception | None = None
    unseen: Damage | None = None
    for stream, flags in candidates:
        try:
            if problem or unseen:
                container.seek(0)
            grid = _grid(container, stream, most_bytes)
        except (av.error.FFmpegError, ValueError) as raised:
            problem = problem or raised
            continue
        frame = first_frame(path, stream.index) if grid else None
        if grid is not None and frame is not None:
            return stream, flags, grid, frame
        unseen = unseen or undecodable_picture(stream.index, grid)
    if unseen is not None:
        damage.append(unseen)
    elif problem is not None:
        raise problem
    return None


def _grid(container: Any, stream: Any, most_bytes: int | None) -> FrameGrid | None:
    """Build the frame grid from the packet times, of the first `most_bytes` if given; None without shown frames.

    Frames that an edit list hides count as recorded, not as shown.
    """
    shown: list[int] = []
    recorded: list[int] = []
    end = held = 0
    for packet in read_packets(container, stream):
        held += packet.size
        if held > _MOST_REUSE * container.size:
            raise ValueError("its index refers to the same data repeatedly")
        if packet.pts is None or not packet.size:
            continue
        recorded.append(packet.pts)
        if not packet.is_discard:
            shown.append(packet.pts)
            end = max(end, packet.pts + (packet.duration or 0))
        if most_bytes is not None and held > most_bytes:
            break
    if not shown:
        return None
    time_base = Fraction(stream.time_base)
    declared = Fraction(stream.guessed_rate or stream.average_rate or 30)
    last = max(shown)
    over = end * time_base if end > last else last * time_base + 1 / declared
    times = sorted(set(shown))
    _refuse_endless(times, time_base, over - min(times) * time_base, declared)
    origin = time_zero(container)
    return FrameGrid.fit(times, time_base, over, declared=declared, recorded=sorted(set(recorded)), origin=origin)


def _refuse_endless(times: Sequence[int], time_base: Fraction, end: Fraction, declared: Fraction) -> None:
    """Raise ValueError for damaged times that would spread a few frames over months of ticks."""
    usual = median_low([after - before for before, after in pairwise(times)] or [0]) * time_base
    # Uneven footage is shown at 24 fps or more.
    ticks = end * max(1 / usual, Fraction(24)) if usual else end * declared
    if end > _LONGEST or ticks > max(_MOST_TICKS, _MOST_TICKS_A_FRAME * len(times)):
        raise ValueError(f"its {len(times)} frames would last {float(end / 3600):.1f} hours")


def _sound(
    path: Path, stream: Any, track: TrackBoxes | None, flags: TrackFlags, start: Fraction, duration: Fraction
) -> Sound:
    context = stream.codec_context
    decodable = first_frame(path, stream.index) is not None
    return Sound(
        index=stream.index,
        codec=codec_name(stream) or (track.entry if track else "unknown"),
        channels=context.channels if context and context.channels else (track.channels if track else 0),
        layout=context.layout.name if context and decodable else "unknown",
        sample_rate=context.sample_rate if context and context.sample_rate else (track.sample_rate if track else 0),
        decodable=decodable,
        start=start,
        duration=duration,
        enabled=flags.enabled,
        default=flags.default,
    )


def _fourcc(stream: Any, tracks: Mapping[int, TrackBoxes]) -> str:
    track = tracks.get(stream.index)
    if track and track.entry:
        return track.entry
    return codec_name(stream) or str(stream.type)


def _reason(error: Exception) -> str:
    if isinstance(error, av.error.ArgumentError):
        return "unknown format, or too damaged to detect"
    return error.strerror if isinstance(error, av.error.FFmpegError) and error.strerror else str(error)
