"""A studio with an hour of read lines in one cut: 420 takes with transcripts and levels, of one sound file."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.catalog import Encoding, Picture, Probe, Project, Sound, Take
from engine.studio import ProjectCuts, Studio
from engine.tasks import TakeLevels, levels_path, transcript_path
from fixtures.readings import ReadTake, hour_of_speech
from fixtures.short_clip import Clip, write_clip

_RATE = Fraction(30)
_SHOT = datetime(2025, 6, 14, 6, tzinfo=UTC)
_LEVELS_STEP = Fraction(1, 20)


def hour_studio(folder: Path) -> Path:
    """Creates the studio in a folder that does not exist yet, and returns it."""
    with Studio(folder) as studio:
        project = studio.new_project("Hour")
        takes = hour_of_speech()
        longest = max(one.shot.media.duration for one in takes)
        original = folder / project.folder / "originals" / "speech.mov"
        original.parent.mkdir(parents=True, exist_ok=True)
        write_clip(original, Clip("speech", "mov", seconds=Fraction(int(longest) + 1), sounding="noise"))
        with studio.catalog.transaction():
            for number, one in enumerate(takes, 1):
                _add(studio, project, number, one, original)
        cuts = ProjectCuts(studio, project)
        cuts.add(cuts.new("film", studio.takes(project)))
    return folder


def _add(studio: Studio, project: Project, number: int, one: ReadTake, original: Path) -> None:
    duration, name = one.shot.media.duration, f"IMG_{number:04d}"
    path = original.with_name(f"{name}.MOV")
    os.link(original, path)
    picture = Picture(
        index=0, codec="h264", pixel_format="yuv420p", width=192, height=108, display_width=192, display_height=108,
        frame_rate=_RATE, frames=int(duration * _RATE), encoding=Encoding.REC709, input_transform=Encoding.REC709,
    )  # fmt: skip
    sound = Sound(index=1, codec="aac", channels=2, layout="stereo", sample_rate=48_000, decodable=True)
    take = Take(
        id=f"{number:032x}", project_id=project.id, batch_id=None, number=number, session=1, name=name,
        path=path.relative_to(studio.folder), in_place=False, digest=f"{number:032x}", size=path.stat().st_size,
        captured_at=_SHOT + timedelta(minutes=number), input_transform=Encoding.REC709,
        probe=Probe(picture=picture, sound=(sound,), duration=duration, original=True), arrived_at=_SHOT,
    )  # fmt: skip
    studio.catalog.add_take(take)
    studio.catalog.conditions.record(take.digest, ())
    transcript = one.transcript.model_dump_json()
    write_atomic(transcript_path(studio, take.id, take.label, take.digest), transcript.encode())
    write_atomic(levels_path(studio, take), _levels(one).model_dump_json().encode())


def _levels(one: ReadTake) -> TakeLevels:
    """Levels of 50 ms with the takes' speech and pauses."""
    from engine.sound import Loudness

    sound = one.shot.sound
    assert sound
    rms = tuple(max(0, min(255, round(255 * 10 ** (level / 20)))) for level in sound.levels)
    return TakeLevels(
        step=_LEVELS_STEP, peaks=rms, rms=rms, momentary=(-22.0,) * len(rms), short_term=(-22.0,) * len(rms),
        loudness=Loudness(integrated_lufs=-22.0, range_lu=4.0, true_peak_dbtp=-3.0, max_momentary_lufs=-18.0,
                          max_short_term_lufs=-19.0),
    )  # fmt: skip
