"""A studio with fixed values for snapshot tests: real rows and files that are the same on every machine and day."""

from __future__ import annotations

import sqlite3
import wave
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from math import inf, pi, sin
from pathlib import Path
from typing import Any

import numpy as np

from engine.atomic_files import write_atomic
from engine.catalog import (
    Capture,
    Damage,
    DolbyVision,
    Encoding,
    Job,
    JobState,
    Picture,
    Probe,
    Project,
    Sound,
    Take,
    describe_damage,
)
from engine.deliver import Check, Deliverable, DeliverableFile, copy_recipe, damaged_gate, load_recipe
from engine.deliver.receipt import write_receipt
from engine.jobs.kind import error_as_json
from engine.perception import AnalysedTake, ProviderSet, write_perception
from engine.sound import ChannelCorrection, CleanReport, Gain, Loudness, load_preset
from engine.sound.dialog import ArtifactReport, StageReport
from engine.speech import Segment, Speaker, Transcript, Word
from engine.studio import ProjectCuts, Studio
from engine.tasks import TakeLevels, levels_path, perception_folder, transcript_path
from engine.timeline import Alternate, Transition, add_marker, gap, insert, set_transition, split
from tests.perception.stored_products import HEIGHT, RATE, WIDTH, Known, frames_between

NOW = datetime(2025, 6, 14, 18, 0, tzinfo=UTC)
_CAPTURED_AT = datetime.fromisoformat("2025-06-14T06:02:11+01:00")
_COLUMNS = 600
_RATE = 48_000
_TAKES: Sequence[tuple[int, int, str, str, str]] = (
    # seconds, minutes after the first take, encoding, frame rate, spoken words
    (72, 0, "hlg", "30", "Right, so this is the harbour at six in the morning, and the water is completely flat. "
     "You can hear everything. | Is it always like this? | Only in June, and only until the boats go out."),
    (8, 2, "hlg", "30", "Right, so this is no. Again."),
    (41, 3, "hlg", "VFR", "Right, so this is the harbour, and if you look behind me you can see the old crane."),
    (123, 6, "apple-log", "24", "The light on the water only lasts a few minutes."),
    (56, 9, "hlg", "30", "Right, let us walk along the quay and see who is up."),
    (34, 240, "rec709", "30", "So that was the morning by the water."),
    (12, 246, "hlg", "60", ""),
)  # fmt: skip


def build(folder: Path) -> None:
    """Build the studio in a folder that does not exist yet."""
    studio = Studio(folder)
    project = studio.new_project("Harbour walk")
    takes = [_add_take(studio, project, n, row) for n, row in enumerate(_TAKES, 1)]
    _record_conditions(studio, takes)
    _add_decisions(studio, project, takes)
    studio.catalog.queue.submit(_jobs(studio, project, takes))
    with sqlite3.connect(studio.catalog.path) as database:
        database.execute("UPDATE journal SET at = ?", (NOW.isoformat(),))
    _write_receipts(studio, project, takes)
    (folder / project.folder / "script.txt").write_text(
        "Right, so this is the harbour at six in the morning, and the water is completely flat.\n\n"
        "You can hear everything: the gulls, the ropes on the masts, and a radio two boats down. "
        "The light only lasts a few minutes.\n\nSo that was the morning by the water.\n"
    )
    recipe_path = folder / "recipes" / "festival.toml"
    recipe_path.parent.mkdir()
    recipe_path.write_text(
        '# For the festival.\ntitle = "Festival"\n\n[picture]\nview = "hdr"\n\n[sound]\nlufs = -23.0\n'
    )
    studio.close()


def add_perception(folder: Path) -> None:
    """Store masks and flow of the first frames of the first take."""
    studio = Studio(folder)
    (project,) = studio.catalog.projects()
    take = studio.takes(project)[0]
    stored = perception_folder(studio.paths, take.id, take.digest) / "pass"
    studio.close()
    analysed = AnalysedTake(take.label, take.digest, RATE, range(8), (WIDTH, HEIGHT))
    providers = ProviderSet(Known("person_mask"), Known("optical_flow"))
    write_perception(stored, analysed, providers, lambda first, stop: frames_between(first, stop, 8))


def _add_take(studio: Studio, project: Project, n: int, row: tuple[int, int, str, str, str]) -> Take:
    seconds, minutes, encoding, rate, words = row
    log = encoding == "apple-log"
    fps = Fraction(30 if rate == "VFR" else int(rate))
    size = (3840, 2160) if n % 2 else (1920, 1080)
    picture = Picture(
        index=0, codec="prores" if log else "hevc", pixel_format="yuv420p10le", width=size[0], height=size[1],
        display_width=size[0], display_height=size[1], frame_rate=fps, variable_frame_rate=rate == "VFR",
        frames=int(fps * seconds), encoding=Encoding(encoding), input_transform=None if log else Encoding(encoding),
        suggested_input_transform=Encoding(encoding) if log else None,
        dolby_vision=DolbyVision(profile=8, level=5, compatibility=4) if encoding == "hlg" else None,
    )  # fmt: skip
    tracks = [Sound(index=1, codec="aac", channels=2, layout="stereo", sample_rate=_RATE, decodable=True)]
    if n == 1:
        tracks.append(Sound(index=2, codec="apac", channels=4, layout="ambisonic", sample_rate=_RATE, decodable=False))
    edited = n == 6
    reason = "re-encoded by a service" if edited else ""
    note = f"edited or exported copy: {reason}; copy the camera's file if you still have it"
    probe = Probe(
        picture=picture, sound=tuple(tracks), duration=Fraction(seconds), original=not edited, copy_reason=reason,
        capture=Capture(make="Apple", model="iPhone 16 Pro Max", time=_CAPTURED_AT,
                        location="+51.9000+008.3000+004.000/"),
        notes=(note,) if edited else (),
    )  # fmt: skip
    name = f"IMG_{n:04d}"
    path = Path(project.folder) / "originals" / "2025-06-14-01" / f"{name}.MOV"
    take = Take(
        id=f"take-{n}", project_id=project.id, batch_id=None, number=n, session=1 if n < 6 else 2, name=name,
        path=path, in_place=False, digest=f"{n}f2c{'0' * 24}41d{n}", size=seconds * 11_000_000,
        captured_at=_CAPTURED_AT + timedelta(minutes=minutes), input_transform=picture.input_transform, probe=probe,
        arrived_at=NOW - timedelta(hours=2),
    )  # fmt: skip
    studio.catalog.add_take(take)
    if n != 5:
        write_atomic(studio.folder / path, b"footage")
    if words:
        _write_transcript(studio, take, words)
        levels = _levels(Fraction(seconds), -19.2 - n)
        write_atomic(levels_path(studio, take), levels.model_dump_json().encode())
    return take


def _record_conditions(studio: Studio, takes: Sequence[Take]) -> None:
    """Record conditions for all but the last take; two ranges of the third are damaged."""
    damage = {
        3: (
            Damage(kind="undecodable", media="picture", track=0, start=Fraction(4), end=Fraction(7), count=90,
                   detail="90 frames do not decode"),
            Damage(kind="silent", media="sound", track=1, start=Fraction(30), end=Fraction(32), count=96_000,
                   detail="2.0 s of sound do not decode"),
        )
    }  # fmt: skip
    for take in takes[:-1]:
        studio.catalog.conditions.record(take.digest, damage.get(take.number, ()))


def _write_transcript(studio: Studio, take: Take, text: str) -> None:
    """Write a transcript with evenly spaced words and a pause at each change of speaker."""
    words: list[Word] = []
    segments: list[Segment] = []
    parts = text.split(" | ")
    spacing = take.probe.duration / (len(text.split()) + 2 * len(parts))
    at = spacing
    for n, part in enumerate(parts):
        first = len(words)
        speaker = f"S{n % 2 + 1}"
        for word in part.split():
            words.append(Word(text=word, start=at, end=at + spacing * 4 / 5, confidence=0.97, speaker=speaker))
            at += spacing
        summary = {"start": words[first].start, "end": words[-1].end, "text": part, "speaker": speaker}
        segments.append(Segment(**summary, first=first, last=len(words)))
        at += spacing * 2
    names = [Speaker(id="S1", name="Mara", seconds=at / 2), Speaker(id="S2", name="Jon", seconds=at / 2)]
    transcript = Transcript(
        language="en", model="tiny.en", model_digest="0" * 32, backend="faster-whisper", parameters={},
        words=tuple(words), segments=tuple(segments), speakers=tuple(names[: min(2, len(parts))]),
    )  # fmt: skip
    path = transcript_path(studio, take.id, take.label, take.digest)
    write_atomic(path, transcript.model_dump_json().encode())


def _column_loudness(n: int) -> float:
    """The loudness of column n, 0 to 1: phrases with pauses between them."""
    phrase = sin(n * 2 * pi / 75)
    return max(0.02, phrase * (0.7 + 0.3 * sin(n * 2.1)))


def _levels(seconds: Fraction, lufs: float) -> TakeLevels:
    columns = [_column_loudness(n) for n in range(_COLUMNS)]
    loudness = [lufs + 6 * value if value > 0.02 else lufs - 24 for value in columns]
    return TakeLevels(
        step=seconds / _COLUMNS,
        peaks=tuple(round(value * 220) for value in columns),
        rms=tuple(round(value * 120) for value in columns),
        momentary=(-inf,) * 4 + tuple(loudness[4:]),
        short_term=(-inf,) * 30 + tuple(sum(loudness[n - 30 : n]) / 30 for n in range(30, _COLUMNS)),
        loudness=_loudness(lufs, -3.2),
    )


def _loudness(lufs: float, peak: float) -> Loudness:
    return Loudness(
        integrated_lufs=lufs,
        range_lu=6.1,
        true_peak_dbtp=peak,
        max_momentary_lufs=lufs + 6,
        max_short_term_lufs=lufs + 3,
    )


def _add_decisions(studio: Studio, project: Project, takes: Sequence[Take]) -> None:
    reviews = studio.catalog.reviews
    reviews.set_verdict(takes[0], "keep")
    reviews.set_star(takes[0], True)
    reviews.set_verdict(takes[1], "retake", takes[2])
    reviews.set_verdict(takes[2], "keep")
    reviews.set_trim(takes[2], Fraction(3), Fraction(38))
    reviews.set_verdict(takes[5], "keep")
    reviews.add_marker(takes[0], Fraction(12), "the gulls")
    reviews.add_marker(takes[0], Fraction(44), "use this")
    reviews.add_retake_cue(project.id, NOW - timedelta(hours=1), "The light only lasts a few minutes.")


def _job(kind: str, title: str, state: JobState, minutes: float, project: Project, **fields: Any) -> Job:
    """A job that was queued some minutes ago, in a state."""
    created = NOW - timedelta(minutes=minutes)
    started = created + timedelta(seconds=2) if state not in (JobState.QUEUED, JobState.BLOCKED) else None
    finished = started + timedelta(seconds=42) if started and state is not JobState.RUNNING else None
    parameters = fields.pop("parameters", {})
    job_id = f"{kind}-{title}".encode().hex()[-32:]
    return Job(
        id=job_id, project_id=project.id, kind=kind, title=title, parameters=parameters, state=state,
        created_at=created, started_at=started, finished_at=finished, **fields,
    )  # fmt: skip


def _jobs(studio: Studio, project: Project, takes: Sequence[Take]) -> list[Job]:
    podcast = {"recipe": {"name": "podcast"}}
    take_parameters = [{"take": take.id} for take in takes]
    ingest = {
        "takes": [{"id": take.id} for take in takes[:5]],
        "already_here": [], "skipped": ["/Volumes/CARD/MISC/AUTPRINT.MRK"],
        "failed": [{"path": "/Volumes/CARD/DCIM/IMG_0009.MOV", "hint": "Copy it from the phone again.",
                    "message": "IMG_0009.MOV is cut off: its index is missing."}],
        "seal": f"{project.folder}/originals/2025-06-14-01/ascmhl/0001_2025-06-14-01_2025-06-14_160000Z.mhl",
    }  # fmt: skip
    card = {"paths": ["/Volumes/CARD/DCIM"]}
    resources = {"cpu_seconds": 38.2, "peak_memory": 411_000_000}
    loudness = "set the loudness of 003-IMG_0003 to −16 LUFS (AAC)"
    master = _job("master", loudness, JobState.DONE, 22, project, result={}, **resources)
    deliver = _job("deliver", "podcast: 003-IMG_0003", JobState.QUEUED, 4, project, needs=(master.id,),
                   parameters=podcast | take_parameters[2])  # fmt: skip
    return [
        _job("ingest", "ingest DCIM", JobState.DONE, 120, project, result=ingest, parameters=card),
        _job("ingest", "ingest phone", JobState.RUNNING, 1, project, done=1_300_000_000, total=4_100_000_000,
             unit="bytes", message="IMG_0012.MOV", expected_at=NOW + timedelta(seconds=95),
             parameters={"paths": ["/Volumes/PHONE"]}),
        _job("proxy", "make the proxy of 004-IMG_0004", JobState.RUNNING, 2, project, done=620, total=1000, unit="‰",
             expected_at=NOW + timedelta(seconds=12), parameters=take_parameters[3]),
        master,
        deliver,
        _job("deliver", "youtube-4k: 004-IMG_0004", JobState.BLOCKED, 5, project,
             parameters={"recipe": {"name": "youtube-4k"}} | take_parameters[3],
             error={"message": "004-IMG_0004 is log: confirm its input transform.", "hint": "It is never guessed."}),
        _job("transcribe", "transcribe 007-IMG_0007", JobState.FAILED, 9, project, parameters=take_parameters[6],
             error={"message": "No speech model is installed.", "hint": "cwtui models lists the available ones."}),
        _job("proxy", "make the proxy of 001-IMG_0001", JobState.DONE, 30, project, parameters=take_parameters[0],
             result={}, **resources),
        _job("proxy", "make the proxy of 006-IMG_0006", JobState.CANCELLED, 31, project, parameters=take_parameters[5]),
        clean_job(studio, project, takes[0]),
    ]  # fmt: skip


def add_damaged_deliveries(studio_folder: Path) -> None:
    """Add a delivery of the damaged take that waits for confirmation, and a confirmed one with its receipt."""
    studio = Studio(studio_folder)
    project = studio.project(None)
    take = next(item for item in studio.takes(project) if item.number == 3)
    damage = studio.conditions([take])[take.id].damage
    gate = damaged_gate(take.label, damage, "cwtui deliver youtube-4k 003-IMG_0003 --damaged")
    recipe = load_recipe("youtube-hdr10")
    checks = (
        Check(name="source complete", passed=False, accepted=True, measured=[describe_damage(item) for item in damage],
              wanted="complete and decodable"),
        Check(name="loudness", passed=True, measured=-14.02, wanted=-14.0),
    )  # fmt: skip
    deliverable = Deliverable(
        take=take.label, source_digest=take.digest, recipe=recipe.name, recipe_digest=recipe.digest,
        input_transform=take.input_transform, start=Fraction(3), duration=Fraction(35), complete=False, damage=damage,
        files=(DeliverableFile(path=f"{take.label}.mp4", sha256="0" * 64, bytes=48_000_000, role="movie"),),
        checks=checks, made_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    folder = studio.folder / project.folder / "deliverables" / recipe.name
    folder.mkdir(parents=True)
    write_receipt(folder, deliverable)
    parameters = {"take": take.id}
    studio.catalog.queue.submit(
        [
            _job("deliver", f"youtube-4k: {take.label}", JobState.BLOCKED, 3, project, error=error_as_json(gate),
                 parameters={"recipe": {"name": "youtube-4k"}} | parameters),
            _job("deliver", f"youtube-hdr10: {take.label}", JobState.DONE, 60, project,
                 parameters={"recipe": {"name": "youtube-hdr10"}} | parameters,
                 result={"folder": f"{project.folder}/deliverables/youtube-hdr10",
                         "delivered": deliverable.model_dump(mode="json")}),
        ]
    )  # fmt: skip
    studio.close()


def add_reviewed_delivery(studio_folder: Path) -> Path:
    """Add a recipe that asks for the review “client”, and a delivery that needs it; return the folder of its files."""
    studio = Studio(studio_folder)
    project = studio.project(None)
    text = 'version = 1\nextends = "podcast"\ntitle = "For the client"\napproval = "client"\n'
    copy_recipe(studio.folder, "for-client", text)
    take = studio.takes(project)[0]
    content = b"sound"
    deliverable = Deliverable(
        take=take.label, source_digest=take.digest, recipe="for-client", recipe_digest="0", approval="client",
        input_transform=take.input_transform, start=Fraction(0), duration=take.probe.duration,
        files=(DeliverableFile(path=f"{take.label}.m4a", sha256=sha256(content).hexdigest(), bytes=len(content),
                               role="sound"),),
        checks=(Check(name="loudness", passed=True, measured=-16.02, wanted=-16.0),), made_at=NOW - timedelta(hours=1),
    )  # fmt: skip
    folder = studio.folder / project.folder / "deliverables" / "for-client"
    folder.mkdir(parents=True)
    (folder / deliverable.files[0].path).write_bytes(content)
    write_receipt(folder, deliverable)
    studio.close()
    return folder


def add_cut(studio_folder: Path) -> None:
    """Add a cut with a dissolve, gains, a J cut, a chapter, a marker, an alternate and a gap."""
    studio = Studio(studio_folder)
    cuts = ProjectCuts(studio, studio.project(None))
    cut = cuts.new("Harbour film")
    lengths = cuts.lengths(cut.rate)
    for at in (300, 700):
        cut = split(cut, at)
    first, second, third, *rest = cut.clips
    changed = replace(second, alternates=(Alternate("take-2", 0, 200, "It is complete, but noisy."),), gain_db=-3.0)
    third = replace(third, sound_offset=-9600, crossfade=480)
    cut = insert(replace(cut, clips=(first, changed, third, *rest)), 1000, [gap(60)])
    cut = set_transition(cut, cut.clips[-1].id, Transition("dip", 12, 12), lengths)
    cut = add_marker(add_marker(cut, 20, "The harbour", "chapter"), 400, "gulls")
    cuts.add(cut)
    studio.close()


def clean_job(studio: Studio, project: Project, take: Take) -> Job:
    """Write the cleaned dialog of a take and its report; return the job."""
    chain = load_preset("dialog")
    folder = studio.artifact_folder(take.id)
    seconds = int(take.probe.duration)
    t = np.arange(seconds * 8000)
    envelope = np.array([_column_loudness(n) for n in range(_COLUMNS)])[t * _COLUMNS // len(t)]
    samples = np.rint(envelope * 0.3 * np.sin(2 * np.pi * 220 * t / 8000) * 32767).astype("<i2")
    path, report_path = folder / "clean.wav", folder / "clean.json"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(samples.tobytes())
    stages = {
        "rumble": (
            "applied",
            "rumble is 24 dB below the voice",
            tuple(-4.0 * _column_loudness(n) for n in range(400)),
        ),
        "clicks": ("skipped", "no clicks", ()),
        "isolation": ("applied", "speech is 31 dB above the noise", (-5.1,) * 400),
        "room-tone": ("skipped", "no digital silence", ()),
        "levelling": ("applied", "the speaker turns away twice", tuple(6 * sin(n / 40) for n in range(400))),
        "sibilance": ("skipped", "all sibilants are equally loud", ()),
        "compression": ("skipped", "loudest syllables only 3 dB above the median", ()),
        "tone": ("applied", "160 Hz +1.3 dB", (1.3,) * 400),
    }
    downmix = ChannelCorrection(
        channels=("FL", "FR"), offsets=(0, 0), polarity=(1, 1), mono=(0.5, 0.5), why="both sides"
    )  # fmt: skip
    report = CleanReport(
        preset="dialog", verdict="improved by rumble, isolation, levelling, tone",
        fold=downmix, speech_s=41.0, speech_dbfs=-24.0, noise_dbfs=-55.0,
        stages=tuple(StageReport(stage=s, state=a, why=b, measured={}, curve=c) for s, (a, b, c) in stages.items()),
        harm=ArtifactReport(correlation=0.98, attenuated=0.0, pumping_db=0.4, clipped=0, agreement=0.99), backed_off=(),
        before=_loudness(-20.2, -3.2), after=_loudness(-16.0, -2.1), gain=Gain(db=4.2, held_by="target"),
        limited_db=0.0, repaired=0,
    )  # fmt: skip
    write_atomic(report_path, report.model_dump_json().encode())
    result = {"path": str(path.relative_to(studio.folder)), "report": str(report_path.relative_to(studio.folder)),
              "bytes": path.stat().st_size, "sha256": sha256(path.read_bytes()).hexdigest()}  # fmt: skip
    parameters = {"take": take.id, "preset": chain.model_dump(mode="json"), "bypassed": []}
    return _job(
        "clean",
        "clean the dialog of 001-IMG_0001 (dialog)",
        JobState.DONE,
        40,
        project,
        parameters=parameters,
        result=result,
    )


def _write_receipts(studio: Studio, project: Project, takes: Sequence[Take]) -> None:
    for recipe, passed in (("podcast", True), ("youtube-4k", False)):
        for take in takes[:2]:
            deliverable = Deliverable(
                take=take.label, source_digest=take.digest, recipe=recipe, recipe_digest=load_recipe(recipe).digest,
                input_transform=take.input_transform, start=Fraction(0), duration=take.probe.duration,
                files=(DeliverableFile(path=f"{take.label}.m4a", sha256="0" * 64, bytes=1_700_000, role="sound"),),
                checks=(Check(name="loudness", passed=True, measured=-16.02, wanted=-16.0),
                        Check(name="true peak", passed=passed, measured=-1.1, wanted=-1.0)),
                made_at=NOW - timedelta(days=2),
            )  # fmt: skip
            folder = studio.folder / project.folder / "deliverables" / recipe
            folder.mkdir(parents=True, exist_ok=True)
            write_receipt(folder, deliverable)
