"""The sound of a cut: its takes joined to one programme, then brought to a recipe's loudness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from engine.deliver.cut_request import CutRequest
from engine.deliver.master import dialog_track, master_stretch
from engine.deliver.outputs import RecordedSound
from engine.deliver.receipt import TrackChoice
from engine.deliver.recipe import SoundRecipe
from engine.sound import (
    Codec,
    Master,
    MixSpan,
    ProfileRecorder,
    SoundSource,
    channel_correction,
    measure,
    mix_spans,
    write_mix,
)
from engine.timeline import SAMPLE_RATE, Clip

# The mix takes about as long as each of the three passes of mastering.
_MIX_SHARE = 0.25


def cut_tracks(order: CutRequest, cancelled: Callable[[], bool] | None = None) -> dict[str, TrackChoice]:
    """The sound track of each take with sound that the film plays, and the reason for the choice."""
    chosen: dict[str, TrackChoice] = {}
    for take in order.cut.takes:
        used = order.used(take)
        start, end = used[0][0], used[-1][1]
        track = dialog_track(order.takes[take].footage, start, end - start, cancelled)
        if track:
            chosen[take] = track
    return chosen


def recorded_sounds(order: CutRequest, tracks: Mapping[str, TrackChoice]) -> dict[str, SoundSource]:
    """The recorded sound of each take with a track."""
    return {take: SoundSource(order.takes[take].footage.path, track.index) for take, track in tracks.items()}


def cut_spans(order: CutRequest, sounds: Mapping[str, SoundSource]) -> list[MixSpan]:
    """The spans of the mix, exactly as long as the film. Gaps have the room tone of the take before, else after.

    Clips that continue each other are one span.
    """
    spans: list[MixSpan] = []
    room: SoundSource | None = None
    left: Clip | None = None
    for one in order.cut.sound_spans():
        left, before = one.clip, left
        if before and one.clip.continues(before):
            spans[-1] = replace(spans[-1], last=one.last)
            continue
        source = sounds.get(one.clip.take) if one.clip.take else None
        room = source or room
        span = MixSpan(one.first, one.last, source, one.source, room, one.clip.gain_db, one.clip.crossfade)
        # A gain belongs to the recording, not to the room tone in its place.
        spans.append(span if source else replace(span, gain_db=0.0))
    first = next((span.source for span in spans if span.source), None)
    spans = [span if span.room else replace(span, room=first) for span in spans]
    whole = round(order.duration * SAMPLE_RATE)
    heard = [
        replace(span, last=min(span.last, whole)) for span in spans if span.first < whole and span.last > span.first
    ]
    return [*heard[:-1], replace(heard[-1], last=whole)]


def master_cut(
    order: CutRequest,
    recipe: SoundRecipe,
    sounds: Mapping[str, SoundSource],
    codec: Codec,
    out: Path,
    *,
    limited_db: float = 0.0,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Master:
    """Mixes the cut and writes it at the recipe's loudness, by one gain over the whole. Errors as `write_master`.

    The mix is a temporary file beside `out`.
    """
    mix = out.with_name(f"{out.stem}.mix.wav")

    def mixing(share: float) -> None:
        if progress:
            progress(share * _MIX_SHARE)

    def mastering(share: float) -> None:
        if progress:
            progress(_MIX_SHARE + share * (1 - _MIX_SHARE))

    try:
        repaired = write_mix(cut_spans(order, sounds), mix, progress=mixing, cancelled=cancelled)
        master = master_stretch(
            mix,
            recipe,
            codec,
            out,
            start=Fraction(0),
            duration=order.duration,
            edit_list=order.recipe.container.edit_list,
            limited_db=limited_db,
            progress=mastering,
            cancelled=cancelled,
        )
        # The channels were corrected take by take, which is known after the mix.
        notes = [
            f"{order.takes[take].label}: {note}"
            for take, sound in sounds.items()
            for note in channel_correction(sound.path, sound.index).notes
        ]
        return master.model_copy(update={"repaired": repaired.samples, "notes": (*notes, *master.notes)})
    finally:
        mix.unlink(missing_ok=True)


def recorded_mix(
    order: CutRequest, tracks: Mapping[str, TrackChoice], cancelled: Callable[[], bool] | None = None
) -> RecordedSound:
    """The sound of the cut as it was recorded, not cleaned."""
    profile = ProfileRecorder(SAMPLE_RATE)
    blocks = mix_spans(cut_spans(order, recorded_sounds(order, tracks)), cancelled=cancelled)
    loudness = measure(profile.watch(blocks), SAMPLE_RATE)
    return RecordedSound(loudness, profile.profile())
